import { spawn } from 'node:child_process';
import type { Writable } from 'node:stream';

import type { Limit } from '../sandbox.js';
import { CappedOutput, type Tail } from './capped-output.js';

export interface SupervisedSpec {
  readonly file: string;
  readonly args: readonly string[];
  readonly stdin: Buffer;
  /** Read to its end on descriptor 3 by whoever is started. */
  readonly extraInput?: Buffer;
  readonly wallMs: number;
  /** Most bytes taken from both outputs; one more ends the process. */
  readonly outputBytes: number;
  readonly tail?: Tail;
  readonly signal: AbortSignal;
  /** Ends whatever outlives the process itself. */
  readonly kill?: () => Promise<void>;
}

export interface SupervisedEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Why it was ended from here; undefined where it ended by itself. */
  readonly stoppedFor: (Limit & ('time' | 'output')) | 'aborted' | undefined;
  readonly durationMs: number;
}

/**
 * Runs a process without any of our variables, within its time and its output. Settles when it has ended and its
 * pipes are closed, which nothing that it left behind can hold up: that is killed.
 * @throws where the file can't be started
 */
export const supervise = async (spec: SupervisedSpec): Promise<SupervisedEnd> => {
  const began = performance.now();
  const child = spawn(spec.file, [...spec.args], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
    stdio: ['pipe', 'pipe', 'pipe', spec.extraInput ? 'pipe' : 'ignore'],
  });
  let stoppedFor: SupervisedEnd['stoppedFor'];
  const stop = (why: NonNullable<SupervisedEnd['stoppedFor']>): void => {
    stoppedFor ??= why;
    child.kill('SIGKILL');
    void kill();
  };
  const killFailures: unknown[] = [];
  const kill = (): Promise<void> =>
    (spec.kill?.() ?? Promise.resolve()).catch((error: unknown) => void killFailures.push(error));
  const onAbort = (): void => stop('aborted');
  const [, childStdout, childStderr, input] = child.stdio;
  const output = new CappedOutput(spec.outputBytes, spec.tail, () => stop('output'));
  childStdout?.on('data', (chunk: Buffer) => output.take('stdout', chunk));
  childStderr?.on('data', (chunk: Buffer) => output.take('stderr', chunk));
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
    // Pipes that a stray process holds open must not hold us up.
    child.once('exit', () => void kill());
  });
  const timer = setTimeout(() => stop('time'), spec.wallMs);
  spec.signal.addEventListener('abort', onAbort, { once: true });
  if (spec.signal.aborted) onAbort();
  try {
    feed(child.stdin, spec.stdin);
    if (spec.extraInput) feed(input as Writable, spec.extraInput);
    const end = await ended;
    if (killFailures.length > 0) throw killFailures[0];
    return {
      ...end,
      stdout: output.stdout,
      stderr: output.stderr,
      stoppedFor,
      durationMs: performance.now() - began,
    };
  } finally {
    clearTimeout(timer);
    spec.signal.removeEventListener('abort', onAbort);
  }
};

/** Who does not read what is written has ended, and says why by its end. */
const feed = (to: Writable | null, content: Buffer): void => {
  to?.on('error', () => undefined);
  to?.end(content);
};
