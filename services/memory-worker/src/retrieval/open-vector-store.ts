import { ExactVectorStore, type VectorDatabase } from './exact-vector-store.repository.js';
import { PgvectorStore } from './pgvector-store.repository.js';
import type { VectorStore } from './vector-store.js';

/** The store that fits how the migration found the server. */
export const openVectorStore = async (
  database: VectorDatabase & {
    system<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  },
): Promise<VectorStore> => {
  const [column] = await database.system<{ type: string }>(
    `SELECT t.typname AS type FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      WHERE a.attrelid = $1::regclass AND a.attname = 'embedding'`,
    [`${database.schema}.memories`],
  );
  return column?.type === 'vector' ? new PgvectorStore(database) : new ExactVectorStore(database);
};
