import { Module } from '@nestjs/common';

import { TurnMemories } from '../memory/turn-memories.js';
import { QueuePlaces } from '../queue/queue-places.js';
import { WaitingController } from '../queue/waiting.controller.js';
import { RetentionController } from '../retention/retention.controller.js';
import { ConversationController } from './conversation.controller.js';
import { HandoverController } from './handover.controller.js';
import { MessageController } from './message.controller.js';
import { Outcomes } from './outcome.js';

@Module({
  controllers: [
    MessageController,
    HandoverController,
    ConversationController,
    RetentionController,
    WaitingController,
  ],
  providers: [Outcomes, QueuePlaces, TurnMemories],
})
export class ConversationModule {}
