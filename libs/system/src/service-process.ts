import { setTimeout as delay } from 'node:timers/promises';

import type { ServiceName } from '@baton/service/roles';
import { describeExit, OneAtATime, stopLeftover, TrackedProcess, type Exit } from '@baton/testkit';

import { askReady } from './http-health.js';
import { RestartBackoff } from './restart-backoff.js';

export interface ServiceProcessOptions {
  readonly name: ServiceName;
  readonly script: string;
  readonly cwd: string;
  readonly logFile: string;
  readonly pidFile: string;
  readonly host: string;
  /** What the process gets, its port aside. */
  readonly env: NodeJS.ProcessEnv;
  /** More for the first life only, such as a crash point that the next life must survive. */
  readonly firstLifeEnv: NodeJS.ProcessEnv;
  /** The variable that carries the port. */
  readonly portVariable: 'PORT' | 'BATON_SERVICE_PORT';
  /** The port to try; asked again when that one was taken meanwhile. Rejects when there is none. */
  readonly choosePort: () => Promise<number>;
  /** Whether it is started again when it dies. */
  readonly restartDead: boolean;
  /** Ten seconds unless told. */
  readonly longestRestartDelayMs?: number | undefined;
  readonly say: (line: string) => void;
}

const READY_TIMEOUT_MS = 120_000;
const READY_POLL_MS = 50;
/** A service drains for ten seconds by itself; more than that it does not get. */
const STOP_GRACE_MS = 11_000;

/** One service: its process, whichever that is by now. */
export class ServiceProcess {
  private process: TrackedProcess | undefined;
  private knownPort: number | undefined;
  /** Whether it should run: what ends while this holds has died. */
  private wanted = false;
  private wasReady = false;
  private lives = 0;
  private readonly backoff: RestartBackoff;
  private readonly turns = new OneAtATime();

  constructor(private readonly options: ServiceProcessOptions) {
    this.backoff = new RestartBackoff(options.longestRestartDelayMs);
  }

  get name(): ServiceName {
    return this.options.name;
  }

  get running(): boolean {
    return this.process !== undefined && this.process.exit === undefined;
  }

  /** Of the process that runs now; changes with each restart. Throws while none runs. */
  get pid(): number {
    if (this.process === undefined || !this.running) throw new Error(`${this.title} does not run`);
    return this.process.pid;
  }

  get port(): number {
    if (this.knownPort === undefined) throw new Error(`${this.title} was not started yet`);
    return this.knownPort;
  }

  get url(): string {
    return `http://${this.options.host}:${this.port}`;
  }

  get logFile(): string {
    return this.options.logFile;
  }

  private get title(): string {
    return `baton-${this.name}`;
  }

  /** Starts it and resolves when it is ready. Throws, with its last words, when it ends before it ever was. */
  async start(): Promise<void> {
    this.wanted = true;
    await stopLeftover(this.options.pidFile, { name: this.title, signal: 'SIGTERM', graceMs: STOP_GRACE_MS });
    for (;;) {
      this.knownPort = await this.options.choosePort();
      if (!this.wanted) throw new Error(`${this.title} was stopped before it was started`);
      const child = await this.live();
      const exit = await this.readyOrExit(child, READY_TIMEOUT_MS);
      if (exit === undefined) break;
      const output = child.output();
      if (!this.wanted || !output.includes('EADDRINUSE')) throw this.failedStart(exit, output);
    }
    this.wasReady = true;
  }

  /** Resolves when the process that runs now is ready; while none runs it waits for the next. */
  async waitReady(timeoutMs: number = READY_TIMEOUT_MS): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    let reason = 'it does not run';
    while (performance.now() < deadline) {
      try {
        if (this.running) return await askReady(this.options.host, this.port);
      } catch (error) {
        reason = (error as Error).message;
      }
      await delay(READY_POLL_MS);
    }
    throw new Error(
      `${this.title} was not ready within ${timeoutMs} ms: ${reason}. Its log: ${this.logFile}`,
    );
  }

  /** Asks it to drain and end, resolves when it is gone; it is not started again. */
  stop(): Promise<void> {
    this.wanted = false;
    return this.turns.run(async () => {
      await this.process?.stop(STOP_GRACE_MS);
    });
  }

  /** Sends a signal. A process that ends of it has died: it is started again where that is wanted. */
  kill(signal: NodeJS.Signals): void {
    this.process?.signal(signal);
  }

  /** Kills it for good: no draining, no new life. */
  killForGood(): void {
    this.wanted = false;
    this.kill('SIGKILL');
  }

  /** Stops it if it runs, starts it again on the same port; resolves when it is ready. */
  async restart(): Promise<void> {
    await this.stop();
    this.wanted = true;
    await this.live();
    await this.waitReady();
  }

  /** The process that runs now, or a new one. */
  private live(): Promise<TrackedProcess> {
    return this.turns.run(async () => {
      if (this.process !== undefined && this.running) return this.process;
      const child = await this.spawn();
      this.process = child;
      const bornAt = performance.now();
      void child.exited.then((exit) => this.ended(exit, performance.now() - bornAt));
      return child;
    });
  }

  private spawn(): Promise<TrackedProcess> {
    const { script, cwd, env, firstLifeEnv, logFile, pidFile, portVariable } = this.options;
    const isFirst = this.lives++ === 0;
    return TrackedProcess.spawn({
      name: this.title,
      file: process.execPath,
      args: [script],
      cwd,
      env: { ...env, ...(isFirst ? firstLifeEnv : {}), [portVariable]: String(this.port) },
      logFile,
      pidFile,
      stage: 'service',
      stopSignal: 'SIGTERM',
    });
  }

  private async readyOrExit(child: TrackedProcess, timeoutMs: number): Promise<Exit | undefined> {
    const deadline = performance.now() + timeoutMs;
    let reason = 'no answer';
    while (performance.now() < deadline) {
      if (child.exit !== undefined) return child.exit;
      try {
        await askReady(this.options.host, this.port);
        return undefined;
      } catch (error) {
        reason = (error as Error).message;
      }
      await delay(READY_POLL_MS);
    }
    throw new Error(
      `${this.title} was not ready within ${timeoutMs} ms: ${reason}. Its log: ${this.logFile}`,
    );
  }

  private async ended(exit: Exit, livedMs: number): Promise<void> {
    const { restartDead, say } = this.options;
    if (!this.wanted || !this.wasReady || !restartDead) return;
    const waitMs = this.backoff.next(livedMs);
    say(`${this.title} ended (${describeExit(exit)}): starting it again${inSeconds(waitMs)}`);
    await this.comeBack(waitMs);
  }

  private async comeBack(waitMs: number): Promise<void> {
    const { say } = this.options;
    await delay(waitMs);
    if (!this.wanted) return;
    try {
      const child = await this.live();
      if ((await this.readyOrExit(child, READY_TIMEOUT_MS)) === undefined) say(`${this.title} is back`);
      // A new death brings it here again by itself.
    } catch (error) {
      say(`${this.title} is not back yet: ${(error as Error).message}`);
      if (!this.running) await this.comeBack(this.backoff.next(0));
    }
  }

  private failedStart(exit: Exit, output: string): Error {
    const lastLines = output.trim().split('\n').slice(-5).join('\n');
    return new Error(
      `${this.title} did not start (${describeExit(exit)}):\n${lastLines}\nIts log: ${this.logFile}`,
    );
  }
}

const inSeconds = (ms: number): string => (ms >= 1_000 ? ` in ${Math.round(ms / 1_000)} s` : '');
