import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { connect } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Redis } from 'ioredis';
import { Client } from 'pg';

import { identityOf } from '../processes/process-identity.js';
import type { ScanReport } from '../secrets/scan-report.js';
import { waitFor } from '../wait-for.js';
import { createDatabase } from './database.js';
import { findFreePort, isPortFree } from './free-port.js';
import { startNats } from './nats.js';
import { startPostgres } from './postgres.js';
import { startRedis } from './redis.js';
import type { PortOptions, RunningServer } from './server-handle.js';
import type { ServerOptions } from './server-options.js';

/** Each kind of server with a way to write a fact into it and to read it back. */
const KINDS: {
  name: string;
  start: (options: ServerOptions & PortOptions) => Promise<RunningServer>;
  write: (url: string, fact: string) => Promise<void>;
  read: (url: string) => Promise<string | null>;
}[] = [
  {
    name: 'postgres',
    start: startPostgres,
    write: (url, fact) =>
      withPostgres(url, async (client) => {
        await client.query('CREATE TABLE fact AS SELECT $1::text AS told', [fact]);
      }),
    read: (url) =>
      withPostgres(url, async (client) => (await client.query('SELECT told FROM fact')).rows[0].told),
  },
  {
    name: 'nats-server',
    start: startNats,
    write: async (url, fact) => {
      const nats = await connect({ servers: url });
      await (await jetstreamManager(nats)).streams.add({ name: 'FACTS', subjects: ['facts'] });
      await jetstream(nats).publish('facts', fact);
      await nats.close();
    },
    read: async (url) => {
      const nats = await connect({ servers: url });
      const message = await (
        await jetstreamManager(nats)
      ).streams.getMessage('FACTS', { last_by_subj: 'facts' });
      await nats.close();
      return message?.string() ?? null;
    },
  },
  {
    name: 'redis-server',
    start: startRedis,
    write: (url, fact) =>
      withRedis(url, async (redis) => {
        await redis.set('fact', fact);
      }),
    read: (url) => withRedis(url, (redis) => redis.get('fact')),
  },
];

const withPostgres = async <T>(url: string, work: (client: Client) => Promise<T>): Promise<T> => {
  const client = new Client(url);
  await client.connect();
  return work(client).finally(() => client.end());
};

const withRedis = async <T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> => {
  const redis = new Redis(url);
  return work(redis).finally(() => redis.disconnect());
};

const processName = (pid: number): string | undefined =>
  execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' })
    .trim()
    .split('/')
    .at(-1);

const isGone = (pid: number) => async (): Promise<boolean> => (await identityOf(pid)) === undefined;

describe.each(KINDS)('$name', ({ name, start, write, read }) => {
  let dataDir: string;
  let server: RunningServer | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'baton-servers-'));
  });

  afterEach(async () => {
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('answers as soon as it is started, on loopback, under its own name', async () => {
    server = await start({ dataDir });
    await write(server.url, 'hello');
    expect(await read(server.url)).toBe('hello');
    expect(server.url).toContain(`127.0.0.1:${server.port}`);
    expect(processName(server.pid)).toBe(name);
  });

  it('finds its data after a proper stop', async () => {
    server = await start({ dataDir });
    await write(server.url, 'kept over a stop');
    await server.stop();
    server = await start({ dataDir });
    expect(await read(server.url)).toBe('kept over a stop');
  });

  it('comes back after SIGKILL with its data, on the same port, as another process', async () => {
    server = await start({ dataDir });
    const { pid, url } = server;
    await write(url, 'kept over a kill');
    // Redis syncs its append-only file every second; what was written to the file survives the process anyway.
    server.kill('SIGKILL');
    // At once: the news of its end is still on the way.
    await server.ensureRunning();
    expect(server.url).toBe(url);
    expect(server.pid).not.toBe(pid);
    expect(await read(url)).toBe('kept over a kill');
  });

  it('shows a secret that lies in it to a scan, where one is asked for', async () => {
    const before = process.env['BATON_SECRET_SCAN_DIR'];
    const reports = join(dataDir, 'reports');
    process.env['BATON_SECRET_SCAN_DIR'] = reports;
    try {
      server = await start({ dataDir: join(dataDir, 'data') });
      await write(server.url, `baton_${'aB3-'.repeat(10)}xyz`);
      // It is looked through though it is down.
      server.kill('SIGKILL');
      await waitFor(() => server?.running === false, { what: 'its end' });
      await server.stop();
    } finally {
      if (before === undefined) delete process.env['BATON_SECRET_SCAN_DIR'];
      else process.env['BATON_SECRET_SCAN_DIR'] = before;
    }
    const [file = '', ...more] = await readdir(reports);
    expect(more).toEqual([]);
    const report = JSON.parse(await readFile(join(reports, file), 'utf8')) as ScanReport;
    expect(report).toMatchObject({
      source: name,
      test: expect.stringContaining('servers.int.spec') as unknown,
    });
    expect(report.failure).toBeUndefined();
    expect(report.findings.map(({ kind }) => kind)).toContain('API key');
    expect(report.bytes).toBeGreaterThan(0);
    expect(JSON.stringify(report)).not.toContain('aB3-aB3');
  });

  it('tells of an end that nobody asked for, and of no other', async () => {
    server = await start({ dataDir });
    const exits: unknown[] = [];
    server.onUnexpectedExit((exit) => exits.push(exit));
    await server.restart();
    expect(exits).toEqual([]);
    server.kill('SIGKILL');
    await waitFor(() => exits.length > 0, { what: 'the news of the kill' });
    expect(exits).toEqual([{ code: null, signal: 'SIGKILL' }]);
    expect(server.running).toBe(false);
  });

  it('starts without its data directory when that was deleted under it', async () => {
    server = await start({ dataDir });
    await write(server.url, 'lost');
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
    await server.restart();
    await write(server.url, 'new');
    expect(await read(server.url)).toBe('new');
  });

  it('leaves nothing behind once stopped', async () => {
    server = await start({});
    const { pid, port, dataDir: temporary } = server;
    await server.stop();
    expect(await isGone(pid)()).toBe(true);
    expect(await isPortFree(port)).toBe(true);
    await expect(rm(temporary)).rejects.toThrow('ENOENT');
  });

  it('refuses a port that is taken, and takes another where the port is only preferred', async () => {
    const port = await findFreePort();
    const holder = createServer().listen(port, '127.0.0.1');
    try {
      await expect(start({ dataDir, port })).rejects.toThrow(
        new RegExp(`${name} did not start on port ${port}`),
      );
      server = await start({ dataDir, preferredPort: port });
      expect(server.port).not.toBe(port);
    } finally {
      holder.close();
    }
  });

  it('is not started twice on the same data', async () => {
    server = await start({ dataDir });
    await expect(start({ dataDir })).rejects.toThrow(`belongs to process ${process.pid}`);
    expect(server.running).toBe(true);
  });
});

describe('startRedis', () => {
  it('starts many at once, each on a port of its own', async () => {
    const servers = await Promise.all(Array.from({ length: 8 }, () => startRedis()));
    expect(new Set(servers.map(({ port }) => port)).size).toBe(8);
    await Promise.all(servers.map((server) => server.stop()));
  });
});

describe('createDatabase', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server.stop());

  it('gives each caller an empty database of its own, and drops it with who is connected', async () => {
    const [one, two] = await Promise.all([createDatabase(server.url), createDatabase(server.url)]);
    await withPostgres(one.url, (client) => client.query('CREATE TABLE only_here ()'));
    await withPostgres(two.url, (client) =>
      expect(client.query('SELECT * FROM only_here')).rejects.toThrow('does not exist'),
    );
    const connected = new Client(one.url);
    connected.on('error', () => undefined);
    await connected.connect();
    await one.drop();
    await expect(withPostgres(one.url, (client) => client.query('SELECT 1'))).rejects.toThrow(
      'does not exist',
    );
    await two.drop();
  });

  it('keeps what it acknowledged: the server syncs each commit', async () => {
    const settings = await withPostgres(server.url, async (client) => {
      const { rows } = await client.query(
        `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commits`,
      );
      return rows[0];
    });
    expect(settings).toEqual({ fsync: 'on', commits: 'on' });
  });
});
