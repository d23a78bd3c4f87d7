import { BusClient } from '@baton/bus';
import { logRequests, type QueueItemEvent, type RecordedEvent, SYSTEM_ACTOR } from '@baton/contracts';

import { respond } from './responder.js';

/** queue-manager as far as memory-worker knows it: the log of its items. */
export class PlayedQueue {
  private readonly log: RecordedEvent[] = [];

  private constructor(readonly bus: BusClient) {}

  static start(natsUrl: string): PlayedQueue {
    const played = new PlayedQueue(new BusClient({ name: 'queue-manager', url: natsUrl }));
    respond(played.bus, logRequests.queueManager, ({ log, limit }) => {
      const after = Number(log?.after ?? 0);
      const events = played.log.slice(after, after + limit);
      return { events, next: events.length === 0 ? (log?.after ?? null) : String(after + events.length) };
    });
    return played;
  }

  record(tenantId: string, { type, data }: Pick<QueueItemEvent, 'type' | 'data'>, occurred_at: string): void {
    const position = this.log.length + 1;
    this.log.push({
      event_id: `evt_q_${position}`,
      tenant_id: tenantId,
      stream_type: 'queue_item',
      stream_id: data.handover_id,
      version: this.log.filter(({ stream_id }) => stream_id === data.handover_id).length + 1,
      type,
      schema_version: 1,
      data,
      metadata: { actor: SYSTEM_ACTOR },
      occurred_at,
    });
  }

  stop(): Promise<void> {
    return this.bus.close();
  }
}
