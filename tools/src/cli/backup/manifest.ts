import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { deriveKey, keyedHash, sameSecret } from '@baton/service';
import { z } from 'zod';

import { CliError } from '../failure.js';

const tableSchema = z.object({
  schema: z.string(),
  table: z.string(),
  /** `rebuilt`: not in the backup, but what it must be again. */
  fate: z.enum(['kept', 'rebuilt']),
  columns: z.array(z.object({ name: z.string(), type: z.string() })),
  rows: z.int().min(0),
  /** Of COPY's text, ordered by the primary key. */
  sha256: z.string(),
});
export type TableInBackup = z.output<typeof tableSchema>;

const manifestSchema = z.object({
  format: z.literal(1),
  backup_id: z.string(),
  created_at: z.iso.datetime(),
  postgres: z.string(),
  /** Names of the migrations that each schema had. */
  migrations: z.record(z.string(), z.array(z.string())),
  /** The last event of each log. */
  last_positions: z.record(z.string(), z.int().min(0)),
  sequences: z.array(z.object({ schema: z.string(), name: z.string(), last_value: z.string() })),
  tables: z.array(tableSchema),
});
export type Manifest = z.output<typeof manifestSchema>;

const FILE = 'manifest.json';
const MAC_LABEL = 'backup manifest';

/** Written last, and at once: a folder without it is no backup. */
export const writeManifest = (folder: string, manifest: Manifest, rootSecret: string): void => {
  const body = JSON.stringify(manifest, null, 2);
  const mac = keyedHash(deriveKey(rootSecret, MAC_LABEL), body);
  const partial = join(folder, `${FILE}.partial`);
  writeFileSync(partial, `${JSON.stringify({ mac, body })}\n`, { mode: 0o600 });
  renameSync(partial, join(folder, FILE));
};

/** @throws CliError where it is not there, of another format, or not as it was written under this secret */
export const readManifest = (folder: string, rootSecret: string): Manifest => {
  const { mac, body } = readFile(folder);
  if (!sameSecret(mac, keyedHash(deriveKey(rootSecret, MAC_LABEL), body)))
    throw new CliError(`${join(folder, FILE)} was changed, or the file of keys is of another installation`);
  const manifest = manifestSchema.safeParse(JSON.parse(body));
  if (!manifest.success)
    throw new CliError(
      `${join(folder, FILE)} is of a format that this release cannot read: use the release that made it`,
    );
  return manifest.data;
};

const readFile = (folder: string): { mac: string; body: string } => {
  const file = join(folder, FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new CliError(`${folder} is no backup, or one that did not come to its end: it has no ${FILE}`, 1, {
      cause: error,
    });
  }
  try {
    return z.object({ mac: z.string(), body: z.string() }).parse(JSON.parse(text));
  } catch (error) {
    throw new CliError(`${file} is damaged`, 1, { cause: error });
  }
};

/** The key of the files of one backup. */
export const tableKey = (rootSecret: string, backupId: string): Buffer =>
  deriveKey(rootSecret, `backup tables/${backupId}`);

export const tableFile = (
  folder: string,
  { schema, table }: Pick<TableInBackup, 'schema' | 'table'>,
): string => join(folder, 'tables', `${schema}.${table}.copy.gz.sealed`);

/** What a table's file is sealed with: it can stand for no other. */
export const tableContext = ({ schema, table }: Pick<TableInBackup, 'schema' | 'table'>): string =>
  `${schema}.${table}`;
