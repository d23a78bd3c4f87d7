import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

import { guardian, type Stage } from './guardian.js';
import { removePidFile, sendSignal, writePidFile } from './pid-file.js';

export interface ProcessSpec {
  /** What people call it. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Both output streams go here, appended. */
  readonly logFile: string;
  readonly pidFile: string;
  readonly stage: Stage;
  readonly stopSignal: NodeJS.Signals;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export const describeExit = ({ code, signal }: Exit): string =>
  signal === null ? `exit code ${code ?? 'unknown'}` : `killed by ${signal}`;

const LOG_ROTATES_AT_BYTES = 20_000_000;

/**
 * A child process in a session of its own (a terminal's Ctrl-C reaches only us, who stop things in order), with its
 * output in a file that outlives us, a pid file for the next run, and the guardian's eye on it.
 */
export class TrackedProcess {
  readonly pid: number;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<Exit>;
  private end: Exit | undefined;
  private killed = false;

  private constructor(
    readonly spec: ProcessSpec,
    private readonly child: ChildProcess,
    pid: number,
    private readonly logStart: number,
  ) {
    this.pid = pid;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.end = { code, signal };
        guardian.forget(pid);
        removePidFile(spec.pidFile);
        resolve(this.end);
      });
    });
  }

  /** Starts the process; rejects when the file cannot be executed. */
  static async spawn(spec: ProcessSpec): Promise<TrackedProcess> {
    const log = openLog(spec.logFile);
    mkdirSync(dirname(spec.pidFile), { recursive: true });
    const child = spawn(spec.file, spec.args, {
      env: spec.env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
      ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
      ...(spec.uid === undefined ? {} : { uid: spec.uid }),
      ...(spec.gid === undefined ? {} : { gid: spec.gid }),
    });
    closeSync(log.fd);
    if (child.pid === undefined) {
      const error = await new Promise<Error>((resolve) => child.once('error', resolve));
      throw new Error(`${spec.name} could not be started: ${error.message}`, { cause: error });
    }
    child.unref();
    const started = new TrackedProcess(spec, child, child.pid, log.size);
    guardian.watch(child.pid, spec.stage, spec.stopSignal);
    await writePidFile(spec.pidFile, child.pid);
    if (started.exit !== undefined) removePidFile(spec.pidFile);
    return started;
  }

  /** How it ended; undefined while it runs. */
  get exit(): Exit | undefined {
    return this.end;
  }

  /** Sends a signal; nothing happens when the process has ended. */
  signal(signal: NodeJS.Signals): void {
    if (this.end !== undefined) return;
    if (signal === 'SIGKILL') this.killed = true;
    sendSignal(this.pid, signal);
  }

  /** Told to die at once: the news of its end may still be on the way. */
  get dying(): boolean {
    return this.killed && this.end === undefined;
  }

  /** Asks it to stop, kills it when `graceMs` have passed, resolves when it is gone. */
  async stop(graceMs: number): Promise<Exit> {
    this.signal(this.spec.stopSignal);
    const killer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    // What listens to the exit is unreferenced: without this a script could end before its child has.
    this.child.ref();
    try {
      return await this.exited;
    } finally {
      clearTimeout(killer);
    }
  }

  /** What it has written since it was started. */
  output(): string {
    return readFrom(this.spec.logFile, this.logStart);
  }
}

const openLog = (path: string): { fd: number; size: number } => {
  mkdirSync(dirname(path), { recursive: true });
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_ROTATES_AT_BYTES) {
    rmSync(`${path}.1`, { force: true });
    renameSync(path, `${path}.1`);
  }
  const fd = openSync(path, 'a', 0o600);
  return { fd, size: statSync(path).size };
};

const readFrom = (path: string, start: number): string => {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= start) return '';
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(size - start);
    return buffer.subarray(0, readSync(fd, buffer, 0, buffer.length, start)).toString('utf8');
  } finally {
    closeSync(fd);
  }
};
