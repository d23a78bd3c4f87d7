import { BusClient } from '@baton/bus';
import { conversationStarted, logRequests, type RecordedEvent } from '@baton/contracts';
import { Keyring } from '@baton/event-store';
import { Injectable } from '@nestjs/common';

import { ownContext } from '../llm/llm.client.js';

const KNOWN_CUSTOMERS = 5000;

/** Whose conversation it is: said once, in its first event, and asked for where that has gone by. */
@Injectable()
export class ConversationCustomers {
  private readonly known = new Map<string, string | null>();

  constructor(
    private readonly bus: BusClient,
    private readonly keyring: Keyring,
  ) {}

  /** Takes note of a `conversation.started` that came by, opened. */
  learn(started: RecordedEvent): string | null {
    // Where it was erased the fields are no objects any more, and nobody's.
    const parsed = conversationStarted.schema.safeParse(started.data);
    const customerId = parsed.success ? (parsed.data.customer?.id ?? null) : null;
    const key = `${started.tenant_id}/${started.stream_id}`;
    this.known.delete(key);
    this.known.set(key, customerId);
    if (this.known.size > KNOWN_CUSTOMERS) this.known.delete(this.known.keys().next().value as string);
    return customerId;
  }

  async of(tenantId: string, conversationId: string): Promise<string | null> {
    const known = this.known.get(`${tenantId}/${conversationId}`);
    if (known !== undefined) return known;
    const { events } = await this.bus.request(logRequests.orchestrator, ownContext(tenantId), {
      stream: { stream_type: 'conversation', stream_id: conversationId, after_version: 0 },
      limit: 1,
    });
    const [started] = events;
    return started ? this.learn(await this.keyring.openEvent(started)) : null;
  }
}
