import Docker from 'dockerode';

import { packWorkspace, unpackWorkspace } from '../process/workspace-tar.js';
import { DEFAULT_LIMITS, type SandboxFile } from '../sandbox.js';
import { DockerDriver } from './docker.driver.js';
import { type Container, PlayedEngine } from './engine.fixture.js';

const never = new AbortController().signal;
const program = { language: 'javascript', code: 'console.log(1)' } as const;

/** A container whose program prints this, and leaves these files beside what it found. */
const launched =
  (
    said: string,
    left: readonly SandboxFile[] = [],
    more: Partial<Awaited<ReturnType<Container>>> = {},
  ): Container =>
  async (stdin) => {
    const line = stdin.indexOf('\n');
    const word = stdin.subarray(0, line).toString();
    const { files } = await unpackWorkspace(
      stdin.subarray(line + 1),
      { returnedFiles: 100, returnedBytes: 1_000_000 },
      [],
    );
    const folder = await packWorkspace([...files, ...left]);
    const stdout = Buffer.concat([Buffer.from(`${word}\n${said}\n${word} 0\n`), folder]);
    return { stdout, ...more };
  };

describe('the docker sandbox, on a server that speaks the API of the engine', () => {
  const engine = new PlayedEngine();
  let driver: DockerDriver;

  beforeAll(async () => {
    const port = await engine.start();
    driver = new DockerDriver(new Docker({ host: '127.0.0.1', port, protocol: 'http' }));
  });
  afterAll(() => engine.stop());

  it('asks for a container without network, rights, variables and more than its limits', async () => {
    engine.container = launched('');
    await driver.run(program, DEFAULT_LIMITS, never);
    const spec = engine.created.at(-1);
    expect(spec).toMatchObject({
      Image: 'node:24-slim',
      User: '65534:65534',
      NetworkDisabled: true,
      Tty: false,
      HostConfig: {
        NetworkMode: 'none',
        IpcMode: 'none',
        ReadonlyRootfs: true,
        Memory: 256 * 1024 * 1024,
        MemorySwap: 256 * 1024 * 1024,
        PidsLimit: 64,
        NanoCpus: 1_000_000_000,
        CapDrop: ['ALL'],
        Privileged: false,
        SecurityOpt: ['no-new-privileges'],
        LogConfig: { Type: 'none' },
      },
    });
    const { Entrypoint, Env, HostConfig } = spec as Record<string, unknown> & {
      HostConfig: Record<string, unknown>;
    };
    expect(Entrypoint).toEqual([
      'env',
      '-i',
      expect.stringMatching(/^PATH=/),
      'HOME=/work',
      'TMPDIR=/tmp',
      'LANG=C.UTF-8',
    ]);
    expect(Env).toBeUndefined();
    expect(Object.keys(HostConfig)).not.toContain('Binds');
    expect(Object.keys(HostConfig)).not.toContain('Mounts');
    expect(Object.keys(HostConfig['Tmpfs'] as object)).toEqual(['/work', '/tmp']);
  });

  it('gives back what a program printed, how it ended and what it wrote, and takes the container away', async () => {
    engine.container = launched('1\n', [{ name: 'out.txt', content: Buffer.from('hi') }], {
      stderr: 'careful\n',
    });
    const files = [{ name: 'in.txt', content: Buffer.from('before') }];
    expect(await driver.run({ ...program, files }, DEFAULT_LIMITS, never)).toMatchObject({
      end: { kind: 'exited', code: 0 },
      stdout: '1\n',
      stderr: 'careful\n',
      files: [{ name: 'out.txt', content: Buffer.from('hi') }],
      omitted: [],
    });
    expect(engine.removed).toContain(`c${engine.created.length}`);
  });

  it('stops what takes too long, says too much or has no memory left', async () => {
    engine.container = launched('', [], { isEndless: true });
    const endless = await driver.run(program, { ...DEFAULT_LIMITS, wallMs: 300 }, never);
    expect(endless.end).toEqual({ kind: 'stopped', limit: 'time' });
    expect(engine.killed).toContain(`c${engine.created.length}`);

    engine.container = (stdin) =>
      Promise.resolve({
        stdout: Buffer.concat([stdin.subarray(0, stdin.indexOf('\n') + 1), Buffer.alloc(400_000, 'x')]),
        isEndless: true,
      });
    const flood = await driver.run(program, DEFAULT_LIMITS, never);
    expect(flood.end).toEqual({ kind: 'stopped', limit: 'output' });
    expect(flood.stdout).toHaveLength(DEFAULT_LIMITS.outputBytes);

    engine.container = launched('', [], { isOutOfMemory: true, code: 137 });
    const hungry = await driver.run(program, DEFAULT_LIMITS, never);
    expect(hungry.end).toEqual({ kind: 'stopped', limit: 'memory' });
  });

  it('ends with its run, and says where a container did not come up', async () => {
    engine.container = launched('', [], { isEndless: true });
    const cancelled = new AbortController();
    const running = driver.run(program, DEFAULT_LIMITS, cancelled.signal);
    const before = engine.removed.length;
    setTimeout(() => cancelled.abort(), 100);
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(engine.removed.length).toBe(before + 1);

    engine.container = () => Promise.resolve({ stdout: Buffer.from('exec: sh: not found'), code: 127 });
    await expect(driver.run(program, DEFAULT_LIMITS, never)).rejects.toMatchObject({
      code: 'sandbox-unavailable',
    });
  });

  it('is available for the languages whose image is there, and not without an engine', async () => {
    engine.container = launched('ready read-only\n', [{ name: 'made.txt', content: Buffer.from('made') }]);
    expect(await driver.check()).toEqual({
      isAvailable: true,
      version: 'engine 99.9',
      languages: ['javascript', 'python'],
    });
    engine.images = ['python:3.13-slim'];
    expect(await driver.check()).toMatchObject({ isAvailable: true, languages: ['python'] });
    engine.images = [];
    expect(await driver.check()).toEqual({
      isAvailable: false,
      reason: expect.stringContaining('pull one') as string,
    });
    const nowhere = new DockerDriver(new Docker({ socketPath: '/nowhere/docker.sock' }));
    expect(await nowhere.check()).toMatchObject({ isAvailable: false });
  });
});
