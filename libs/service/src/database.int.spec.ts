import {
  createDatabase,
  type RunningServer,
  startPostgres,
  type TestDatabase,
  waitFor,
} from '@baton/testkit';
import type pg from 'pg';
import { EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';

import { Database } from './database.js';
import { migrateService } from './migrate.js';
import { rlsSql } from './rls.js';
import { serviceUrls } from './roles.js';

const SCHEMA = 'queue_manager';

class Notes1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE ${SCHEMA}.notes (
      tenant_id text NOT NULL, id bigserial, body text NOT NULL, PRIMARY KEY (tenant_id, id))`);
    for (const statement of rlsSql(SCHEMA, 'notes', 'queue-manager')) await runner.query(statement);
    await runner.query(`CREATE FUNCTION ${SCHEMA}.notes_of(tenant text) RETURNS SETOF text LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM set_config('app.tenant', tenant, true);
        RETURN QUERY SELECT body FROM ${SCHEMA}.notes ORDER BY id;
      END $$`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${SCHEMA}.notes`);
  }
}

class Title1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${SCHEMA}.notes ADD COLUMN title text`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE ${SCHEMA}.notes DROP COLUMN title`);
  }
}

interface Note {
  readonly tenant_id: string;
  readonly id?: string;
  readonly body: string;
}

const Note = new EntitySchema<Note>({
  name: 'Note',
  tableName: 'notes',
  columns: {
    tenant_id: { type: 'text', primary: true },
    id: { type: 'bigint', primary: true, generated: 'increment' },
    body: { type: 'text' },
  },
});

const open = (adminUrl: string): Database => {
  const urls = serviceUrls(adminUrl, 'queue-manager');
  return new Database({
    url: urls.app,
    systemUrl: urls.system,
    schema: SCHEMA,
    applicationName: 'spec',
    entities: [Note],
  });
};

describe('a service that was migrated', () => {
  let postgres: RunningServer;
  let testDatabase: TestDatabase;
  let database: Database;
  const migrate = (adminUrl: string): Promise<void> =>
    migrateService({ name: 'queue-manager', migrations: [Notes1700000000001], adminUrl });

  beforeAll(async () => {
    postgres = await startPostgres();
    testDatabase = await createDatabase(postgres.url);
    await migrate(testDatabase.url);
    database = open(testDatabase.url);
  });

  afterAll(async () => {
    await database?.close();
    await testDatabase?.drop();
    await postgres?.stop();
  });

  beforeEach(async () => {
    await database.system('DELETE FROM notes');
    for (const tenant of ['acme', 'other']) {
      await database.tenant(tenant, (q) =>
        q.query('INSERT INTO notes (tenant_id, body) VALUES ($1, $2)', [tenant, `of ${tenant}`]),
      );
    }
  });

  it('shows a tenant its own rows, also to a query without any WHERE', async () => {
    const rows = await database.tenant('acme', (q) => q.query('SELECT body FROM notes'));
    expect(rows).toEqual([{ body: 'of acme' }]);
  });

  it('shows nothing to who sets no tenant, nor to who was another tenant before on the same connection', async () => {
    const url = serviceUrls(testDatabase.url, 'queue-manager').app;
    const one = new Database({ url, systemUrl: url, schema: SCHEMA, applicationName: 'spec', poolSize: 1 });
    await one.tenant('acme', (q) => q.query('SELECT 1'));
    expect(await one.hot('SELECT body FROM notes', [])).toEqual([]);
    await one.close();
  });

  it("refuses to write, change or delete another tenant's row", async () => {
    await expect(
      database.tenant('acme', (q) => q.query("INSERT INTO notes (tenant_id, body) VALUES ('other', 'x')")),
    ).rejects.toThrow(/row-level security/);
    await expect(
      database.tenant('acme', (q) => q.query("UPDATE notes SET tenant_id = 'other'")),
    ).rejects.toThrow(/row-level security/);
    await database.tenant('acme', (q) => q.query('DELETE FROM notes'));
    expect(await database.system('SELECT body FROM notes')).toEqual([{ body: 'of other' }]);
  });

  it('lets its app role neither lift row-level security nor become another role', async () => {
    for (const statement of [
      'ALTER TABLE notes DISABLE ROW LEVEL SECURITY',
      'ALTER TABLE notes NO FORCE ROW LEVEL SECURITY',
      'DROP POLICY tenant_rows ON notes',
      'SET ROLE baton_queue_manager_system',
      'CREATE TABLE mine (id int)',
    ]) {
      await expect(database.hot(statement, [])).rejects.toThrow();
    }
  });

  it('shows every tenant to its system role', async () => {
    const rows = await database.system<{ body: string }>('SELECT body FROM notes ORDER BY body');
    expect(rows.map(({ body }) => body)).toEqual(['of acme', 'of other']);
  });

  it('serves one statement that sets its own tenant, prepared once', async () => {
    const sql = 'SELECT body FROM notes_of($1) AS body';
    expect(await database.hot(sql, ['other'])).toEqual([{ body: 'of other' }]);
    expect(await database.hot(sql, ['acme'])).toEqual([{ body: 'of acme' }]);
    expect(await database.hot('SELECT body FROM notes', [])).toEqual([]);
    const [prepared] = await database.hot<{ n: number }>(
      'SELECT count(*)::int AS n FROM pg_prepared_statements WHERE statement LIKE $1',
      ['%notes_of%'],
    );
    expect(prepared?.n).toBeLessThanOrEqual(1);
  });

  it('undoes the whole transaction when the work throws', async () => {
    await expect(
      database.tenant('acme', async (q) => {
        await q.query("INSERT INTO notes (tenant_id, body) VALUES ('acme', 'half')");
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await database.tenant('acme', (q) => q.query('SELECT body FROM notes'))).toHaveLength(1);
  });

  it('says so when the work swallowed the error that undid the transaction', async () => {
    await expect(
      database.tenant('acme', async (q) => {
        await q.query('SELECT 1/0').catch(() => undefined);
      }),
    ).rejects.toThrow(/nothing was committed/);
  });

  it('lets TypeORM work in the same transaction and with the same tenant', async () => {
    const bodies = await database.tenant('acme', async (q) => {
      await q.manager.transaction((nested) => nested.insert(Note, { tenant_id: 'acme', body: 'by TypeORM' }));
      await q.manager
        .transaction(async (nested) => {
          await nested.insert(Note, { tenant_id: 'acme', body: 'undone' });
          throw new Error('only the savepoint');
        })
        .catch(() => undefined);
      return q.query<Note>('SELECT body FROM notes ORDER BY id');
    });
    expect(bodies.map(({ body }) => body)).toEqual(['of acme', 'by TypeORM']);
    expect(await database.tenant('other', (q) => q.manager.find(Note))).toMatchObject([{ body: 'of other' }]);
  });

  it('undoes what TypeORM did when the transaction around it fails', async () => {
    await expect(
      database.tenant('acme', async (q) => {
        await q.manager.insert(Note, { tenant_id: 'acme', body: 'half' });
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(await database.tenant('acme', (q) => q.manager.count(Note))).toBe(1);
  });

  it('keeps what is there when it is migrated again, and runs only what is new', async () => {
    await migrate(testDatabase.url);
    await migrateService({
      name: 'queue-manager',
      migrations: [Notes1700000000001, Title1700000000002],
      adminUrl: testDatabase.url,
    });
    expect(await database.system('SELECT title FROM notes')).toHaveLength(2);
    expect(await database.system(`SELECT 1 FROM pg_tables WHERE tablename = 'migrations'`)).toHaveLength(1);
  });

  it('is there once when several migrate it at the same time, in several databases of one server', async () => {
    const others = await Promise.all([1, 2, 3].map(() => createDatabase(postgres.url)));
    await Promise.all(others.flatMap(({ url }) => [migrate(url), migrate(url), migrate(url)]));
    for (const fresh of others) {
      const other = open(fresh.url);
      expect(await other.tenant('acme', (q) => q.query('SELECT body FROM notes'))).toEqual([]);
      await other.close();
      await fresh.drop();
    }
  });

  it('outlives what a broken connection still says when it was thrown away, and between two statements', async () => {
    const lastWords = (client: pg.PoolClient): boolean => client.emit('error', new Error('its last words'));
    const client = await database.pool.connect();
    expect(lastWords(client)).toBe(true);
    client.release(new Error('broken'));
    expect(lastWords(client)).toBe(true);
    const other = await database.systemPool.connect();
    other.release(new Error('broken'));
    expect(lastWords(other)).toBe(true);
    expect(await database.hot('SELECT 1 AS one', [])).toEqual([{ one: 1 }]);
  });

  it('says unavailable, not internal, while PostgreSQL is away, and works again after', async () => {
    await postgres.restart();
    await database.hot('SELECT 1', []).catch(() => undefined);
    expect(await database.hot('SELECT 1 AS one', [])).toEqual([{ one: 1 }]);
    const ended = new Promise<void>((resolve) => postgres.onUnexpectedExit(() => resolve()));
    postgres.kill('SIGKILL');
    await ended;
    for (const ask of [
      () => database.hot('SELECT 1', []),
      () => database.system('SELECT 1'),
      () => database.tenant('acme', (q) => q.query('SELECT 1')),
    ]) {
      // A connection that is open outlives the postmaster for a moment.
      const refused = await waitFor(
        () =>
          ask().then(
            () => undefined,
            (error: unknown) => ({ error }),
          ),
        { what: 'the last connection to end' },
      );
      expect(refused.error).toMatchObject({ code: 'unavailable' });
    }
    await postgres.restart();
    expect(await database.tenant('acme', (q) => q.query('SELECT 1 AS one'))).toEqual([{ one: 1 }]);
  });
});
