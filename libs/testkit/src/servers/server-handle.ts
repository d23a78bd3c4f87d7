import { setTimeout as delay } from 'node:timers/promises';

import { OneAtATime } from '../processes/one-at-a-time.js';
import { stopLeftover } from '../processes/pid-file.js';
import { describeExit, TrackedProcess, type Exit, type ProcessSpec } from '../processes/tracked-process.js';
import { fileAt, filesBelow, scanDatabases } from '../secrets/places.js';
import { isScanAskedFor, scanForSecrets } from '../secrets/scan-report.js';
import { findFreePort, isPortFree, LOOPBACK } from './free-port.js';

/** A server of ours that runs. */
export interface RunningServer {
  readonly name: string;
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** Of the process that runs now; changes with each restart. */
  readonly pid: number;
  readonly dataDir: string;
  readonly logFile: string;
  readonly running: boolean;
  /** Stops it properly; resolves when it is gone. A data directory that was made for it goes too. */
  stop(): Promise<void>;
  /** Sends a signal to it and waits for nothing. */
  kill(signal: NodeJS.Signals): void;
  /** Stops it if it runs and starts it on the same port and data; resolves when it answers. */
  restart(): Promise<void>;
  /** Starts it again if it is down; resolves when it answers. */
  ensureRunning(): Promise<void>;
  /** Hears of each end that neither `stop` nor `restart` asked for. */
  onUnexpectedExit(listener: (exit: Exit) => void): void;
}

/** What a kind of server must say about itself to be run by `startServer`. */
export interface ServerKind {
  readonly name: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly stopSignal: NodeJS.Signals;
  /** Where what it was given can be read again by a scan: in rows that it answers, or in its files as they are. */
  readonly keeps: 'rows' | 'files';
  /** What it writes once it takes connections: another's server on that port never writes it for us. */
  readonly readyLine: RegExp;
  /** Output of a start that may go well in a moment, such as a predecessor that is not quite gone. */
  readonly passingTrouble?: RegExp;
  /** Makes directories and configuration as needed; called before each start. */
  prepare(port: number): Promise<Pick<ProcessSpec, 'file' | 'args' | 'env' | 'uid' | 'gid'>>;
  /** One true round trip; rejects while the server does not answer. */
  answers(port: number): Promise<void>;
  url(port: number): string;
  /** Undoes what was made for this run only, such as a temporary directory. */
  cleanUp?(): Promise<void>;
}

export interface PortOptions {
  /** This port and no other: taken, it is an error. */
  readonly port?: number;
  /** This port when it is free, else any. */
  readonly preferredPort?: number;
}

const START_TIMEOUT_MS = 60_000;
const STOP_GRACE_MS = 15_000;
const POLL_MS = 10;
const RETRY_MS = 100;
const ADDRESS_IN_USE = /address already in use/i;

class AddressInUseError extends Error {}
class PassingTroubleError extends Error {}

/** Starts a server and resolves when it truly answers. Leftovers of a killed run on its data are stopped first. */
export const startServer = async (
  kind: ServerKind,
  options: PortOptions,
  onLeftover: (pid: number) => void = () => undefined,
): Promise<RunningServer> => {
  const leftover = await stopLeftover(pidFileOf(kind), {
    name: kind.name,
    signal: kind.stopSignal,
    graceMs: STOP_GRACE_MS,
  });
  if (leftover !== undefined) onLeftover(leftover.pid);
  if (options.port !== undefined) return ServerHandle.start(kind, options.port);
  let port = options.preferredPort;
  for (;;) {
    port = port !== undefined && (await isPortFree(port)) ? port : await findFreePort();
    try {
      return await ServerHandle.start(kind, port);
    } catch (error) {
      // Someone was faster between the look and the start.
      if (!(error instanceof AddressInUseError)) throw error;
      port = undefined;
    }
  }
};

const pidFileOf = (kind: ServerKind): string => `${kind.dataDir}/${kind.name}.process.json`;

class ServerHandle implements RunningServer {
  readonly host = LOOPBACK;
  private process: TrackedProcess | undefined;
  private stopping = false;
  private scanned = true;
  private readonly listeners: ((exit: Exit) => void)[] = [];
  /** Starts and stops come one after the other, whoever asks. */
  private readonly turns = new OneAtATime();

  private constructor(
    private readonly kind: ServerKind,
    readonly port: number,
  ) {}

  static async start(kind: ServerKind, port: number): Promise<ServerHandle> {
    const handle = new ServerHandle(kind, port);
    await handle.launch();
    return handle;
  }

  get name(): string {
    return this.kind.name;
  }

  get url(): string {
    return this.kind.url(this.port);
  }

  get pid(): number {
    if (this.process === undefined) throw new Error(`${this.name} does not run`);
    return this.process.pid;
  }

  get dataDir(): string {
    return this.kind.dataDir;
  }

  get logFile(): string {
    return this.kind.logFile;
  }

  get running(): boolean {
    return this.process !== undefined && this.process.exit === undefined;
  }

  stop(): Promise<void> {
    return this.turns.run(async () => {
      await this.lookThrough();
      await this.end();
      await this.kind.cleanUp?.();
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.process?.signal(signal);
  }

  restart(): Promise<void> {
    return this.turns.run(async () => {
      await this.end();
      await this.launchAgain();
    });
  }

  ensureRunning(): Promise<void> {
    return this.turns.run(async () => {
      if (this.process?.dying) await this.process.exited;
      if (!this.running) await this.launchAgain();
    });
  }

  onUnexpectedExit(listener: (exit: Exit) => void): void {
    this.listeners.push(listener);
  }

  /** Once in each life, where somebody asks whether secrets lie in it. */
  private async lookThrough(): Promise<void> {
    if (this.scanned || !isScanAskedFor()) return;
    this.scanned = true;
    await scanForSecrets(this.name, async (scan) => {
      if (this.kind.keeps === 'rows') {
        if (!this.running) await this.launchAgain();
        this.scanned = true;
        await scanDatabases(scan, this.url);
        const log = fileAt(this.logFile);
        return scan.stream(log.name, log.read());
      }
      // What it still has in memory is in its files once it is down.
      await this.end();
      for (const file of await filesBelow(this.kind.dataDir)) await scan.stream(file.name, file.read());
    });
  }

  private async end(): Promise<void> {
    this.stopping = true;
    await this.process?.stop(STOP_GRACE_MS);
  }

  /** The port is ours by promise; what holds it now is our own predecessor's last moment. */
  private async launchAgain(): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      try {
        return await this.launch();
      } catch (error) {
        if (!(error instanceof AddressInUseError) || performance.now() > deadline) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  private async launch(): Promise<void> {
    const deadline = performance.now() + START_TIMEOUT_MS;
    for (;;) {
      try {
        return await this.launchOnce(deadline);
      } catch (error) {
        if (!(error instanceof PassingTroubleError) || performance.now() > deadline) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  private async launchOnce(deadline: number): Promise<void> {
    const child = await TrackedProcess.spawn({
      ...(await this.kind.prepare(this.port)),
      name: this.kind.name,
      logFile: this.kind.logFile,
      pidFile: pidFileOf(this.kind),
      stage: 'server',
      stopSignal: this.kind.stopSignal,
    });
    try {
      await this.becomesReady(child, deadline);
    } catch (error) {
      await child.stop(0);
      throw error;
    }
    this.process = child;
    this.stopping = false;
    this.scanned = false;
    void child.exited.then((exit) => {
      if (!this.stopping) for (const listener of this.listeners) listener(exit);
    });
  }

  private async becomesReady(child: TrackedProcess, deadline: number): Promise<void> {
    let lastError: unknown;
    while (performance.now() < deadline) {
      const output = child.output();
      if (child.exit !== undefined) throw this.failure(child.exit, child.output());
      if (this.kind.readyLine.test(output)) {
        try {
          return await this.kind.answers(this.port);
        } catch (error) {
          lastError = error;
        }
      }
      await delay(POLL_MS);
    }
    const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
    throw new Error(
      `${this.name} did not answer within ${START_TIMEOUT_MS} ms${reason}. Its log: ${this.logFile}`,
    );
  }

  private failure(exit: Exit, output: string): Error {
    const lastLines = output.trim().split('\n').slice(-5).join('\n');
    const message = `${this.name} did not start on port ${this.port} (${describeExit(exit)}): ${lastLines}\nIts log: ${this.logFile}`;
    if (ADDRESS_IN_USE.test(output)) return new AddressInUseError(message);
    if (this.kind.passingTrouble?.test(output)) return new PassingTroubleError(message);
    return new Error(message);
  }
}
