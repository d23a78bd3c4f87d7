import type { Pool } from 'pg';

import type { Database } from '../database.js';
import type { Metrics } from '../metrics.js';
import type { RedisClient } from '../redis.js';

/** How much of its connections this process uses, and who waits for one. */
export const dependencyMetrics = (metrics: Metrics, database: Database, redis: RedisClient): void => {
  const pools = [
    ['app', database.pool],
    ['system', database.systemPool],
  ] as const;
  const each = (read: (pool: Pool) => Readonly<Record<string, number>>) => () =>
    pools.flatMap(([pool, of]) =>
      Object.entries(read(of)).map(([state, value]) => ({ labels: { pool, state }, value })),
    );
  metrics.sampled(
    'baton_database_connections',
    'Connections to PostgreSQL, by what they do; `free` ones could still be opened',
    ['pool', 'state'],
    each(({ totalCount, idleCount, options }) => ({
      busy: totalCount - idleCount,
      idle: idleCount,
      free: options.max - totalCount,
    })),
  );
  metrics.sampled(
    'baton_database_waiting_queries',
    'Statements and transactions that wait for a connection',
    ['pool'],
    () => pools.map(([pool, { waitingCount }]) => ({ labels: { pool }, value: waitingCount })),
  );
  metrics.sampled('baton_redis_connected', '1 while Redis is connected', [], () => [
    { labels: {}, value: Number(redis.status === 'ready') },
  ]);
};
