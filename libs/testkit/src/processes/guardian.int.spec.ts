import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

import { waitFor } from '../wait-for.js';
import { stopLeftover } from './pid-file.js';
import { identityOf } from './process-identity.js';

// Only a process of its own can be killed: the sources are compiled for a parent that does nothing but start children.
const PARENT = `
import { TrackedProcess } from './processes/tracked-process.js';
const [folder] = process.argv.slice(2);
const start = (name, stage, script) => TrackedProcess.spawn({
  name, stage, file: '/bin/sh', args: ['-c', script], env: process.env, stopSignal: 'SIGTERM',
  logFile: folder + '/' + name + '.log', pidFile: folder + '/' + name + '.json',
});
const server = await start('server', 'server', 'trap "echo server stops; exit" TERM; echo up; while :; do sleep 0.05; done');
const service = await start('service', 'service', 'trap "echo holds out" TERM; trap "exit" USR1; echo up; while :; do sleep 0.05; done');
process.stdout.write(JSON.stringify({ server: server.pid, service: service.pid }) + '\\n');
setInterval(() => {}, 1000);
`;

const sources = resolve(import.meta.dirname, '..');

const compileInto = (folder: string): void => {
  const require = createRequire(import.meta.url);
  const swc = join(dirname(require.resolve('@swc/cli/package.json')), 'bin', 'swc.js');
  const config = resolve(sources, '../../../.swcrc');
  const files = ['processes', 'wait-for.ts'].map((name) => join('src', name));
  const args = [swc, ...files, '-d', folder, '--strip-leading-paths', '--config-file', config, '--quiet'];
  execFileSync(process.execPath, args, { cwd: resolve(sources, '..') });
};

describe('what was started, when its parent is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'baton-guardian-'));
  let parent: ChildProcess;
  let pids: { server: number; service: number };

  const log = (name: string): string => readFileSync(join(folder, `${name}.log`), 'utf8');
  const alive = async (pid: number): Promise<boolean> => (await identityOf(pid)) !== undefined;

  beforeAll(() => {
    compileInto(folder);
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'parent.js'), PARENT);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeEach(async () => {
    parent = spawn(process.execPath, [join(folder, 'parent.js'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    pids = await new Promise((told) => parent.stdout?.once('data', (line) => told(JSON.parse(String(line)))));
    // A shell that has not set its traps yet would end at the first signal.
    await waitFor(() => log('server').includes('up') && log('service').includes('up'), {
      what: 'both children',
    });
  });

  afterEach(() => {
    for (const pid of [parent.pid, pids.server, pids.service]) {
      try {
        process.kill(pid ?? 0, 'SIGKILL');
      } catch {
        // gone, as it should be
      }
    }
    for (const name of ['server', 'service']) rmSync(join(folder, `${name}.log`), { force: true });
  });

  it('ends too, services before servers', async () => {
    parent.kill('SIGKILL');
    await waitFor(async () => !(await alive(parent.pid ?? 0)), { what: 'the end of the parent' });
    // As long as the service holds out, the server must not have been stopped.
    await waitFor(() => log('service').includes('holds out'), { what: 'SIGTERM at the service' });
    expect(await alive(pids.server)).toBe(true);
    process.kill(pids.service, 'SIGUSR1');
    await waitFor(async () => !(await alive(pids.service)), { what: 'the end of the service' });
    await waitFor(async () => !(await alive(pids.server)), { what: 'the end of the server' });
  });

  it('is found and stopped by the next run when the guardian was killed as well', async () => {
    const serverFile = join(folder, 'server.json');
    await expect(
      stopLeftover(serverFile, { name: 'server', signal: 'SIGTERM', graceMs: 5_000 }),
    ).rejects.toThrow(`belongs to process ${parent.pid}, which still runs`);
    for (const pid of [...guardiansOf(parent.pid ?? 0), parent.pid ?? 0]) process.kill(pid, 'SIGKILL');
    await waitFor(async () => !(await alive(parent.pid ?? 0)), { what: 'the end of the parent' });
    expect(await alive(pids.server)).toBe(true);

    const stopped = await stopLeftover(serverFile, { name: 'server', signal: 'SIGTERM', graceMs: 5_000 });
    expect(stopped).toEqual({ pid: pids.server });
    expect(await alive(pids.server)).toBe(false);

    // The service ignores SIGTERM: it is killed when the grace is over.
    const serviceFile = join(folder, 'service.json');
    await stopLeftover(serviceFile, { name: 'service', signal: 'SIGTERM', graceMs: 100 });
    expect(await alive(pids.service)).toBe(false);
    expect(
      await stopLeftover(serviceFile, { name: 'service', signal: 'SIGTERM', graceMs: 100 }),
    ).toBeUndefined();
  });
});

const guardiansOf = (parentPid: number): number[] =>
  execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((row) => Number(row?.[2]) === parentPid && row?.[3]?.includes('while read -r what pid'))
    .map((row) => Number(row?.[1]));
