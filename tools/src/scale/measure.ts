import type { RunningBaton, ServiceName } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { ofFamily, ofProcess } from '../bench/cpu-times.js';
import { Http } from '../bench/http.js';
import { inParallel } from '../bench/stats.js';
import { breachesOf } from './audit.js';
import { type Counters, type Replicas, workOf, type WriteCounters } from './counters.js';

export interface Load {
  readonly conversations: number;
  readonly turns: number;
  /** Customers who talk at the same time, on all replicas together. */
  readonly atOnce: number;
}

/** One measurement with so many replicas of each service. */
export interface Measured {
  readonly replicas: number;
  readonly turns: number;
  readonly turnsPerSecond: number;
  /** Of one turn; CPU without what the processes use at rest. */
  readonly perTurn: Counters;
  /** Milliseconds of CPU a second that they use while nobody says anything. */
  readonly restCpuMs: Readonly<Record<string, number>>;
  /** How the work was divided: the part of each replica. */
  readonly shares: Readonly<Record<ServiceName, readonly number[]>>;
  readonly breaches: readonly string[];
}

const WORKFLOW = 'bench_turn';
const WAIT_SECONDS = 60;
const LATE = 300_000;
/** PostgreSQL's own counters come with a little delay. */
const COUNTERS_LAG_MS = 1_500;
/** How long nobody says anything before a measurement. */
const REST_MS = 5_000;

/** Customers on all gateways in turn, until every turn is answered and remembered; then what it took, and the audit. */
export const measure = async (
  baton: RunningBaton,
  replicas: Replicas,
  writes: WriteCounters,
  { prefix, load }: { readonly prefix: string; readonly load: Load },
): Promise<Measured> => {
  const gateways = (replicas.get('gateway') ?? []).map(({ url }) => new Http(url, baton.apiKey));
  const at = (index: number): Http => gateways[index % gateways.length] as Http;
  try {
    await inParallel(load.atOnce, load.atOnce, async (index) => {
      await at(index).say(`warm-${prefix}-${index}`, 't-1', WORKFLOW, WAIT_SECONDS);
    });
    const remembered = (): Promise<number> =>
      writes.value(
        `SELECT count(*) AS value FROM memory_worker.events
          WHERE type = 'memory.turn_remembered' AND stream_id LIKE '${prefix}-%'`,
      );
    const turns = load.conversations * load.turns;
    await waitFor(
      async () => (await writes.value('SELECT count(*) AS value FROM orchestrator.outbox')) === 0,
      {
        what: 'an empty outbox',
        timeoutMs: LATE,
      },
    );
    const atRest = await countersOf(baton, replicas, writes);
    await new Promise((resolve) => setTimeout(resolve, REST_MS));
    const before = await countersOf(baton, replicas, writes);
    const restCpuMs = differenceOf(atRest, before, REST_MS / 1000).cpuMs;
    const workBefore = await workOf(replicas);
    const began = performance.now();
    await inParallel(load.conversations, load.atOnce, async (index) => {
      // The next one by another gateway: order must not hang on a connection.
      for (let turn = 1; turn <= load.turns; turn += 1)
        await at(index + turn).say(`${prefix}-${index}`, `t-${turn}`, WORKFLOW, WAIT_SECONDS);
    });
    await waitFor(async () => (await remembered()) >= turns, { what: 'every memory', timeoutMs: LATE });
    const seconds = (performance.now() - began) / 1000;
    await new Promise((resolve) => setTimeout(resolve, COUNTERS_LAG_MS));
    const after = await countersOf(baton, replicas, writes);
    return {
      replicas: gateways.length,
      turns,
      turnsPerSecond: turns / seconds,
      perTurn: withoutRest(
        differenceOf(before, after, turns),
        restCpuMs,
        turns / (seconds + COUNTERS_LAG_MS / 1000),
      ),
      restCpuMs,
      shares: sharesOf(workBefore, await workOf(replicas)),
      breaches: await breachesOf(baton.servers.postgres.url, { prefix, ...load }),
    };
  } finally {
    for (const gateway of gateways) gateway.close();
  }
};

const countersOf = async (
  { servers }: RunningBaton,
  replicas: Replicas,
  writes: WriteCounters,
): Promise<Counters> => ({
  cpuMs: {
    ...Object.fromEntries(
      [...replicas].map(([name, each]) => [name, each.reduce((sum, { pid }) => sum + ofProcess(pid), 0)]),
    ),
    ...Object.fromEntries(
      Object.entries(servers).map(([name, { own }]) => [name, own ? ofFamily(own.pid) : Number.NaN]),
    ),
  },
  ...(await writes.read()),
});

/** Between two looks, for each of so many turns or seconds. */
const differenceOf = (before: Counters, after: Counters, count: number): Counters => ({
  cpuMs: Object.fromEntries(
    Object.entries(after.cpuMs).map(([name, ms]) => [name, (ms - (before.cpuMs[name] ?? 0)) / count]),
  ),
  walBytes: (after.walBytes - before.walBytes) / count,
  fsyncs: (after.fsyncs - before.fsyncs) / count,
  commits: (after.commits - before.commits) / count,
});

const withoutRest = (
  perTurn: Counters,
  restCpuMs: Measured['restCpuMs'],
  turnsPerSecond: number,
): Counters => ({
  ...perTurn,
  cpuMs: Object.fromEntries(
    Object.entries(perTurn.cpuMs).map(([name, ms]) => [name, ms - (restCpuMs[name] ?? 0) / turnsPerSecond]),
  ),
});

const sharesOf = (before: Measured['shares'], after: Measured['shares']): Measured['shares'] =>
  Object.fromEntries(
    Object.entries(after).map(([name, counts]) => {
      const done = counts.map((count, index) => count - (before[name as ServiceName][index] ?? 0));
      const all = done.reduce((sum, each) => sum + each, 0);
      return [name, done.map((each) => each / all)];
    }),
  ) as unknown as Measured['shares'];
