import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { RunningBaton } from '@baton/system';

import { Http } from '../http.js';
import { inParallel } from '../stats.js';

const COUNT = 12_000;
const WARM = 3000;

/**
 * What this machine allows the shape of an accept: Fastify, one NATS request to another process, one durable insert
 * there, with Baton's own servers, the same load generator and the same message; no key, no check, no event.
 * Messages accepted a second.
 */
export const barePath = async ({ servers }: RunningBaton): Promise<number> => {
  const env = { ...process.env, NATS_URL: servers.nats.url, DATABASE_URL: servers.postgres.url };
  const children: ChildProcess[] = [];
  const start = async (name: string): Promise<string> => {
    const script = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    for await (const line of createInterface({ input: child.stdout })) {
      const said = /^ready: (.*)$/.exec(line)?.[1];
      if (said !== undefined) return said;
    }
    throw new Error(`The bare ${name} did not start`);
  };
  try {
    await start('service');
    const http = new Http(await start('gateway'), 'none');
    try {
      const say = async (index: number): Promise<void> => void (await http.say(`bare-${index}`, 't', 'bare'));
      await inParallel(WARM, 64, say);
      return COUNT / (await inParallel(COUNT, 64, say));
    } finally {
      http.close();
    }
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
};
