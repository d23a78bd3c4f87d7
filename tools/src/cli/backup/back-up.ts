import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

import type pg from 'pg';

import { CliError } from '../failure.js';
import { SCHEMAS } from './catalog.js';
import { connectForCopy, copyOut } from './copy.js';
import { type KeyRow, writeKeysFile } from './keys-file.js';
import {
  type Manifest,
  tableContext,
  tableFile,
  type TableInBackup,
  tableKey,
  writeManifest,
} from './manifest.js';
import { sealing } from './sealed-stream.js';
import { opensDataKeys } from './secret-check.js';
import { type Table, tablesOf } from './tables.js';

export interface BackupOptions {
  /** The administrator's. */
  readonly databaseUrl: string;
  /** Made; must not hold anything. */
  readonly folder: string;
  /** Where the secrets and data keys go: elsewhere than the rest. */
  readonly keysFile: string;
  readonly passphrase: string;
  readonly rootSecret: string;
  readonly tokenKeys: string | null;
  readonly say: (line: string) => void;
}

const KEY_ROWS = 1000;
const MAY_NOT_SEE_ALL = '42501';

/**
 * Writes what the services of a Baton cannot derive, as it was at one moment in all of them, beside their work: one
 * transaction that only reads. Memory does not grow with the log.
 * @throws CliError with what to do
 */
export const backUp = async (options: BackupOptions): Promise<Manifest> => {
  refuseOccupied(options);
  const client = await connectForCopy(options.databaseUrl);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await refuseUnusable(client, options.rootSecret);
    mkdirSync(join(options.folder, 'tables'), { recursive: true, mode: 0o700 });
    mkdirSync(dirname(options.keysFile), { recursive: true, mode: 0o700 });
    const manifest = await writeAll(client, options);
    await client.query('COMMIT');
    // Last: without it the folder is no backup.
    writeManifest(options.folder, manifest, options.rootSecret);
    return manifest;
  } catch (error) {
    if ((error as { code?: string }).code !== MAY_NOT_SEE_ALL) throw error;
    throw new CliError(
      `The role of DATABASE_URL may not read all (${(error as Error).message}): it needs to be the owner of the tables, with BYPASSRLS or as superuser`,
      1,
      { cause: error },
    );
  } finally {
    await client.end();
  }
};

const refuseOccupied = ({ folder, keysFile }: BackupOptions): void => {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new CliError(`${folder} is not empty: name a folder of its own for each backup`);
  if (existsSync(keysFile)) throw new CliError(`${keysFile} is there already: nothing is written over keys`);
};

const refuseUnusable = async (client: pg.Client, rootSecret: string): Promise<void> => {
  const { rows } = await client.query<{ missing: string }>(
    `SELECT name AS missing FROM unnest($1::text[]) name WHERE to_regclass(name || '.migrations') IS NULL`,
    [SCHEMAS],
  );
  if (rows.length > 0)
    throw new CliError(
      `This database holds no whole Baton (${rows.map(({ missing }) => missing).join(', ')} was never migrated): look at DATABASE_URL`,
    );
  if ((await opensDataKeys(client, rootSecret)) === false)
    throw new CliError(
      "BATON_SECRET is not this installation's: it does not open its data keys, and a backup with it could never be read",
    );
};

const writeAll = async (client: pg.Client, options: BackupOptions): Promise<Manifest> => {
  const { say } = options;
  const backupId = `backup_${randomBytes(8).toString('hex')}`;
  const createdAt = new Date().toISOString();
  const key = tableKey(options.rootSecret, backupId);
  const tables: TableInBackup[] = [];
  const all = await tablesOf(client);
  for (const table of all) {
    if (table.fate !== 'kept' && table.fate !== 'rebuilt') continue;
    const copied =
      table.fate === 'rebuilt'
        ? await copyOut(client, table)
        : await copyOut(client, table, (text) =>
            pipeline(
              text,
              createGzip(),
              sealing(key, tableContext(table)),
              createWriteStream(tableFile(options.folder, table), { mode: 0o600 }),
            ),
          );
    tables.push({ ...table, columns: [...table.columns], fate: table.fate, ...copied });
    if (table.fate === 'kept') say(`${table.schema}.${table.table}: ${copied.rows} rows`);
  }
  const header = {
    backup_id: backupId,
    created_at: createdAt,
    root_secret: options.rootSecret,
    token_keys: options.tokenKeys,
  };
  await writeKeysFile(options.keysFile, options.passphrase, header, keyRows(client, all));
  say(`The keys: ${options.keysFile}`);
  return {
    format: 1,
    backup_id: backupId,
    created_at: createdAt,
    ...(await describe(client)),
    tables,
  };
};

const describe = async (
  client: pg.Client,
): Promise<Pick<Manifest, 'postgres' | 'migrations' | 'last_positions' | 'sequences'>> => {
  const { rows: version } = await client.query<{ server_version: string }>('SHOW server_version');
  const migrations: Record<string, string[]> = {};
  const lastPositions: Record<string, number> = {};
  for (const schema of SCHEMAS) {
    const { rows } = await client.query<{ name: string }>(
      `SELECT name FROM ${schema}.migrations ORDER BY timestamp, id`,
    );
    migrations[schema] = rows.map(({ name }) => name);
    const { rows: log } = await client.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [
      `${schema}.events`,
    ]);
    if (!log[0]?.found) continue;
    const { rows: last } = await client.query<{ last: string }>(
      `SELECT coalesce(max(global_position), 0) AS last FROM ${schema}.events`,
    );
    lastPositions[schema] = Number(last[0]?.last ?? 0);
  }
  const { rows: sequences } = await client.query<{ schema: string; name: string; last_value: string }>(
    `SELECT schemaname AS schema, sequencename AS name, last_value::text FROM pg_sequences
      WHERE schemaname = ANY($1) AND last_value IS NOT NULL AND sequencename <> 'migrations_id_seq' ORDER BY 1, 2`,
    [SCHEMAS],
  );
  return {
    postgres: version[0]?.server_version ?? '',
    migrations,
    last_positions: lastPositions,
    sequences,
  };
};

/** Every row of the tables of keys, page by page out of the transaction's own moment. */
async function* keyRows(client: pg.Client, tables: readonly Table[]): AsyncGenerator<KeyRow> {
  for (const { schema, table } of tables.filter(({ fate }) => fate === 'keys')) {
    await client.query(
      `DECLARE key_rows NO SCROLL CURSOR FOR SELECT to_jsonb(t) AS row FROM ${schema}.${table} t ORDER BY tenant_id, key_id`,
    );
    for (;;) {
      const { rows } = await client.query<{ row: Record<string, unknown> }>(
        `FETCH ${KEY_ROWS} FROM key_rows`,
      );
      for (const { row } of rows) yield { schema, row };
      if (rows.length < KEY_ROWS) break;
    }
    await client.query('CLOSE key_rows');
  }
}
