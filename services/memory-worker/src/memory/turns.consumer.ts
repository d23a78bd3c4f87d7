import { HandleEvents } from '@baton/bus';
import {
  conversationErased,
  conversationStarted,
  logRequests,
  type RecordedEvent,
  subjects,
  turnCompleted,
} from '@baton/contracts';
import { type InboxConsumer, InboxConsumers, type InboxMark, type Outcome } from '@baton/event-store';
import { Controller } from '@nestjs/common';

import { BeginConversationHandler } from './begin-conversation.handler.js';
import { ForgetConversationHandler } from './forget-conversation.handler.js';
import { RememberTurnHandler } from './remember-turn.handler.js';
import { TURNS_CONSUMER } from './turns-consumer-name.js';

/** Every conversation, in order: its turns are remembered, its erasure ends that. */
@Controller()
export class TurnsConsumer {
  private readonly inbox: InboxConsumer;

  constructor(
    inboxes: InboxConsumers,
    private readonly beginConversation: BeginConversationHandler,
    private readonly rememberTurn: RememberTurnHandler,
    private readonly forgetConversation: ForgetConversationHandler,
  ) {
    this.inbox = inboxes.create({
      consumer: TURNS_CONSUMER,
      streamTypes: ['conversation'],
      types: [conversationStarted.type, turnCompleted.type, conversationErased.type],
      log: logRequests.orchestrator,
      handle: (event, mark) => this.handle(event, mark),
    });
  }

  @HandleEvents({ consumer: TURNS_CONSUMER, subject: subjects.eventsOf('conversation'), maxInFlight: 128 })
  receive(event: RecordedEvent): Promise<void> {
    return this.inbox.receive(event);
  }

  private async handle(event: RecordedEvent, mark: InboxMark): Promise<Outcome | 'skipped'> {
    switch (event.type) {
      case conversationStarted.type:
        return this.beginConversation.handle(event, mark);
      case turnCompleted.type:
        return this.rememberTurn.handle(event, mark);
      case conversationErased.type:
        return this.forgetConversation.handle(event.tenant_id, event.stream_id, { mark, cause: event });
      default:
        return 'skipped';
    }
  }
}
