import { type Delivery, HandleEvents } from '@baton/bus';
import { logRequests, type RecordedEvent, subjects } from '@baton/contracts';
import { type InboxConsumer, InboxConsumers } from '@baton/event-store';
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
  'conversation.erased',
] as const;

/** What happens in conversations comes in here, in each conversation's order, each event once in its effect. */
@Controller()
export class ConversationEventsConsumer {
  private readonly inbox: InboxConsumer;

  constructor(consumers: InboxConsumers, enqueue: EnqueueHandoverHandler, follow: FollowConversationHandler) {
    this.inbox = consumers.create({
      consumer: CONSUMER,
      streamTypes: ['conversation'],
      types: TYPES,
      log: logRequests.orchestrator,
      handle: (event, mark) =>
        event.type === 'conversation.handed_over' ? enqueue.handle(event, mark) : follow.handle(event, mark),
    });
  }

  @HandleEvents({ consumer: CONSUMER, subject: subjects.eventsOf('conversation') })
  async receive(event: RecordedEvent, _delivery: Delivery): Promise<void> {
    await this.inbox.receive(event);
  }
}
