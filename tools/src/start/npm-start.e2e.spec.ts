import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { jest } from '@jest/globals';
import { findCheckout, SERVICE_NAMES } from '@baton/system';
import { identityOf, waitFor } from '@baton/testkit';

const READY = /^Baton is ready: (http:\/\/127\.0\.0\.1:\d+)$/gm;
const START_TIMEOUT_MS = 120_000;
const CHILDREN = ['postgres', 'nats-server', 'redis-server', ...SERVICE_NAMES.map((name) => `baton-${name}`)];

/** One `npm start`, as somebody at a terminal has it. */
class Terminal {
  output = '';
  exitCode: number | NodeJS.Signals | null | undefined;
  private readonly npm: ChildProcess;

  constructor(dataDir: string) {
    const { NODE_OPTIONS: _options, PORT: _port, ...env } = process.env;
    this.npm = spawn('npm', ['start'], {
      cwd: findCheckout(),
      env: { ...env, BATON_DATA_DIR: dataDir },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.npm.stdout?.on('data', (chunk) => (this.output += String(chunk)));
    this.npm.stderr?.on('data', (chunk) => (this.output += String(chunk)));
    this.npm.once('exit', (code, signal) => (this.exitCode = code ?? signal));
  }

  async ready(): Promise<string> {
    const url = (): string | undefined => [...this.output.matchAll(READY)][0]?.[1];
    await waitFor(() => url() !== undefined || this.exitCode !== undefined, {
      what: `"Baton is ready" in:\n${this.output}`,
      timeoutMs: START_TIMEOUT_MS,
    });
    return url() ?? Promise.reject(new Error(`npm start ended (${this.exitCode}):\n${this.output}`));
  }

  /** The supervisor's children by what they are called; PostgreSQL's own children are its business. */
  children(): Map<string, number> {
    const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => /^\s*(\d+)\s+(\d+)\s+(\S+)/.exec(line))
      .filter((row) => row !== null)
      .map(([, pid, ppid, command = '']) => ({ pid: Number(pid), ppid: Number(ppid), command }));
    const supervisor = rows.find(({ ppid }) => ppid === this.npm.pid);
    return new Map(
      rows
        .filter(({ ppid }) => ppid === supervisor?.pid)
        .map(({ command, pid }): [string, number] => [command.split('/').at(-1) ?? '', pid])
        .filter(([name]) => CHILDREN.includes(name)),
    );
  }

  /** Ctrl-C: the signal goes to everything in the terminal's foreground. */
  async interrupt(): Promise<void> {
    if (this.exitCode !== undefined) return;
    process.kill(-(this.npm.pid ?? 0), 'SIGINT');
    await this.ended();
  }

  async terminate(): Promise<void> {
    this.npm.kill('SIGTERM');
    await this.ended();
  }

  killEverythingHere(): void {
    process.kill(-(this.npm.pid ?? 0), 'SIGKILL');
  }

  private async ended(): Promise<void> {
    await waitFor(() => this.exitCode !== undefined, { what: 'the end of npm start', timeoutMs: 30_000 });
  }
}

const post = async (url: string, path: string, body: unknown): Promise<Record<string, unknown>> => {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { Authorization: 'Bearer dev-key', 'Content-Type': 'application/json', Prefer: 'wait=30' },
    body: JSON.stringify(body),
  });
  return (await response.json()) as Record<string, unknown>;
};

const goneAll = async (pids: Iterable<number>): Promise<boolean> =>
  (await Promise.all([...pids].map(identityOf))).every((identity) => identity === undefined);

// A busy machine takes its time to start eight processes.
jest.setTimeout(180_000);

describe('npm start', () => {
  let dataDir: string;
  let terminal: Terminal | undefined;

  const start = async (): Promise<{ url: string; terminal: Terminal }> => {
    terminal = new Terminal(dataDir);
    return { url: await terminal.ready(), terminal };
  };

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'baton-npm-start-'));
  });

  afterEach(async () => {
    await terminal?.interrupt();
    rmSync(dataDir, { recursive: true, force: true });
  });

  it('answers the question that it says to try first, and the next day still knows the conversation', async () => {
    const first = await start();
    const question = /-d '(.*)'/.exec(first.terminal.output)?.[1] ?? '';
    const answer = await post(first.url, '/api/v1/hil/message', JSON.parse(question));
    expect(answer).toMatchObject({ status: 'COMPLETED', state: 'FINISHED' });
    await first.terminal.interrupt();
    expect(first.terminal.exitCode).toBe(0);

    const second = await start();
    const conversation = await fetch(
      `${second.url}/api/v1/conversations/${String(answer['conversation_id'])}`,
      {
        headers: { Authorization: 'Bearer dev-key' },
      },
    );
    expect(await conversation.json()).toMatchObject({ state: 'FINISHED', turn_count: 1 });
  });

  it('says exactly once that it is ready, with each service and server a process of its own', async () => {
    const { terminal, url } = await start();
    expect(terminal.output.match(READY)).toHaveLength(1);
    // What it says can be opened can be, and the chat there has a conversation.
    for (const page of ['demo', 'desk']) {
      const line = new RegExp(`http://127\\.0\\.0\\.1:\\d+/${page}$`, 'm');
      await waitFor(() => line.test(terminal.output), {
        what: `a line about the ${page}`,
        timeoutMs: 30_000,
      });
      const address = line.exec(terminal.output)?.[0] ?? '';
      const opened = await fetch(address);
      expect([opened.status, opened.headers.get('content-type')]).toEqual([
        200,
        expect.stringContaining('html'),
      ]);
    }
    expect((await fetch(`${url}/widget.js`)).status).toBe(200);
    expect((await fetch(`${url}/demo/token`, { method: 'POST' })).status).toBe(201);
    expect([...terminal.children().keys()].sort()).toEqual([...CHILDREN].sort());
  });

  it('stops all that it has started at SIGTERM to npm, before npm ends', async () => {
    const { terminal } = await start();
    const pids = [...terminal.children().values()];
    await terminal.terminate();
    expect(await goneAll(pids)).toBe(true);
  });

  it('leaves nothing running when it is killed without warning, and starts again on the same data', async () => {
    const { terminal } = await start();
    const pids = [...terminal.children().values()];
    terminal.killEverythingHere();
    await waitFor(() => goneAll(pids), { what: 'the end of all that was started', timeoutMs: 30_000 });
    await start();
  });

  it('starts again what dies, says so, and answers as before', async () => {
    const { url, terminal } = await start();
    for (const name of ['baton-orchestrator', 'nats-server']) {
      process.kill(terminal.children().get(name) ?? 0, 'SIGKILL');
      await waitFor(() => new RegExp(`${name} is back`).test(terminal.output), {
        what: `${name} in:\n${terminal.output}`,
        timeoutMs: 30_000,
      });
    }
    const answer = await post(url, '/api/v1/hil/message', {
      message: 'How long do I have to return an item?',
      sender_type: 'user',
    });
    expect(answer).toMatchObject({ status: 'COMPLETED' });
  });

  it('is told apart from a second one on the same data, which ends and harms nothing', async () => {
    const { url } = await start();
    const second = new Terminal(dataDir);
    await expect(second.ready()).rejects.toThrow(`Baton already runs on ${dataDir}`);
    expect(second.exitCode).not.toBe(0);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('keeps its secret to its owner and writes each service a log', async () => {
    await start();
    const mode = execFileSync('ls', ['-l', join(dataDir, 'secret')], { encoding: 'utf8' }).slice(0, 10);
    expect(mode).toBe('-rw-------');
    for (const name of SERVICE_NAMES) {
      const [line = ''] = readFileSync(join(dataDir, 'logs', `${name}.log`), 'utf8').split('\n');
      expect(JSON.parse(line)).toMatchObject({ service: name });
    }
  });
});
