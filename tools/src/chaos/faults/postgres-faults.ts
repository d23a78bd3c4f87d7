import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import pg from 'pg';

import type { ChaosSystem } from '../system.js';
import { type Fault, pause, within } from './fault.js';

const run = promisify(execFile);
const BACK_MS = 60_000;

const answers = async (system: ChaosSystem): Promise<boolean> => (await system.sql('SELECT 1')).length === 1;
const back = (system: ChaosSystem): Promise<boolean> => within(BACK_MS, () => answers(system));

const children = async (pid: number): Promise<number[]> => {
  const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim().split(/\s+/).filter(Boolean).map(Number);
};

const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself meanwhile.
    }
  }
};

export const postgresRestarted: Fault = {
  kind: 'PostgreSQL restarted (fast)',
  plan: 'F-6',
  lane: 'servers',
  strike: async ({ system }) => {
    const { pid } = system.postgres;
    await system.postgres.restart();
    return (await back(system)) && system.postgres.pid !== pid ? `${pid}` : undefined;
  },
};

const postgresEnded = (kind: string, signal: NodeJS.Signals): Fault => ({
  kind,
  plan: 'F-6',
  lane: 'servers',
  strike: async ({ system }) => {
    const { pid } = system.postgres;
    system.postgres.kill(signal);
    const isAnother = await within(BACK_MS, () => system.postgres.running && system.postgres.pid !== pid);
    return (await back(system)) && isAnother ? `${pid}` : undefined;
  },
});
export const postgresImmediate = postgresEnded('PostgreSQL stopped (immediate)', 'SIGQUIT');
export const postmasterKilled = postgresEnded("PostgreSQL's postmaster killed", 'SIGKILL');

export const backendsTerminated: Fault = {
  kind: 'database connections terminated',
  plan: 'F-6',
  lane: 'servers',
  strike: async ({ system }, random) => {
    const rows = await system.sql<{ ended: boolean }>(
      `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity
        WHERE usename LIKE 'baton%' AND (hashtext(pid::text) & 255) < $1`,
      [random.int(64, 256)],
    );
    return rows.length > 0 ? `${rows.length} connections` : undefined;
  },
};

export const backendKilled: Fault = {
  kind: 'a database process killed',
  plan: 'F-6',
  lane: 'servers',
  strike: async ({ system }) => {
    const [row] = await system.sql<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE usename LIKE 'baton%' ORDER BY (state = 'active') DESC, random() LIMIT 1`,
    );
    if (!row) return undefined;
    signalAll([row.pid], 'SIGKILL');
    // PostgreSQL ends all connections then, and recovers.
    const isNoticed = await within(5_000, () =>
      answers(system).then(
        (yes) => !yes,
        () => true,
      ),
    );
    return (await back(system)) ? `${row.pid}${isNoticed ? ', all connections lost' : ''}` : undefined;
  },
};

export const connectionsExhausted: Fault = {
  kind: 'no database connection left',
  plan: 'F-6',
  lane: 'servers',
  strike: async ({ system }) => {
    const held: pg.Client[] = [];
    let isFull = false;
    for (let count = 0; count < 220 && !isFull; count += 1) {
      const client = new pg.Client(system.postgres.url);
      client.on('error', () => undefined);
      await client.connect().then(
        () => held.push(client),
        () => (isFull = true),
      );
    }
    await system
      .sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'baton%'`)
      .catch(() => undefined);
    await pause(1_500);
    await Promise.all(held.map((client) => client.end().catch(() => undefined)));
    return isFull ? `${held.length} held` : undefined;
  },
};

export const answersLost: Fault = {
  kind: 'the answer to a commit lost',
  plan: 'F-7',
  lane: 'servers',
  strike: async ({ system }, random) => {
    const before = system.proxy.lost;
    system.proxy.loseAnswers(random.int(1, 12));
    await within(3_000, () => system.proxy.lost >= before + 5);
    system.proxy.loseAnswers(0);
    const lost = system.proxy.lost - before;
    return lost > 0 ? `${lost} answers` : undefined;
  },
};

/** An open transaction with low sequence numbers while others commit: its events come late, and must come. */
export const committedLate: Fault = {
  kind: 'a commit that comes late',
  plan: 'F-17',
  lane: 'servers',
  strike: async ({ system }) => {
    const client = new pg.Client(system.baton.servers.postgres.url);
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('BEGIN');
      // Who writes to one of these waits inside its transaction, its place in the log taken.
      await client.query(
        `SELECT 1 FROM orchestrator.conversations WHERE state IN ('NEW', 'AI_PROCESSING', 'FINISHED')
          ORDER BY updated_at DESC LIMIT 5 FOR UPDATE`,
      );
      let waited = 0;
      for (let look = 0; look < 20; look += 1) {
        await pause(150);
        const [row] = await system.sql<{ count: number }>(
          `SELECT count(*)::int AS count FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query ~ 'transact|commit_batch'`,
        );
        waited = Math.max(waited, row?.count ?? 0);
      }
      await client.query('ROLLBACK');
      return waited > 0 ? `${waited} waited` : undefined;
    } finally {
      await client.end().catch(() => undefined);
    }
  },
};

export const postgresPowerCut: Fault = {
  kind: 'power cut of PostgreSQL',
  plan: 'F-5',
  lane: 'servers',
  isImpossible: ({ disks }) => disks.postgres === undefined,
  strike: async ({ system }) => {
    const { postgres, disks } = system;
    if (!postgres.running) return undefined;
    const { pid } = postgres;
    const all = [pid, ...(await children(pid))];
    // From here on nothing is acknowledged; what is on the disk now is all that there will be.
    signalAll(all, 'SIGSTOP');
    const grandchildren = (await Promise.all(all.map(children))).flat().filter((each) => !all.includes(each));
    signalAll(grandchildren, 'SIGSTOP');
    const left = await disks.postgres?.snapshot();
    const stopped = postgres.stop();
    signalAll([...grandchildren, ...all], 'SIGKILL');
    await stopped;
    await disks.postgres?.replaceBy(left ?? '');
    await postgres.ensureRunning();
    return (await back(system)) ? `${pid}` : undefined;
  },
};

export const diskFull: Fault = {
  kind: "PostgreSQL's disk full",
  plan: 'F-15',
  lane: 'servers',
  isImpossible: ({ disks }) => disks.postgres === undefined,
  strike: async ({ system }) => {
    const { disks } = system;
    await disks.postgres?.fill();
    // Room that PostgreSQL had set aside lasts a while; a table that grows asks for more at once.
    const isRefused = await within(6_000, () =>
      system
        .sql(
          'CREATE TABLE IF NOT EXISTS public.chaos_ballast AS SELECT repeat($1, 1000) FROM generate_series(1, 20000)',
          ['x'],
        )
        .then(
          () => false,
          () => true,
        ),
    );
    await pause(1_500);
    await disks.postgres?.free();
    await within(BACK_MS, () => system.postgres.running);
    const isBack = await back(system);
    await system.sql('DROP TABLE IF EXISTS public.chaos_ballast').catch(() => undefined);
    return isBack && isRefused ? 'no space left' : undefined;
  },
};
