import { Clock, CONFIG, Database, Leases, Metrics } from '@baton/service';
import { Module } from '@nestjs/common';

import type { OrchestratorConfig } from '../config.js';
import { ConversationModule } from '../conversation/conversation.module.js';
import { ConversationReads } from '../conversation/conversation.reads.js';
import { EraseHandler } from '../conversation/erase.handler.js';
import { ArchiveModule } from './archive.module.js';
import { ArchiveRepository } from './archive.repository.js';
import { ExpireConversationHandler } from './expire-conversation.handler.js';
import { RetentionController } from './retention.controller.js';
import { RetentionHandler } from './retention.handler.js';
import { RetentionRepository } from './retention.repository.js';
import { RetentionSweeper } from './retention.sweeper.js';

@Module({
  imports: [ConversationModule, ArchiveModule],
  controllers: [RetentionController],
  providers: [
    {
      provide: RetentionRepository,
      inject: [Database],
      useFactory: (database: Database) => new RetentionRepository(database),
    },
    {
      provide: RetentionHandler,
      inject: [RetentionRepository, ArchiveRepository, CONFIG],
      useFactory: (repository: RetentionRepository, archive: ArchiveRepository, config: OrchestratorConfig) =>
        new RetentionHandler(repository, archive, config.BATON_RETENTION_DAYS),
    },
    {
      provide: ExpireConversationHandler,
      inject: [EraseHandler, ConversationReads, ArchiveRepository, Clock],
      useFactory: (
        erasure: EraseHandler,
        reads: ConversationReads,
        archive: ArchiveRepository,
        clock: Clock,
      ) => new ExpireConversationHandler(erasure, reads, archive, clock),
    },
    {
      provide: RetentionSweeper,
      inject: [RetentionRepository, ExpireConversationHandler, Leases, Clock, Metrics, CONFIG],
      useFactory: (
        repository: RetentionRepository,
        expire: ExpireConversationHandler,
        leases: Leases,
        clock: Clock,
        metrics: Metrics,
        config: OrchestratorConfig,
      ) => new RetentionSweeper(repository, expire, leases, clock, metrics, config.BATON_RETENTION_DAYS),
    },
  ],
})
export class RetentionModule {}
