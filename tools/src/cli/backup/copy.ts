import { createHash } from 'node:crypto';
import { PassThrough, Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

import { selectOrdered, type Table } from './tables.js';

/** What was copied. */
export interface Copied {
  readonly rows: number;
  /** Of COPY's text. */
  readonly sha256: string;
}

/**
 * A connection as the administrator whose COPY gives the same bytes on every server. Row-level security is off, which
 * makes PostgreSQL refuse, rather than leave rows out, where the role may not see all.
 */
export const connectForCopy = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'baton-backup',
    connectionTimeoutMillis: 10_000,
    options:
      '-c row_security=off -c timezone=UTC -c datestyle=ISO -c intervalstyle=iso_8601 -c bytea_output=hex -c extra_float_digits=1 -c statement_timeout=0 -c idle_in_transaction_session_timeout=0',
  });
  // The statement that was under way says so itself.
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

/** Copies a table's rows, ordered, through `sink`; without one they are only counted and hashed. */
export const copyOut = async (
  client: pg.Client,
  table: Pick<Table, 'schema' | 'table' | 'columns'>,
  sink?: (text: PassThrough) => Promise<void>,
): Promise<Copied> => {
  const source = client.query(copyTo(`COPY (${await selectOrdered(client, table)}) TO STDOUT`));
  const hash = createHash('sha256');
  const hashing = hashingThrough(hash);
  if (sink) {
    const text = new PassThrough();
    await Promise.all([pipeline(source, hashing, text), sink(text)]);
  } else {
    await pipeline(source, hashing, discard());
  }
  return { rows: source.rowCount ?? 0, sha256: hash.digest('hex') };
};

/** Copies COPY's text into a table. */
export const copyIn = async (
  client: pg.Client,
  { schema, table, columns }: Pick<Table, 'schema' | 'table' | 'columns'>,
  source: readonly (NodeJS.ReadableStream | NodeJS.ReadWriteStream)[],
): Promise<Copied> => {
  const list = columns.map(({ name }) => client.escapeIdentifier(name)).join(', ');
  const name = `${client.escapeIdentifier(schema)}.${client.escapeIdentifier(table)}`;
  const target = client.query(copyFrom(`COPY ${name} (${list}) FROM STDIN`));
  const hash = createHash('sha256');
  await pipeline([...source, hashingThrough(hash), target]);
  return { rows: target.rowCount ?? 0, sha256: hash.digest('hex') };
};

const hashingThrough = (hash: ReturnType<typeof createHash>): Transform =>
  new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });

const discard = (): Writable => new Writable({ write: (_chunk, _encoding, done) => done() });
