import { Database } from '@baton/service';
import { Module } from '@nestjs/common';

import { AnalyticsController } from './analytics.controller.js';
import { AnalyticsFollower } from './analytics-follower.service.js';
import { AnalyticsRepository } from './analytics.repository.js';
import { AnalyticsRowsRepository } from './analytics-rows.repository.js';
import { ConversationAnalyticsRepository } from './conversation-analytics.repository.js';
import { LogReader } from './log-reader.client.js';
import { ShowAnalyticsHandler } from './show-analytics.handler.js';

@Module({
  controllers: [AnalyticsController],
  providers: [
    LogReader,
    AnalyticsRepository,
    AnalyticsRowsRepository,
    {
      provide: ConversationAnalyticsRepository,
      inject: [Database],
      useFactory: (database: Database) =>
        new ConversationAnalyticsRepository((sql, params) => database.system(sql, params), database.schema),
    },
    AnalyticsFollower,
    ShowAnalyticsHandler,
  ],
})
export class AnalyticsModule {}
