import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Readable } from 'node:stream';

import { BusClient } from '@baton/bus';
import { type RequestContext, SYSTEM_ACTOR } from '@baton/contracts';
import pg from 'pg';
import {
  findFreePort,
  type RunningServer,
  startNats,
  startPostgres,
  startRedis,
  waitFor,
} from '@baton/testkit';

import { migrateService } from './migrate.js';
import { serviceUrls } from './roles.js';
import { crash, Fixture1700000000000, greet, reject, wait } from './run-service.fixture.js';

const PACKAGE = join(import.meta.dirname, '..');
const CHECKOUT = join(PACKAGE, '../..');
const CONTEXT: RequestContext = { tenant_id: 'acme', actor: SYSTEM_ACTOR, request_id: 'req_1' };

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The fixture as a process, as `npm start` would run a service. */
class ServiceProcess {
  out = '';
  err = '';
  readonly exit: Promise<number | null>;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;

  constructor(env: Record<string, string>) {
    this.child = spawn(process.execPath, [join(PACKAGE, 'dist/run-service.fixture.js')], {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exit = new Promise((resolve) => this.child.once('close', resolve));
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get lines(): Line[] {
    return this.out.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Line]));
  }

  async url(): Promise<string> {
    const ready = await waitFor(() => this.lines.find(({ msg }) => msg.includes('is ready on')), {
      what: `the service to be ready: ${this.err}`,
    });
    return ready.msg.replace(/^.* on /, '');
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

/** What `ps` shows of a process. */
const titleOf = (pid: number): string =>
  existsSync('/proc/self/cmdline')
    ? (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] as string)
    : execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).trim();

describe('a service process', () => {
  let servers: { postgres: RunningServer; nats: RunningServer; redis: RunningServer };
  let env: Record<string, string>;
  let bus: BusClient;
  const processes: ServiceProcess[] = [];
  const start = (more: Record<string, string> = {}): ServiceProcess => {
    const service = new ServiceProcess({ ...env, ...more });
    processes.push(service);
    return service;
  };

  beforeAll(async () => {
    // What is built already stays as it is: other tests run from there.
    if (!existsSync(join(CHECKOUT, 'libs/service/dist/index.js')))
      execFileSync('npx', ['nx', 'run-many', '-t', 'build', '-p', 'contracts,bus,service'], {
        cwd: CHECKOUT,
      });
    const [postgres, nats, redis] = await Promise.all([startPostgres(), startNats(), startRedis()]);
    servers = { postgres, nats, redis };
    await migrateService({
      name: 'llm-router',
      migrations: [Fixture1700000000000],
      adminUrl: postgres.url,
    });
    const urls = serviceUrls(postgres.url, 'llm-router');
    env = {
      DATABASE_URL: urls.app,
      DATABASE_SYSTEM_URL: urls.system,
      NATS_URL: nats.url,
      REDIS_URL: redis.url,
      BATON_SECRET: 'a secret for specs only',
      GREETING: 'hello',
    };
    bus = new BusClient({ name: 'spec', url: nats.url });
    await bus.connection.ready();
  });

  afterEach(async () => {
    for (const service of processes.splice(0)) {
      service.signal('SIGKILL');
      await service.exit;
    }
  });

  afterAll(async () => {
    await bus?.close();
    for (const server of Object.values(servers ?? {})) await server.stop();
  });

  it('ends at once with 1 and one line that names each bad variable', async () => {
    const service = start({ GREETING: 'good day', REDIS_URL: '', LOG_LEVEL: 'loud' });
    expect(await service.exit).toBe(1);
    expect(service.err.trim().split('\n')).toHaveLength(1);
    for (const name of ['GREETING', 'REDIS_URL', 'LOG_LEVEL']) expect(service.err).toContain(name);
    expect(service.out).toBe('');
  });

  it('says in one line that it is ready, is named, and answers requests', async () => {
    const service = start();
    const url = await service.url();
    expect(service.lines.filter(({ msg }) => msg.includes('ready'))).toHaveLength(1);
    expect(service.lines.filter(({ context }) => context === 'RouterExplorer')).toHaveLength(0);
    expect(titleOf(service.pid)).toBe('baton-llm-router');
    expect(await bus.request(greet, CONTEXT, { conversation_id: 'conv_7' })).toBe('conv_7');
    expect(await (await fetch(`${url}/health/live`)).json()).toEqual({ status: 'ok' });
  });

  it('shows metrics on its management port only, where it has one', async () => {
    const [port, management] = [await findFreePort(), await findFreePort()];
    const service = start({ PORT: String(port), BATON_SERVICE_PORT: String(management) });
    const open = await service.url();
    const own = `http://127.0.0.1:${management}`;
    const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;
    await waitFor(() => statusOf(`${own}/health/live`).catch(() => false), { what: 'the management port' });
    expect(await (await fetch(`${own}/metrics`)).text()).toContain('baton_nats_connected');
    expect(await statusOf(`${own}/health/ready`)).toBe(200);
    expect(await statusOf(`${own}/docs`)).toBe(404);
    expect(await statusOf(`${open}/metrics`)).toBe(404);
    expect(await statusOf(`${open}/metrics?all`)).toBe(404);
    expect(await statusOf(`${open}/health/live`)).toBe(200);
    service.signal('SIGTERM');
    expect(await service.exit).toBe(0);
  });

  it('logs JSON with the ids of the work at hand, and no secret', async () => {
    const service = start();
    await service.url();
    await bus.request(greet, CONTEXT, { conversation_id: 'conv_7' });
    const line = await waitFor(() => service.lines.find(({ msg }) => msg === 'greeting'), {
      what: 'the line',
    });
    expect(line).toMatchObject({
      level: 'info',
      service: 'llm-router',
      tenant_id: 'acme',
      conversation_id: 'conv_7',
      request_id: 'req_1',
      context: 'Fixture',
      authorization: '[redacted]',
    });
    expect(service.out).not.toContain('hunter2');
  });

  it('logs an error of its own with stack, cause and the ids it happened to', async () => {
    const service = start();
    await service.url();
    await expect(bus.request(crash, CONTEXT, { conversation_id: 'conv_9' })).rejects.toMatchObject({
      code: 'internal',
    });
    const line = await waitFor(() => service.lines.find(({ level }) => level === 'error'), {
      what: 'the line',
    });
    expect(line).toMatchObject({ tenant_id: 'acme', conversation_id: 'conv_9', msg: 'test.crash failed' });
    const { stack } = line['err'] as { stack: string };
    expect(stack).toMatch(/cannot divide[^]*run-service\.fixture[^]*caused by[^]*division by zero/);
  });

  it('names what it depends on in /health/ready, and is ready without Redis but not without NATS', async () => {
    const service = start();
    const url = await service.url();
    const ready = async (): Promise<{ status: number; details: Record<string, { status: string }> }> => {
      const response = await fetch(`${url}/health/ready`);
      const body = (await response.json()) as { details: Record<string, { status: string }> };
      return { status: response.status, details: body.details };
    };
    await waitFor(async () => (await ready()).status === 200, { what: 'readiness' });
    expect(Object.keys((await ready()).details)).toEqual(['process', 'postgres', 'schema', 'nats', 'redis']);

    await servers.redis.stop();
    await waitFor(async () => (await ready()).details['redis']?.status === 'degraded', { what: 'no Redis' });
    expect((await ready()).status).toBe(200);
    servers.redis = await startRedis({ port: servers.redis.port });

    servers.nats.kill('SIGKILL');
    await waitFor(async () => (await ready()).details['nats']?.status === 'down', { what: 'no NATS' });
    expect((await ready()).status).toBe(503);
    await servers.nats.ensureRunning();
    await waitFor(async () => (await ready()).status === 200, { what: 'readiness again' });
  });

  it('shows its metrics, and what the bus did in them', async () => {
    const service = start();
    const url = await service.url();
    await bus.request(greet, CONTEXT, { conversation_id: 'conv_7' });
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    const text = await response.text();
    expect(text).toContain('process_resident_memory_bytes{service="llm-router"}');
    expect(text).toMatch(/baton_requests_handled_seconds_count\{.*pattern="test.greet",code="ok"\} 1/);
    expect(text).toContain('baton_nats_connected{service="llm-router"} 1');
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('finishes what it has on %s, then ends with 0', async (signal) => {
    const service = start();
    await service.url();
    const request = bus.request(wait, CONTEXT, { ms: 400 });
    await waitFor(() => service.lines.some(({ msg }) => msg === 'waiting'), { what: 'the request to begin' });
    service.signal(signal);
    expect(await request).toBe('waited');
    expect(await service.exit).toBe(0);
    expect(service.lines.at(-1)?.msg).toBe('Drained');
  });

  it('ends within ten seconds of SIGTERM, whatever still runs', async () => {
    const service = start();
    await service.url();
    bus.request(wait, CONTEXT, { ms: 60_000 }, { timeoutMs: 20_000 }).catch(() => undefined);
    await waitFor(() => service.lines.some(({ msg }) => msg === 'waiting'), { what: 'the request to begin' });
    const began = performance.now();
    service.signal('SIGTERM');
    await service.exit;
    expect(performance.now() - began).toBeLessThan(10_500);
  });

  it('never dies in silence: an error nobody caught is logged with its stack, and it ends with 1', async () => {
    const service = start();
    await service.url();
    bus.request(reject, CONTEXT, {}).catch(() => undefined);
    expect(await service.exit).toBe(1);
    const last = service.lines.at(-1);
    expect(last).toMatchObject({ level: 'fatal', context: 'unhandledRejection' });
    expect(JSON.stringify(last)).toMatch(/nobody catches this.*run-service\.fixture/);
  });

  it('starts while nothing else runs, says what it waits for, and serves when that is there', async () => {
    const { postgres, nats, redis } = servers;
    for (const server of [postgres, nats, redis]) server.kill('SIGKILL');
    await waitFor(() => !postgres.running && !nats.running && !redis.running, { what: 'all to be down' });
    const service = start();
    const url = await service.url();
    const response = await fetch(`${url}/health/ready`);
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({
      details: { postgres: { status: 'down' }, nats: { status: 'down' }, redis: { status: 'degraded' } },
    });
    await Promise.all([postgres, nats, redis].map((server) => server.ensureRunning()));
    await waitFor(async () => (await fetch(`${url}/health/ready`)).status === 200, { what: 'readiness' });
    expect(await bus.request(greet, CONTEXT, { conversation_id: 'conv_7' })).toBe('conv_7');
  });

  describe('on a schema', () => {
    const admin = async (sql: string): Promise<void> => {
      const client = new pg.Client({ connectionString: servers.postgres.url });
      await client.connect();
      await client.query(sql).finally(() => client.end());
    };
    const forget = () => admin("DELETE FROM llm_router.migrations WHERE name = 'Fixture1700000000000'");
    const remember = () =>
      admin(
        "INSERT INTO llm_router.migrations (timestamp, name) VALUES (1700000000000, 'Fixture1700000000000')",
      );

    it('older than its code is alive and not ready, takes no work, says why, and starts when it is migrated', async () => {
      await forget();
      try {
        const port = await findFreePort();
        const service = start({ BATON_SERVICE_PORT: String(port) });
        const said = await waitFor(() => service.lines.find(({ msg }) => msg.startsWith('Not started')), {
          what: `the reason: ${service.err}`,
        });
        expect(said).toMatchObject({ level: 'error', context: 'Schema' });
        expect(said.msg).toContain('the schema llm_router lacks Fixture1700000000000');
        const url = `http://127.0.0.1:${port}`;
        expect((await fetch(`${url}/health/live`)).status).toBe(200);
        const ready = await fetch(`${url}/health/ready`);
        expect(ready.status).toBe(503);
        expect(await ready.json()).toMatchObject({ details: { schema: { status: 'down' } } });
        await expect(
          bus.request(greet, CONTEXT, { conversation_id: 'conv_7' }, { timeoutMs: 300 }),
        ).rejects.toMatchObject({ code: 'unavailable' });
        await remember();
        await service.url();
        await waitFor(async () => (await fetch(`${url}/health/ready`)).status === 200, { what: 'readiness' });
        expect(await bus.request(greet, CONTEXT, { conversation_id: 'conv_7' })).toBe('conv_7');
      } finally {
        await forget();
        await remember();
      }
    });

    it('newer than its code goes on: the release after it migrates first', async () => {
      await admin(
        "INSERT INTO llm_router.migrations (timestamp, name) VALUES (1800000000000, 'Next1800000000000')",
      );
      const service = start();
      const url = await service.url();
      await waitFor(async () => (await fetch(`${url}/health/ready`)).status === 200, { what: 'readiness' });
    });
  });
});
