import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { LogFollower } from '../projection/log-follower.js';
import { AnalyticsProjector } from './analytics.projector.js';
import {
  ConversationAnalyticsRepository,
  CONVERSATIONS,
  COSTS,
} from './conversation-analytics.repository.js';
import { LogReader } from './log-reader.client.js';

/** Keeps `conversation_analytics` behind the logs it is made from, each at its own pace. */
@Injectable()
export class AnalyticsFollower implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Analytics');
  private readonly followers: readonly LogFollower[];

  constructor(repository: ConversationAnalyticsRepository, logs: LogReader) {
    const projector = new AnalyticsProjector(repository, logs);
    this.followers = [
      new LogFollower({
        name: CONVERSATIONS,
        cursor: () => repository.cursor(CONVERSATIONS),
        read: (after, limit) => logs.conversations(after, limit),
        apply: (page, after) => projector.takeConversations(page, after),
        onError: (error) => this.logger.warn({ err: error }, `Could not follow ${CONVERSATIONS}`),
      }),
      new LogFollower({
        name: COSTS,
        cursor: () => repository.cursor(COSTS),
        read: (after, limit) => logs.modelCalls(after, limit),
        apply: (page, after) => projector.takeModelCalls(page, after),
        onError: (error) => this.logger.warn({ err: error }, `Could not follow ${COSTS}`),
      }),
    ];
  }

  onApplicationBootstrap(): void {
    for (const follower of this.followers) follower.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.followers.map((follower) => follower.stop()));
  }
}
