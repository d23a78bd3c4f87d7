import type { Database, Guards } from '@baton/service';

/** Less than the pool's connections: while vectors are searched, memories can still be written. */
const SEARCHES_AT_ONCE = 6;
const SEARCHES_WAITING = 128;

/** The database as the vector store sees it: what it asks has a bulkhead and a breaker of its own. */
export const guardedVectors = (
  database: Database,
  guards: Guards,
): Pick<Database, 'schema' | 'hot' | 'system'> => {
  const family = guards.family('vector store', {
    limit: SEARCHES_AT_ONCE,
    queue: SEARCHES_WAITING,
    patienceMs: 2000,
  });
  return {
    schema: database.schema,
    hot: (sql, params) => family.run('', () => database.hot(sql, params)),
    system: (sql, params) => database.system(sql, params),
  };
};
