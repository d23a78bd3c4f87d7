import { type Delivery, HandleEvents } from '@baton/bus';
import { logRequests, type RecordedEvent, subjects } from '@baton/contracts';
import { type InboxConsumer, InboxConsumers, type InboxMark, type Outcome } from '@baton/event-store';
import { Controller } from '@nestjs/common';

import { EnqueueHandoverHandler } from './enqueue-handover.handler.js';
import { FollowConversationHandler } from './follow-conversation.handler.js';

const CONSUMER = 'queue-manager-conversations';

/** The events of a conversation that mean something to the queue. */
const TYPES = [
  'conversation.handed_over',
  'conversation.assigned',
  'conversation.released',
  'conversation.transferred',
  'conversation.resolved',
  'conversation.returned_to_ai',
  'conversation.handover_cancelled',
  'conversation.callback_cancelled',
  'conversation.erased',
] as const;

/** What happens in conversations comes in here, in each conversation's order, each event once in its effect. */
@Controller()
export class ConversationEventsConsumer {
  private readonly inbox: InboxConsumer;

  constructor(
    consumers: InboxConsumers,
    private readonly enqueue: EnqueueHandoverHandler,
    private readonly follow: FollowConversationHandler,
  ) {
    this.inbox = consumers.create({
      consumer: CONSUMER,
      streamTypes: ['conversation'],
      types: TYPES,
      log: logRequests.orchestrator,
      handle: (event, mark) => this.handle(event, mark),
    });
  }

  @HandleEvents({ consumer: CONSUMER, subject: TYPES.map(subjects.eventsOfType) })
  async receive(event: RecordedEvent, _delivery: Delivery): Promise<void> {
    await this.inbox.receive(event);
  }

  /** Another replica may have taken the conversation further than this one knew, and not as far as this event. */
  private async handle(event: RecordedEvent, mark: InboxMark): Promise<Outcome | 'skipped'> {
    const outcome = await (event.type === 'conversation.handed_over'
      ? this.enqueue.handle(event, mark)
      : this.follow.handle(event, mark));
    const isOurs =
      outcome !== 'skipped' && outcome.kind === 'handled-already' && outcome.version < event.version;
    return isOurs ? this.handle(event, { ...mark, expected: outcome.version }) : outcome;
  }
}
