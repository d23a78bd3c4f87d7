import type { Database } from '@baton/service';

import { AnalyticsProjector } from '../analytics/analytics.projector.js';
import {
  ConversationAnalyticsRepository,
  CONVERSATIONS,
  COSTS,
  SERVICE_LEVELS,
  type SystemQuery,
} from '../analytics/conversation-analytics.repository.js';
import type { LogReader } from '../analytics/log-reader.client.js';
import { LogFollower, type LogFollowerOptions } from '../projection/log-follower.js';

/**
 * Makes `conversation_analytics` again and the tables beside it from the logs of the orchestrator, of llm-router and of queue-manager, in one
 * transaction: readers see the rows as they were until it ends, and who follows the logs waits at the cursors.
 */
export class ConversationAnalyticsRebuild {
  constructor(
    private readonly database: Database,
    private readonly logs: LogReader,
  ) {}

  /** @returns how many events were taken in */
  async run(): Promise<number> {
    const client = await this.database.systemPool.connect();
    const query: SystemQuery = async <Row extends object>(sql: string, params: readonly unknown[] = []) =>
      (await client.query<Row>(sql, params as unknown[])).rows;
    try {
      await client.query('BEGIN');
      const taken = await this.rebuild(new ConversationAnalyticsRepository(query, this.database.schema));
      await client.query('COMMIT');
      client.release();
      return taken;
    } catch (error) {
      // The connection goes, and the transaction with it.
      client.release(error as Error);
      throw error;
    }
  }

  private async rebuild(repository: ConversationAnalyticsRepository): Promise<number> {
    await repository.reset();
    const projector = new AnalyticsProjector(repository, this.logs);
    const fail = (error: unknown): never => {
      throw error;
    };
    const tell = (
      name: string,
      read: LogFollowerOptions['read'],
      apply: LogFollowerOptions['apply'],
    ): Promise<number> =>
      new LogFollower({ name, cursor: () => repository.cursor(name), read, apply, onError: fail }).catchUp();
    const conversations = await tell(
      CONVERSATIONS,
      (after, limit) => this.logs.conversations(after, limit),
      (page, after) => projector.takeConversations(page, after),
    );
    const costs = await tell(
      COSTS,
      (after, limit) => this.logs.modelCalls(after, limit),
      (page, after) => projector.takeModelCalls(page, after),
    );
    const serviceLevels = await tell(
      SERVICE_LEVELS,
      (after, limit) => this.logs.serviceLevels(after, limit),
      (page, after) => projector.takeServiceLevels(page, after),
    );
    return conversations + costs + serviceLevels;
  }
}
