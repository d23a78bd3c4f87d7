import { setTimeout as delay } from 'node:timers/promises';

import { isBatonError } from '@baton/contracts';

import { VECTOR_TYPE_SQL, vectorKindOf } from '../schema/vector-kind.js';
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
      const rows = await database.system<{ type: string }>(VECTOR_TYPE_SQL, [`${database.schema}.memories`]);
      return vectorKindOf(rows) === 'pgvector' ? new PgvectorStore(database) : new ExactVectorStore(database);
    } catch (error) {
      if (!isBatonError(error, 'unavailable')) throw error;
      await delay(RETRY_MS);
    }
  }
};
