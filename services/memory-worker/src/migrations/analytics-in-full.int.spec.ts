import { migrateService, serviceUrls } from '@baton/service';
import { createDatabase, type RunningServer, startPostgres, type TestDatabase } from '@baton/testkit';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';

import { ANALYTICS_TABLES } from '../schema/analytics-in-full.js';
import { AnalyticsInFull1763830000000 } from './1763830000000-analytics-in-full.js';
import { migrations } from './index.js';

const CURSOR = 'conversation_analytics/conversations';

describe('the migration to analytics in full', () => {
  let postgres: RunningServer;
  let database: TestDatabase;
  let admin: pg.Client;
  let runner: QueryRunner;
  const migration = new AnalyticsInFull1763830000000();

  beforeAll(async () => {
    postgres = await startPostgres();
    database = await createDatabase(postgres.url);
    await migrateService({ name: 'memory-worker', migrations, adminUrl: database.url });
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
    runner = { query: (sql: string) => admin.query(sql) } as unknown as QueryRunner;
  });
  afterAll(async () => {
    await admin.end();
    await postgres.stop();
  });

  const shape = async (): Promise<string[]> => {
    const { rows } = await admin.query<{ name: string }>(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'memory_worker'
       UNION ALL SELECT proname || '()' FROM pg_proc WHERE pronamespace = 'memory_worker'::regnamespace ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  const read = async (sql: string): Promise<unknown> =>
    Object.values((await admin.query(sql)).rows[0] as object)[0];

  it('can be taken back and made again; what is derived is told again each time', async () => {
    const after = await shape();
    await migration.down(runner);
    const before = await shape();
    expect(after).toEqual(expect.arrayContaining(before));
    expect(after.length).toBeGreaterThan(before.length);

    // A replica of the version before at work.
    const told = `SELECT memory_worker.project_stats('${CURSOR}', NULL, '7', '[{"tenant_id": "acme", "conversation_id": "c", "version": 1,
      "turns": 0, "customer_messages": 0, "ai_messages": 0, "human_messages": 0, "handovers": 0, "handover_reasons": {}, "assignments": 0,
      "ai_ms": 0, "human_ms": 0, "queue_wait_ms": [], "resolved": false, "abandoned": false, "reopened": 0, "erased": false}]')`;
    expect(await read(told)).toBe(true);

    await migration.up(runner);
    expect(await shape()).toEqual(after);
    expect(await read('SELECT count(*)::int FROM memory_worker.conversation_analytics')).toBe(0);
    expect(await read('SELECT count(*)::int FROM memory_worker.projection_cursors')).toBe(0);
    await expect(read(told)).rejects.toThrow('written by a newer version');
  });

  it.each(ANALYTICS_TABLES)('shows no row of %s to a role without its tenant', async (table) => {
    const app = new pg.Client({ connectionString: serviceUrls(database.url, 'memory-worker').app });
    await app.connect();
    try {
      await expect(app.query(`SELECT * FROM memory_worker.${table}`)).resolves.toMatchObject({ rows: [] });
      await expect(
        app.query(`INSERT INTO memory_worker.${table} (tenant_id) VALUES ('acme')`),
      ).rejects.toThrow(/row-level security/);
    } finally {
      await app.end();
    }
  });
});
