import { createSecretKey } from 'node:crypto';

import {
  BatonError,
  conversationRequests,
  type ConversationView,
  eventDefinition,
  logRequests,
  type RecordedEvent,
} from '@baton/contracts';
import { seal, sealPersonal } from '@baton/event-store';

import type { PlayedServices } from './played-services.fixture.js';

const KEY_BYTES = Buffer.alloc(32, 7);
export const DATA_KEY = createSecretKey(KEY_BYTES);

export interface Told {
  readonly type: string;
  readonly data?: Record<string, unknown>;
  readonly owner?: string;
  readonly ownerEpoch?: number;
  readonly actor?: RecordedEvent['metadata']['actor'];
}

/** The orchestrator's log as the gateway sees it: sealed events, read by request and published on the bus. */
export class PlayedLog {
  private readonly streams = new Map<string, RecordedEvent[]>();
  private readonly erased = new Set<string>();
  /** What is said of a data key; a test may let it fail. */
  onDataKey: () => void = () => undefined;

  constructor(
    private readonly services: PlayedServices,
    private readonly tenantId = 'default',
  ) {
    services.on(logRequests.orchestrator, ({ stream, limit }) => ({
      events: this.stream(stream?.stream_id ?? '').slice(
        stream?.after_version ?? 0,
        (stream?.after_version ?? 0) + limit,
      ),
      next: null,
    }));
    services.on(conversationRequests.get, ({ conversation_id }) => {
      if (!this.streams.has(conversation_id)) throw new BatonError('not-found', 'No such conversation');
      return { conversation_id } as ConversationView;
    });
    services.on(conversationRequests.dataKey, ({ key_id }) => {
      this.onDataKey();
      return this.erased.has(key_id) ? { erased: true as const } : { key: KEY_BYTES.toString('base64') };
    });
  }

  stream(id: string): readonly RecordedEvent[] {
    return this.streams.get(id) ?? [];
  }

  /** Appends without telling the bus: as if the news of it got lost. */
  record(id: string, told: Told): RecordedEvent {
    const streamType = told.type.slice(0, told.type.indexOf('.'));
    const keyId = `conversation/${streamType === 'conversation' ? id : String(told.data?.['conversation_id'])}`;
    const events = this.streams.get(id) ?? [];
    const data = {
      ...(eventDefinition(told.type)?.example as Record<string, unknown> | undefined),
      ...told.data,
    };
    const event: RecordedEvent = {
      event_id: crypto.randomUUID(),
      tenant_id: this.tenantId,
      stream_type: streamType,
      stream_id: id,
      version: events.length + 1,
      type: told.type,
      schema_version: 1,
      data: sealPersonal(told.type, data, (value) => seal(value, this.tenantId, keyId, DATA_KEY)),
      metadata: {
        actor: told.actor ?? { type: 'system', id: 'baton' },
        owner: told.owner ?? 'ai',
        owner_epoch: told.ownerEpoch ?? 1,
      },
      occurred_at: new Date().toISOString(),
    };
    this.streams.set(id, [...events, event]);
    return event;
  }

  async tell(id: string, told: Told): Promise<RecordedEvent> {
    const event = this.record(id, told);
    await this.services.bus.publishEvent(event);
    return event;
  }

  async message(id: string, content: string, options: Partial<Told> = {}): Promise<RecordedEvent> {
    return this.tell(id, { type: 'conversation.message_received', data: { content }, ...options });
  }

  async erase(id: string): Promise<void> {
    this.erased.add(`conversation/${id}`);
    await this.tell(id, { type: 'conversation.erased', data: { conversation_id: id } });
  }
}
