import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

import { waitFor } from '@baton/testkit';

const DIST = join(import.meta.dirname, '../../dist');

/** A script of this service as its own process, from what was built. */
export class ServiceProcess {
  out = '';
  private readonly child: ChildProcess;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  constructor(script: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    this.child = spawn(process.execPath, [join(DIST, script), ...args], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.exit = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  kill(signal: NodeJS.Signals = 'SIGKILL'): void {
    this.child.kill(signal);
  }

  async ready(): Promise<void> {
    await waitFor(() => this.out.includes('is ready on'), {
      what: `${this.out} to be followed by readiness`,
      timeoutMs: 30_000,
    });
  }

  async stop(): Promise<void> {
    this.kill('SIGTERM');
    await this.exit;
  }
}
