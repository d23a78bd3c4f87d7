import { randomBytes } from 'node:crypto';

import { Client } from 'pg';

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Drops it, with whoever is still connected. */
  drop(): Promise<void>;
}

/** Runs `work` with one connection of its own. */
const withClient = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server that stops under an idle client emits an error; the query that notices rejects by itself.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** One round trip; rejects while the database does not answer. */
export const pingDatabase = (url: string): Promise<void> =>
  withClient(url, async (client) => {
    await client.query('SELECT 1');
  });

const urlOfDatabase = (adminUrl: string, name: string): string => {
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
};

/** Makes a fresh, empty database on the server of `adminUrl`: one for each test file. */
export const createDatabase = async (adminUrl: string): Promise<TestDatabase> => {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withClient(adminUrl, (client) => client.query(`CREATE DATABASE ${name}`));
  return {
    name,
    url: urlOfDatabase(adminUrl, name),
    drop: () =>
      withClient(adminUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
      }),
  };
};

/** Gives the URL of the database `name` on the server of `adminUrl`, made if it is not there yet. */
export const ensureDatabase = async (adminUrl: string, name: string): Promise<string> => {
  await withClient(adminUrl, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  });
  return urlOfDatabase(adminUrl, name);
};
