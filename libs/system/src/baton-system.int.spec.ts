import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findFreePort, identityOf, type ScanReport, waitFor } from '@baton/testkit';
import { Client } from 'pg';

import { BatonSystem, type SystemOptions } from './baton-system.js';
import { fakeCheckout } from './fake-checkout.fixture.js';
import { SERVICE_NAMES } from './service-environment.js';

const alive = async (pid: number): Promise<boolean> => (await identityOf(pid)) !== undefined;
const titleOf = (pid: number): string =>
  execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim();

const query = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new Client(url);
  await client.connect();
  return client.query(sql).then(
    ({ rows }) => client.end().then(() => rows),
    (error: Error) => client.end().then(() => Promise.reject(error)),
  );
};

describe('BatonSystem', () => {
  let checkout: string;
  let dataDir: string;
  let system: BatonSystem | undefined;
  const said: string[] = [];

  const start = async (options: Partial<SystemOptions> = {}): Promise<BatonSystem> => {
    const say = (line: string): void => void said.push(line);
    const fixed = { checkout, dataDir, usualPorts: false, restartDead: true, say };
    system = await BatonSystem.start({ ...fixed, env: { PATH: process.env['PATH'] }, ...options });
    return system;
  };
  const migrations = (service: string): number =>
    readFileSync(join(checkout, 'services', service, 'migrations.log'), 'utf8')
      .trim()
      .split('\n').length;
  const environmentOf = async (url: string): Promise<Record<string, string>> =>
    (await (await fetch(`${url}/env`)).json()) as Record<string, string>;

  beforeAll(() => {
    checkout = fakeCheckout();
  });

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'baton-data-'));
    said.length = 0;
  });

  afterEach(async () => {
    await system?.stop();
    system = undefined;
    rmSync(dataDir, { recursive: true, force: true });
  });

  afterAll(() => rmSync(checkout, { recursive: true, force: true }));

  it('runs three servers and five services, each a process of its own, and stops them all', async () => {
    const { services, servers, url } = await start();
    const pids = SERVICE_NAMES.map((name) => services[name].pid);
    expect(pids.map(titleOf)).toEqual(SERVICE_NAMES.map((name) => `baton-${name}`));
    expect((await fetch(url)).status).toBe(200);
    const serverPids = Object.values(servers).map(({ own }) => own?.pid ?? 0);
    await system?.stop();
    expect(await Promise.all([...pids, ...serverPids].map(alive))).toEqual(Array(8).fill(false));
  });

  it('lets services finish before it stops the servers that they need', async () => {
    await start();
    await system?.stop();
    for (const name of SERVICE_NAMES) expect(system?.logs(name)).toContain('drained with database: true');
  });

  it('finds what was stored yesterday, and migrates only what is new', async () => {
    await start();
    await query(system?.servers.postgres.url ?? '', 'CREATE TABLE kept AS SELECT 1 AS one');
    await system?.stop();
    const before = migrations('gateway');
    await start();
    expect(await query(system?.servers.postgres.url ?? '', 'SELECT * FROM kept')).toEqual([{ one: 1 }]);
    expect(migrations('gateway')).toBe(before);
    await system?.stop();
    appendFileSync(join(checkout, 'services', 'gateway', 'dist', 'migrate.js'), '// a new migration\n');
    await start();
    expect(migrations('gateway')).toBe(before + 1);
  });

  it('gives each service its own roles, the same secret each day, and nobody the administrator', async () => {
    const { services } = await start();
    const gateway = await environmentOf(services.gateway.url);
    const queue = await environmentOf(services['queue-manager'].url);
    expect(new URL(gateway['DATABASE_URL'] ?? '').username).toBe('baton_gateway');
    expect(new URL(queue['DATABASE_SYSTEM_URL'] ?? '').username).toBe('baton_queue_manager_system');
    expect(queue).not.toHaveProperty('DATABASE_ADMIN_URL');
    expect(queue['BATON_SECRET']).toBe(gateway['BATON_SECRET']);
    // The keys of OAuth tokens are the orchestrator's alone.
    const orchestrator = await environmentOf(services.orchestrator.url);
    expect(orchestrator['BATON_TOKEN_KEYS']).toMatch(/^local:[A-Za-z0-9+/]{43}=$/);
    for (const other of [gateway, queue]) expect(other).not.toHaveProperty('BATON_TOKEN_KEYS');
    for (const file of ['secret', 'token-keys'])
      expect(statSync(join(dataDir, file)).mode & 0o777).toBe(0o600);
    await system?.stop();
    const again = await start();
    expect((await environmentOf(again.services.gateway.url))['BATON_SECRET']).toBe(gateway['BATON_SECRET']);
    expect((await environmentOf(again.services.orchestrator.url))['BATON_TOKEN_KEYS']).toBe(
      orchestrator['BATON_TOKEN_KEYS'],
    );
  });

  it('starts a service again that was killed, on the same port, and says so', async () => {
    const { services } = await start({ firstLifeEnv: { orchestrator: { CRASH_AT: 'after-append:1' } } });
    const { orchestrator } = services;
    const { pid, url } = orchestrator;
    expect(await environmentOf(url)).toHaveProperty('CRASH_AT');
    orchestrator.kill('SIGKILL');
    await waitFor(() => said.includes('baton-orchestrator is back'), { what: 'the orchestrator' });
    expect(said).toContain('baton-orchestrator ended (killed by SIGKILL): starting it again');
    expect(orchestrator.pid).not.toBe(pid);
    expect(orchestrator.url).toBe(url);
    // A crash point that came back with each life would never let it live.
    expect(await environmentOf(url)).not.toHaveProperty('CRASH_AT');
  });

  it('starts a server of its own again that was killed, on the same port, and says so', async () => {
    const { servers } = await start();
    for (const { own } of Object.values(servers)) {
      own?.kill('SIGKILL');
      await waitFor(() => said.includes(`${own?.name} is back on port ${own?.port}`), {
        what: own?.name ?? '',
      });
      expect(said).toContain(`${own?.name} ended (killed by SIGKILL): starting it again`);
    }
    expect(await query(servers.postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('leaves the dead alone where a test wants it so, until they are restarted', async () => {
    const { services } = await start({ restartDead: false });
    services['memory-worker'].kill('SIGKILL');
    await waitFor(() => !services['memory-worker'].running, { what: 'the end of the memory-worker' });
    expect(() => services['memory-worker'].pid).toThrow('does not run');
    await services['memory-worker'].restart();
    expect(services['memory-worker'].running).toBe(true);
  });

  it('tells warnings of the services, the same one once', async () => {
    const { services } = await start();
    for (let times = 0; times < 3; times++) await fetch(`${services.gateway.url}/warn`);
    const warning = 'gateway: WARN something is odd';
    await waitFor(() => said.includes(warning), { what: 'the warning' });
    await system?.stop();
    expect(said.filter((line) => line === warning)).toHaveLength(1);
  });

  it('names PORT when it is taken, and leaves nothing running', async () => {
    const port = await findFreePort();
    const holder = createServer().listen(port, '127.0.0.1');
    await expect(start({ env: { PORT: String(port) } })).rejects.toThrow(`PORT: ${port} is taken`);
    holder.close();
    expect(existsSync(join(dataDir, 'running.json'))).toBe(false);
    await start({ env: { PORT: String(port) } });
    expect(system?.url).toBe(`http://127.0.0.1:${port}`);
  });

  it('does not start with a service that does not, and says why', async () => {
    const failure = start({ env: { FAIL: 'llm-router' } });
    await expect(failure).rejects.toThrow(
      /baton-llm-router did not start \(exit code 1\):\nbaton-llm-router: Bad configuration: FAIL is set/,
    );
  });

  it('refuses a data directory that another run uses', async () => {
    const first = await start();
    await expect(start()).rejects.toThrow(`Baton already runs on ${dataDir} (process ${process.pid})`);
    system = first;
    expect(first.services.gateway.running).toBe(true);
  });

  it('uses the servers that it is given, and leaves them running', async () => {
    const lender = await start();
    const otherDataDir = mkdtempSync(join(tmpdir(), 'baton-data-'));
    const { postgres, nats, redis } = lender.servers;
    const env = { DATABASE_URL: postgres.url, NATS_URL: nats.url, REDIS_URL: redis.url };
    const borrower = await start({ dataDir: otherDataDir, env });
    expect(Object.values(borrower.servers).map(({ own }) => own)).toEqual([undefined, undefined, undefined]);
    await borrower.stop();
    rmSync(otherDataDir, { recursive: true, force: true });
    system = lender;
    expect(await query(postgres.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('names DATABASE_URL when nothing answers there', async () => {
    const port = await findFreePort();
    await expect(
      start({ env: { DATABASE_URL: `postgres://baton@127.0.0.1:${port}/baton` } }),
    ).rejects.toThrow(`DATABASE_URL: 127.0.0.1:${port} does not answer`);
  });

  it('stops in the middle of its start when it is told to', async () => {
    const controller = new AbortController();
    const say = (line: string): void => {
      said.push(line);
      if (line.startsWith('The database schemas')) controller.abort();
    };
    await expect(start({ signal: controller.signal, say })).rejects.toThrow();
    expect(said.filter((line) => line.endsWith('is ready'))).toEqual([]);
    await start();
    expect(said.filter((line) => line.endsWith('is ready'))).toHaveLength(5);
  });

  it('shows its logs to a scan for secrets, which knows what its services were given', async () => {
    const before = process.env['BATON_SECRET_SCAN_DIR'];
    const key = 'the-key-of-this-test-alone';
    const running = await start({ env: { PATH: process.env['PATH'], BATON_API_KEY: key } });
    appendFileSync(join(dataDir, 'logs', 'gateway.log'), `{"msg":"A slip","token":"${key}"}\n`);
    const reports = mkdtempSync(join(tmpdir(), 'baton-reports-'));
    process.env['BATON_SECRET_SCAN_DIR'] = reports;
    try {
      await running.stop();
    } finally {
      if (before === undefined) delete process.env['BATON_SECRET_SCAN_DIR'];
      else process.env['BATON_SECRET_SCAN_DIR'] = before;
      // No slip of ours: whoever looks through this system's logs later is not to find it.
      rmSync(join(dataDir, 'logs', 'gateway.log'));
    }
    const told = readdirSync(reports).map((file) => readFileSync(join(reports, file), 'utf8'));
    rmSync(reports, { recursive: true });
    const found = told.map((text) => JSON.parse(text) as ScanReport);
    expect(found.map(({ source }) => source).sort()).toEqual([
      'logs',
      'nats-server',
      'postgres',
      'redis-server',
    ]);
    expect(found.flatMap(({ findings }) => findings)).toEqual([
      { place: 'gateway.log', kind: 'BATON_API_KEY', near: 'token' },
    ]);
    expect(found.filter(({ failure }) => failure !== undefined)).toEqual([]);
    expect(told.join()).not.toContain(key);
  });
});
