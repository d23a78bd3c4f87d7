import pg from 'pg';

import { inParallel, p50 } from './stats.js';

/** What the disk and PostgreSQL alone can do, on the same server in the same run. */
export class RawPostgres {
  private readonly pool: pg.Pool;

  constructor(url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 20 });
  }

  async prepare(): Promise<void> {
    await this.pool.query(
      'CREATE TABLE IF NOT EXISTS bench_raw (id bigserial PRIMARY KEY, data jsonb NOT NULL)',
    );
  }

  private insert(): Promise<unknown> {
    return this.pool.query({
      name: 'raw',
      text: 'INSERT INTO bench_raw (data) VALUES ($1)',
      values: ['{"type":"message_received","content":"Hello"}'],
    });
  }

  /** Durable one-row commits a second, 20 connections. */
  async commitsPerSecond(): Promise<number> {
    const count = 20_000;
    await inParallel(2000, 20, async () => void (await this.insert()));
    return count / (await inParallel(count, 20, async () => void (await this.insert())));
  }

  /** One commit alone, in milliseconds. */
  async oneCommit(): Promise<number> {
    const samples: number[] = [];
    for (let index = 0; index < 500; index += 1) {
      const began = performance.now();
      await this.insert();
      samples.push(performance.now() - began);
    }
    return p50(samples);
  }

  /** Commits of the whole server so far. */
  async commits(): Promise<number> {
    const { rows } = await this.pool.query<{ commits: string }>(
      'SELECT sum(xact_commit) AS commits FROM pg_stat_database',
    );
    return Number(rows[0]?.commits);
  }

  async count(sql: string): Promise<number> {
    const { rows } = await this.pool.query<{ count: string }>(sql);
    return Number(rows[0]?.count);
  }

  async end(): Promise<void> {
    await this.pool.query('DROP TABLE bench_raw');
    await this.pool.end();
  }
}
