import type { ServiceName, ServiceProcess } from '@baton/system';
import pg from 'pg';

/** What the servers and the processes have used so far. */
export interface Counters {
  /** Milliseconds of CPU by service, all replicas together, and by server. */
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly walBytes: number;
  /** Of the write-ahead log. */
  readonly fsyncs: number;
  readonly commits: number;
}

export type Replicas = ReadonlyMap<ServiceName, readonly ServiceProcess[]>;

/** How PostgreSQL counts its own writes; its counters lag by a second at most. */
export class WriteCounters {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 2 });
  }

  async read(): Promise<Omit<Counters, 'cpuMs'>> {
    const { rows } = await this.pool.query<{ wal: string; fsyncs: string; commits: string }>(
      `SELECT (SELECT pg_current_wal_lsn() - '0/0'::pg_lsn) AS wal,
              (SELECT coalesce(sum(fsyncs), 0) FROM pg_stat_io WHERE object = 'wal') AS fsyncs,
              (SELECT sum(xact_commit) FROM pg_stat_database) AS commits`,
    );
    const [row] = rows;
    return { walBytes: Number(row?.wal), fsyncs: Number(row?.fsyncs), commits: Number(row?.commits) };
  }

  /** One value of one row. */
  async value(sql: string): Promise<number> {
    const { rows } = await this.pool.query<{ value: string }>(sql);
    return Number(rows[0]?.value);
  }

  end(): Promise<void> {
    return this.pool.end();
  }
}

/** How much each process did, by what it says of itself: requests answered and events handled. */
export const workOf = async (replicas: Replicas): Promise<Readonly<Record<ServiceName, readonly number[]>>> =>
  Object.fromEntries(
    await Promise.all(
      [...replicas].map(
        async ([name, processes]) => [name, await Promise.all(processes.map(workDone))] as const,
      ),
    ),
  ) as unknown as Readonly<Record<ServiceName, readonly number[]>>;

/** Others handle requests and events; a gateway sends requests. */
const WORK = /^baton_(?:requests_handled|events_handled|requests_sent)_seconds_count(?:\{[^}]*\})? (\d+)/gm;

const workDone = async ({ url }: ServiceProcess): Promise<number> => {
  const page = await (await fetch(`${url}/metrics`)).text();
  return [...page.matchAll(WORK)].reduce((sum, [, count]) => sum + Number(count), 0);
};
