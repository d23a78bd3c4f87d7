import { setTimeout as delay } from 'node:timers/promises';

import { isBatonError } from '@baton/contracts';

import { ExactVectorStore, type VectorDatabase } from './exact-vector-store.repository.js';
import { PgvectorStore } from './pgvector-store.repository.js';
import type { VectorStore } from './vector-store.js';

interface CatalogDatabase extends VectorDatabase {
  system<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

const RETRY_MS = 500;

/** The store that fits how the migration found the server; waits for a server that is away. */
export const openVectorStore = async (database: CatalogDatabase): Promise<VectorStore> => {
  for (;;) {
    try {
      return (await columnType(database)) === 'vector'
        ? new PgvectorStore(database)
        : new ExactVectorStore(database);
    } catch (error) {
      if (!isBatonError(error, 'unavailable')) throw error;
      await delay(RETRY_MS);
    }
  }
};

const columnType = async (database: CatalogDatabase): Promise<string | undefined> => {
  const [column] = await database.system<{ type: string }>(
    `SELECT t.typname AS type FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = $1::regclass AND a.attname = 'embedding'`,
    [`${database.schema}.memories`],
  );
  return column?.type;
};
