import { Module } from '@nestjs/common';

import { RecallHandler } from '../retrieval/recall.handler.js';
import { RetrievalModule } from '../retrieval/retrieval.module.js';
import { MemoryMetrics } from '../telemetry/memory-metrics.js';
import { BeginConversationHandler } from './begin-conversation.handler.js';
import { ConversationCustomers } from './conversation-customers.client.js';
import { EventLogController } from './event-log.controller.js';
import { ForgetConversationHandler } from './forget-conversation.handler.js';
import { MemoryController } from './memory.controller.js';
import { MemoryFailuresRepository } from './memory-failures.repository.js';
import { MemoryRepository } from './memory.repository.js';
import { MemoryStreamRepository } from './memory-stream.repository.js';
import { RememberTurnHandler } from './remember-turn.handler.js';
import { ShowMemoryHandler } from './show-memory.handler.js';
import { TurnMemoriesHandler } from './turn-memories.handler.js';
import { TurnsConsumer } from './turns.consumer.js';

@Module({
  imports: [RetrievalModule],
  controllers: [MemoryController, EventLogController, TurnsConsumer],
  providers: [
    MemoryMetrics,
    ConversationCustomers,
    MemoryRepository,
    MemoryStreamRepository,
    BeginConversationHandler,
    RememberTurnHandler,
    ForgetConversationHandler,
    ShowMemoryHandler,
    MemoryFailuresRepository,
    TurnMemoriesHandler,
    RecallHandler,
  ],
  exports: [MemoryRepository, MemoryStreamRepository],
})
export class MemoryModule {}
