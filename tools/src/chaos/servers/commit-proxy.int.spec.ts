import { startPostgres, type RunningServer } from '@baton/testkit';
import pg from 'pg';

import { CommitProxy } from './commit-proxy.js';

describe('a proxy that loses the answer to what commits', () => {
  let server: RunningServer;
  let proxy: CommitProxy;
  let direct: pg.Client;

  beforeAll(async () => {
    server = await startPostgres();
    proxy = await CommitProxy.start(server.url);
    direct = new pg.Client(server.url);
    await direct.connect();
    await direct.query(`CREATE TABLE told (what text);
      CREATE SCHEMA log;
      CREATE FUNCTION log.commit_batch(what text) RETURNS text LANGUAGE sql AS 'INSERT INTO told VALUES (what) RETURNING what'`);
  }, 120_000);
  afterAll(async () => {
    await direct.end();
    await proxy.stop();
    await server.stop();
  });

  const connect = async (): Promise<pg.Client> => {
    const client = new pg.Client(proxy.url);
    client.on('error', () => undefined);
    await client.connect();
    return client;
  };
  const told = async (): Promise<string[]> =>
    (await direct.query<{ what: string }>('SELECT what FROM told ORDER BY what')).rows.map(
      ({ what }) => what,
    );

  it('passes on everything else', async () => {
    const client = await connect();
    proxy.loseAnswers(1);
    expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('loses the answer of a prepared commit_batch and of COMMIT, and what they did stands', async () => {
    const client = await connect();
    const call = (what: string) =>
      client.query({ name: 'accept', text: 'SELECT log.commit_batch($1)', values: [what] });
    proxy.loseAnswers(0);
    await call('a');
    proxy.loseAnswers(1);
    await expect(call('b')).rejects.toThrow();

    const other = await connect();
    proxy.loseAnswers(1);
    await other.query('BEGIN');
    await other.query(`INSERT INTO told VALUES ('c')`);
    await expect(other.query('COMMIT')).rejects.toThrow();
    expect(await told()).toEqual(['a', 'b', 'c']);
    expect(proxy.lost).toBe(2);
  });
});
