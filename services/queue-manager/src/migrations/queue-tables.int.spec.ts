import { migrateService, serviceUrls } from '@baton/service';
import { createDatabase, type RunningServer, startPostgres, type TestDatabase } from '@baton/testkit';
import pg from 'pg';
import type { QueryRunner } from 'typeorm';

import { READ_MODEL_NAMES } from '../read-model/read-models.js';
import { migrations } from './index.js';

describe('the tables of the queue', () => {
  let postgres: RunningServer;
  let database: TestDatabase;
  let admin: pg.Client;
  beforeAll(async () => {
    postgres = await startPostgres();
    database = await createDatabase(postgres.url);
    await migrateService({ name: 'queue-manager', migrations, adminUrl: database.url });
    admin = new pg.Client({ connectionString: database.url });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await postgres.stop();
  });

  const leftovers = async (): Promise<string[]> => {
    const { rows } = await admin.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relnamespace = 'queue_manager'::regnamespace AND relkind = 'r'
       UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'queue_manager'::regnamespace`,
    );
    return rows.map((row) => row.name).filter((name) => name !== 'migrations');
  };

  it.each(READ_MODEL_NAMES)('show no row of %s to a role without its tenant', async (name) => {
    const app = new pg.Client({ connectionString: serviceUrls(database.url, 'queue-manager').app });
    await app.connect();
    try {
      await expect(app.query(`SELECT queue_manager.agents_of('acme')`)).resolves.toMatchObject({ rows: [] });
      await expect(app.query(`SELECT * FROM queue_manager.${name}`)).resolves.toMatchObject({ rows: [] });
      await expect(
        app.query(`INSERT INTO queue_manager.${name} (tenant_id) VALUES ('acme')`),
      ).rejects.toThrow(/row-level security/);
    } finally {
      await app.end();
    }
  });

  it('can be taken back without a trace, and made again', async () => {
    const runner = { query: (sql: string) => admin.query(sql) } as unknown as QueryRunner;
    const made = migrations.map((Migration) => new Migration());
    expect(await leftovers()).not.toEqual([]);
    for (const migration of made.toReversed()) await migration.down(runner);
    expect(await leftovers()).toEqual([]);
    for (const migration of made) await migration.up(runner);
    expect(await leftovers()).toEqual(expect.arrayContaining(['agent_queue', 'transact']));
  });
});
