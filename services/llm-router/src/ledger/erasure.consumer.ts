import { HandleEvents } from '@baton/bus';
import { logRequests, type RecordedEvent, subjects } from '@baton/contracts';
import {
  EventStore,
  InboxConsumer,
  InboxConsumers,
  type InboxMark,
  Keyring,
  type Outcome,
} from '@baton/event-store';
import { Clock } from '@baton/service';
import { Controller } from '@nestjs/common';

const CONSUMER = 'llm-router-erasure';
const ERASED = 'conversation.erased';

/** An erased conversation's stored answers go with it; without its key they could not be read anyhow. */
@Controller()
export class ErasureConsumer {
  private readonly inbox: InboxConsumer;

  constructor(
    consumers: InboxConsumers,
    private readonly store: EventStore,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {
    this.inbox = consumers.create({
      consumer: CONSUMER,
      streamTypes: ['conversation'],
      types: [ERASED],
      log: logRequests.orchestrator,
      handle: (event, mark) => this.erase(event, mark),
    });
  }

  @HandleEvents({ consumer: CONSUMER, subject: subjects.eventsOfType(ERASED) })
  receive(event: RecordedEvent): Promise<void> {
    return this.inbox.receive(event);
  }

  private async erase(event: RecordedEvent, inbox: InboxMark): Promise<Outcome> {
    const { tenant_id, stream_id: conversation_id } = event;
    this.keyring.forget(tenant_id, `conversation/${conversation_id}`);
    return this.store.transact({
      tenantId: tenant_id,
      now: this.clock.nowIso(),
      inbox,
      appends: [],
      rows: { erased_conversations: [{ tenant_id, conversation_id }] },
    });
  }
}
