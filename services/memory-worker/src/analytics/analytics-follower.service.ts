import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { LogFollower, type LogFollowerOptions } from '../projection/log-follower.js';
import { AnalyticsProjector } from './analytics.projector.js';
import {
  ConversationAnalyticsRepository,
  CONVERSATIONS,
  COSTS,
  SERVICE_LEVELS,
} from './conversation-analytics.repository.js';
import { LogReader } from './log-reader.client.js';

/** Keeps `conversation_analytics` behind the logs it is made from, each at its own pace. */
@Injectable()
export class AnalyticsFollower implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Analytics');
  private readonly followers: readonly LogFollower[];

  constructor(repository: ConversationAnalyticsRepository, logs: LogReader) {
    const projector = new AnalyticsProjector(repository, logs);
    const follow = (
      name: string,
      read: LogFollowerOptions['read'],
      apply: LogFollowerOptions['apply'],
    ): LogFollower =>
      new LogFollower({
        name,
        cursor: () => repository.cursor(name),
        read,
        apply,
        onError: (error) => this.logger.warn({ err: error }, `Could not follow ${name}`),
      });
    this.followers = [
      follow(
        CONVERSATIONS,
        (after, limit) => logs.conversations(after, limit),
        (page, after) => projector.takeConversations(page, after),
      ),
      follow(
        COSTS,
        (after, limit) => logs.modelCalls(after, limit),
        (page, after) => projector.takeModelCalls(page, after),
      ),
      follow(
        SERVICE_LEVELS,
        (after, limit) => logs.serviceLevels(after, limit),
        (page, after) => projector.takeServiceLevels(page, after),
      ),
    ];
  }

  onApplicationBootstrap(): void {
    for (const follower of this.followers) follower.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.followers.map((follower) => follower.stop()));
  }
}
