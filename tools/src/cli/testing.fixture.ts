import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';

import { findCheckout } from '@baton/system';
import { waitFor } from '@baton/testkit';

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `npm run baton -- …` that runs. */
export class Running {
  out = '';
  err = '';
  readonly ended: Promise<Ran>;

  constructor(readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.on('data', (data: Buffer) => (this.out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (this.err += data.toString()));
    this.ended = new Promise((resolve) =>
      child.on('close', (code) => resolve({ code, out: this.out, err: this.err })),
    );
  }

  async says(text: string): Promise<void> {
    await waitFor(() => Promise.resolve(`${this.out}${this.err}`.includes(text)), {
      what: `the command to say "${text}"; it said ${this.out}${this.err}`,
      timeoutMs: 240_000,
    });
  }
}

/** Variables that would point a command at another Baton than the test's. */
const UNSET = {
  ...{
    DATABASE_URL: '',
    NATS_URL: '',
    REDIS_URL: '',
    PORT: '',
    BATON_URL: '',
    BATON_SECRET: '',
    BATON_API_KEY: '',
  },
  ...{
    NODE_OPTIONS: '',
    OPENAI_API_KEY: '',
    ANTHROPIC_API_KEY: '',
    BATON_TOKEN_KEYS: '',
    NODE_V8_COVERAGE: process.env['BATON_COVERAGE_DIR'] ?? '',
  },
};

/** Starts the built command as a person would, with this environment beside its own. */
export const begin = (args: readonly string[], env: NodeJS.ProcessEnv): Running => {
  const file = join(findCheckout(), 'tools', 'dist', 'cli', 'main.js');
  return new Running(spawn(process.execPath, [file, ...args], { env: { ...process.env, ...UNSET, ...env } }));
};
