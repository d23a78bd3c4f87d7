import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';

import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';

import type { SecretScan } from './secret-scan.js';

/** Something that can be read to its end, and what a report calls it. */
export interface Place {
  readonly name: string;
  read(): AsyncIterable<Buffer>;
}

/** Every file in a folder and below it; none where there is no such folder. */
export const filesBelow = async (folder: string): Promise<readonly Place[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => fileAt(path, relative(folder, path)));
};

export const fileAt = (path: string, name = basename(path)): Place => ({ name, read: () => bytesOf(path) });

/** A file that went away meanwhile is an empty one: servers tidy up. */
async function* bytesOf(path: string): AsyncIterable<Buffer> {
  try {
    yield* createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

/** Every table of one database, as the lines of PostgreSQL's `COPY`. */
export const tablesOf = async (database: pg.Client): Promise<readonly Place[]> => {
  const { rows } = await database.query<{ name: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' ORDER BY 1`,
  );
  return rows.map(({ name }) => ({
    name,
    read: () => database.query(copyTo(`COPY (SELECT * FROM ${name}) TO STDOUT`)) as AsyncIterable<Buffer>,
  }));
};

/** Looks through every row of every database of a server; the URL is the administrator's. */
export const scanDatabases = async (scan: SecretScan, adminUrl: string): Promise<void> => {
  const names = await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY 1',
    );
    return rows.map(({ datname }) => datname);
  });
  for (const name of names) {
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    await withClient(url.href, async (client) => {
      for (const table of await tablesOf(client)) await scan.stream(table.name, table.read(), 'line');
    });
  }
};

const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url });
  // The query under way rejects by itself.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};
