import type { Redis } from 'ioredis';
import type pg from 'pg';

/** Every row of every table of ours, as text. */
export const everyRow = async (database: pg.Client): Promise<string> => {
  const { rows: tables } = await database.query<{ name: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`);
    texts.push(`${name}\n${rows.map(({ row }) => row).join('\n')}`);
  }
  return texts.join('\n');
};

/** Every key of Redis with what it holds, as text. */
export const everyRedisValue = async (redis: Redis): Promise<string> => {
  const texts: string[] = [`of ${await redis.dbsize()} keys`];
  for await (const keys of redis.scanStream() as AsyncIterable<string[]>)
    for (const key of keys) texts.push(`${key} ${JSON.stringify(await valueOf(redis, key))}`);
  return texts.join('\n');
};

const valueOf = async (redis: Redis, key: string): Promise<unknown> => {
  switch (await redis.type(key)) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, 0, -1);
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, 0, -1);
    case 'stream':
      return redis.xrange(key, '-', '+');
    default:
      // It ran out while it was looked at.
      return null;
  }
};

/** What each service tells whoever scrapes it. */
export const metricsOf = async (urls: readonly string[]): Promise<string> =>
  (await Promise.all(urls.map(async (url) => (await fetch(`${url}/metrics`)).text()))).join('\n');
