import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

import type pg from 'pg';

import { CliError } from '../failure.js';
import { copyIn } from './copy.js';
import type { KeyRow } from './keys-file.js';
import { type Manifest, tableContext, tableFile, type TableInBackup, tableKey } from './manifest.js';
import { opening } from './sealed-stream.js';
import { inOrderOfReferences, type Table, tablesOf } from './tables.js';

export interface LoadOptions {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly rootSecret: string;
  readonly keys: AsyncIterable<KeyRow>;
  readonly say: (line: string) => void;
}

const KEY_ROWS = 1000;

/**
 * Loads the backup's rows into tables that were just migrated to its version, in one transaction: all of them or none.
 * @throws CliError where a file is not what the manifest says
 */
export const loadTables = async (client: pg.Client, options: LoadOptions): Promise<void> => {
  const kept = options.manifest.tables.filter(({ fate }) => fate === 'kept');
  refuseOtherColumns(kept, await tablesOf(client));
  await client.query('BEGIN');
  try {
    const ordered = await inOrderOfReferences(client, kept);
    // What a migration has put there is in the backup as it has become.
    for (const table of [...ordered].reverse()) await emptyTable(client, table);
    for (const table of ordered) await loadTable(client, table, options);
    await loadKeys(client, options.keys);
    for (const { schema, name, last_value } of options.manifest.sequences)
      await client.query('SELECT setval($1::regclass, $2::bigint)', [`${schema}.${name}`, last_value]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
};

const refuseOtherColumns = (kept: readonly TableInBackup[], here: readonly Table[]): void => {
  for (const { schema, table, columns } of kept) {
    const found = here.find((each) => each.schema === schema && each.table === table);
    if (!found)
      throw new CliError(
        `There is no table ${schema}.${table} in this release: restore with the release that made the backup`,
      );
    for (const { name, type } of columns) {
      const column = found.columns.find((each) => each.name === name);
      if (column?.type !== type)
        throw new CliError(
          `${schema}.${table}.${name} is ${type} in the backup and ${column?.type ?? 'not there'} here: ` +
            (type === 'vector' || type.startsWith('vector(')
              ? 'restore into a PostgreSQL that has the extension pgvector, as the former one had'
              : 'restore into a PostgreSQL with the same extensions, by the release that made the backup'),
        );
    }
  }
};

const emptyTable = async (client: pg.Client, { schema, table }: TableInBackup): Promise<void> => {
  const name = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}`;
  const { rowCount } = await client.query(`SELECT 1 FROM ${name} LIMIT 1`);
  if (rowCount) await client.query(`DELETE FROM ${name}`);
};

const loadTable = async (client: pg.Client, table: TableInBackup, options: LoadOptions): Promise<void> => {
  const { folder, manifest, rootSecret, say } = options;
  const context = tableContext(table);
  // What a trigger sets on new rows was set when they were new.
  const triggers = await insertTriggers(client, context);
  for (const trigger of triggers) await client.query(`ALTER TABLE ${context} DISABLE TRIGGER ${trigger}`);
  const { rows, sha256 } = await copyIn(client, table, [
    createReadStream(tableFile(folder, table)),
    opening(tableKey(rootSecret, manifest.backup_id), context),
    createGunzip(),
  ]);
  for (const trigger of triggers) await client.query(`ALTER TABLE ${context} ENABLE TRIGGER ${trigger}`);
  if (rows !== table.rows || sha256 !== table.sha256)
    throw new CliError(
      `${tableFile(folder, table)} is not what the manifest says: ${rows} rows of ${table.rows}`,
    );
  say(`${context}: ${rows} rows`);
};

const INSERT = 4;
const insertTriggers = async (client: pg.Client, table: string): Promise<string[]> => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(tgname) AS name FROM pg_trigger
      WHERE tgrelid = $1::regclass AND NOT tgisinternal AND tgenabled = 'O' AND tgtype & ${INSERT} <> 0`,
    [table],
  );
  return rows.map(({ name }) => name);
};

const loadKeys = async (client: pg.Client, keys: AsyncIterable<KeyRow>): Promise<void> => {
  let page: KeyRow[] = [];
  const flush = async (): Promise<void> => {
    for (const schema of new Set(page.map((each) => each.schema))) {
      const rows = page.filter((each) => each.schema === schema).map(({ row }) => row);
      const table = `${client.escapeIdentifier(schema)}.data_keys`;
      await client.query(
        `INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1::jsonb)`,
        [JSON.stringify(rows)],
      );
    }
    page = [];
  };
  for await (const row of keys) {
    page.push(row);
    if (page.length === KEY_ROWS) await flush();
  }
  await flush();
};
