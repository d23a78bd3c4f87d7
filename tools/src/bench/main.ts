import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import { startBaton } from '@baton/system';

import { barePath } from './bare/bare-path.js';
import { broadcastRows } from './broadcast.js';
import { consultationRows } from './consultation.js';
import type { CpuTimes } from './cpu-times.js';
import { Http } from './http.js';
import {
  acceptBurst,
  acceptLatency,
  firstToken,
  fiveSteps,
  idleMemory,
  longConversation,
  offerLatency,
  sustained,
} from './measures.js';
import { RawPostgres } from './postgres.js';
import { routerRows } from './router.js';
import { perNode } from './runtime.js';
import { sandboxRows } from './sandboxes.js';

/** `npm run bench`: every figure from one run on one machine, and what it is held against. */
const startModelServer = async (): Promise<{ url: string; stop: () => void }> => {
  const child = spawn(process.execPath, ['libs/testkit/dist/model-server/main.js', '--instant'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^model server: (.*)$/.exec(line)?.[1];
    if (url) return { url, stop: () => child.kill('SIGTERM') };
  }
  throw new Error('the model server did not start');
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const row = (what: string, value: string, bar: string): void =>
  say(`${what.padEnd(58)} ${value.padStart(22)}   ${bar}`);
const ms = (value: number): string => `${value.toFixed(1)} ms`;
const per = (value: number): string => `${Math.round(value)}/s`;
const cpuRows = (of: string, cpu: CpuTimes): void => {
  const parts = Object.entries(cpu);
  row(`CPU of ${of}`, ms(parts.reduce((sum, [, value]) => sum + value, 0)), '');
  say(`  ${parts.map(([name, value]) => `${name} ${value.toFixed(2)}`).join(', ')}`);
};
const both = ({ p50, p99 }: { p50: number; p99: number }): string =>
  `${p50.toFixed(1)} / ${p99.toFixed(1)} ms`;

const model = await startModelServer();
const began = performance.now();
const baton = await startBaton({
  env: {
    OPENAI_BASE_URL: `${model.url}/v1`,
    OPENAI_API_KEY: 'bench',
    BATON_MODEL_FAST: 'openai/instant',
    BATON_MODEL_SMART: 'openai/instant',
    BATON_MODEL_EMBEDDING: 'openai/instant-embedding',
    BATON_WORKFLOWS_DIR: 'bench/workflows',
    BATON_DEFAULT_WORKFLOW: 'bench_turn',
    BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '1000000',
    BATON_RATE_LIMIT_MESSAGES_PER_10S: '1000000',
    LOG_LEVEL: 'warn',
  },
});
const startSeconds = (performance.now() - began) / 1000;
const postgres = new RawPostgres(baton.servers.postgres.url);
const http = new Http(baton.url, baton.apiKey);
try {
  await postgres.prepare();
  const memory = idleMemory(baton);
  row('start, everything installed and built', `${startSeconds.toFixed(1)} s`, 'under 15 s');
  const total = Object.values(memory).reduce((sum, value) => sum + value, 0);
  row('idle memory of the five services', `${Math.round(total)} MB`, 'under 900 MB');
  for (const [name, value] of Object.entries(memory)) row(`  ${name}`, `${Math.round(value)} MB`, '');

  const raw = await postgres.commitsPerSecond();
  const commit = await postgres.oneCommit();
  row('raw PostgreSQL: durable one-row commits, 20 connections', per(raw), 'the measure of the rest');
  row('raw PostgreSQL: one commit alone', ms(commit), '');

  const bare = await barePath(baton);
  row('the bare path: Fastify, a NATS request, one insert', per(bare), 'what this machine allows');
  row('  against raw', (bare / raw).toFixed(3), '');

  const accepted = await acceptBurst(http, postgres, baton);
  row('turns accepted in a burst', per(accepted.perSecond), '');
  row('  against raw', (accepted.perSecond / raw).toFixed(3), 'reach 0.2');
  cpuRows('an accept, with all that follows it', accepted.cpu);

  const completed = await sustained(http, postgres, baton);
  row('turns completed, sustained, memory included', per(completed.perSecond), '');
  row('  against raw', (completed.perSecond / raw).toFixed(3), 'reach 0.04');
  cpuRows('a turn', completed.cpu);
  row('commits per turn (shared ones count once)', completed.commitsPerTurn.toFixed(1), 'fewer is better');
  row('bus: requests (and answers) per turn', completed.requestsPerTurn.toFixed(1), 'fewer is better');
  row('bus: events per turn', completed.eventsPerTurn.toFixed(1), 'fewer is better');

  row('accept, p50 / p99 at 50 turns/s', both(await acceptLatency(http)), 'p99 under 100 ms');
  row(
    'window closed to first token, p50 / p99 at 50 turns/s',
    both(await firstToken(http)),
    'p99 under 100 ms',
  );
  row(
    'handover to offer on the socket, p50 / p99 at 50/s',
    both(await offerLatency(http, baton.url)),
    'p99 under 100 ms',
  );

  await broadcastRows(http, baton.url, row);

  await consultationRows(http, baton.url, model.url, row);

  const run = await fiveSteps(http);
  row('a run of five steps', ms(run), '');
  row('  in commits', (run / commit).toFixed(1), 'reach 30');
  const node = await perNode(http);
  row('a node of a run, its journal commit included, p50', ms(node), '');
  row('  beyond one raw commit', ms(node - commit), 'under 5 ms');

  await routerRows(baton, model.url, row);

  await sandboxRows(row);

  const { short, long, events } = await longConversation(http, postgres);
  row('a turn in a conversation of 10 events', ms(short), '');
  row(`a turn in a conversation of ${events} events`, ms(long), '');
  row('  long against short', (long / short).toFixed(2), 'within 1.2');
} finally {
  http.close();
  await postgres.end();
  await baton.stop();
  model.stop();
}
