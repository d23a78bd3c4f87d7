import type { QueryRunner } from 'typeorm';

import type { VectorKind } from './memories.js';

/** The first release whose HNSW scans go on past rows that a filter drops. */
const LEAST_VERSION = '0.8.0';

/**
 * Installs pgvector in `public` where the server has a release that is new enough, and says how vectors are
 * kept from now on. Settled once, at the first migration: a server that gets the extension later needs its
 * memories moved, not only a look.
 */
export const chooseVectorKind = async (runner: QueryRunner): Promise<VectorKind> => {
  const [available] = (await runner.query(
    `SELECT coalesce(installed_version, default_version) AS version FROM pg_available_extensions WHERE name = 'vector'`,
  )) as { version: string }[];
  if (!available || isOlder(available.version, LEAST_VERSION)) return 'exact';
  await runner.query('SAVEPOINT before_vector');
  try {
    await runner.query('CREATE EXTENSION IF NOT EXISTS vector SCHEMA public');
    await runner.query(`SELECT '[1]'::public.vector`);
    return 'pgvector';
  } catch {
    // It is there and may not be used: the role may not create extensions, or it lives in another schema.
    await runner.query('ROLLBACK TO SAVEPOINT before_vector');
    return 'exact';
  }
};

const isOlder = (version: string, than: string): boolean =>
  version.localeCompare(than, 'en', { numeric: true }) < 0;
