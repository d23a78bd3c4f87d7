import { RESTORE_PROGRESS_TABLE } from '@baton/service/roles';
import type pg from 'pg';

import { CliError } from '../failure.js';
import { SCHEMAS } from './catalog.js';

/** What a database is, to one who wants to restore into it. */
export type TargetState =
  | { readonly is: 'empty' }
  /** A restore broke off here. */
  | { readonly is: 'half-restored'; readonly backupId: string; readonly phase: string }
  /** A Baton lives here, restored or not. */
  | { readonly is: 'occupied'; readonly events: number };

const [MARKER_SCHEMA = ''] = RESTORE_PROGRESS_TABLE.split('.');
/** One restore of a database at a time; ends with its connection. */
const RESTORE_LOCK = 7_264_012;

export const lockForRestore = async (client: pg.Client): Promise<void> => {
  const { rows } = await client.query<{ got: boolean }>('SELECT pg_try_advisory_lock($1) AS got', [
    RESTORE_LOCK,
  ]);
  if (!rows[0]?.got) throw new CliError('Another restore of this database is under way: wait for its end');
};

export const stateOfTarget = async (client: pg.Client): Promise<TargetState> => {
  if (await isThere(client, RESTORE_PROGRESS_TABLE)) {
    const { rows } = await client.query<{ backup_id: string; phase: string }>(
      `SELECT backup_id, phase FROM ${RESTORE_PROGRESS_TABLE} WHERE finished_at IS NULL`,
    );
    if (rows[0]) return { is: 'half-restored', backupId: rows[0].backup_id, phase: rows[0].phase };
  }
  const { rows: schemas } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = ANY($1)', [
    SCHEMAS,
  ]);
  if (schemas.length === 0) return { is: 'empty' };
  let events = 0;
  for (const schema of SCHEMAS) {
    if (!(await isThere(client, `${schema}.events`))) continue;
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ${schema}.events`);
    events += Number(rows[0]?.count ?? 0);
  }
  return { is: 'occupied', events };
};

/** From here on the database is half restored, until {@link finishRestore}. */
export const beginRestore = async (client: pg.Client, backupId: string): Promise<void> => {
  await client.query(`CREATE SCHEMA ${MARKER_SCHEMA}`);
  await client.query(
    `CREATE TABLE ${RESTORE_PROGRESS_TABLE} (
       backup_id text PRIMARY KEY, phase text NOT NULL,
       started_at timestamptz NOT NULL DEFAULT now(), finished_at timestamptz)`,
  );
  await client.query(`INSERT INTO ${RESTORE_PROGRESS_TABLE} (backup_id, phase) VALUES ($1, 'migrating')`, [
    backupId,
  ]);
};

export const enterPhase = async (
  client: pg.Client,
  phase: 'loading' | 'rebuilding' | 'verifying',
): Promise<void> => {
  await client.query(`UPDATE ${RESTORE_PROGRESS_TABLE} SET phase = $1`, [phase]);
};

export const finishRestore = async (client: pg.Client): Promise<void> => {
  await client.query(`UPDATE ${RESTORE_PROGRESS_TABLE} SET phase = 'verified', finished_at = now()`);
};

/** Takes away all that a restore has made. */
export const dropRestored = async (client: pg.Client): Promise<void> => {
  // The marker last: broken off here, it is still known for what it is.
  for (const schema of [...SCHEMAS, MARKER_SCHEMA])
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
};

const isThere = async (client: pg.Client, name: string): Promise<boolean> => {
  const { rows } = await client.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [name]);
  return rows[0]?.found !== null && rows[0]?.found !== undefined;
};
