import { findCheckout } from '@baton/system';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { GRANDFATHERED } from './grandfathered.js';
import { digestOf, lintMigrations, offenceLine, type Releases } from './lint.js';
import { loadMigrations } from './load-migrations.js';
import type { LintedMigration } from './migration.js';

const BEFORE = `
  CREATE TABLE s.orders (tenant_id text NOT NULL, order_id text NOT NULL, note text, amount int, PRIMARY KEY (tenant_id, order_id));
  CREATE FUNCTION s.total(tenant text) RETURNS bigint LANGUAGE sql AS $$ SELECT sum(amount) FROM s.orders WHERE tenant_id = tenant $$`;

const migration = (
  name: string,
  sql: string | string[],
  more: Partial<LintedMigration> = {},
): LintedMigration => ({
  service: 'gateway',
  name,
  statements: [sql].flat(),
  isInTransaction: true,
  allows: {},
  ...more,
});
const first = migration('First1', BEFORE);
const released: Releases = { '0.1.0': { 'gateway/First1': digestOf(first) } };
const rulesOf = async (sql: string | string[], more: Partial<LintedMigration> = {}): Promise<string[]> => {
  const offences = await lintMigrations([first, migration('Second2', sql, more)], released);
  return [...new Set(offences.map(({ rule }) => rule))];
};

describe('the lint of migrations', () => {
  it.each([
    ['a dropped column', 'ALTER TABLE s.orders DROP COLUMN note', 'drops-what-is-read'],
    [
      'a dropped column among other changes',
      'ALTER TABLE s.orders ADD COLUMN a text, DROP COLUMN IF EXISTS note',
      'drops-what-is-read',
    ],
    ['a dropped table', 'DROP TABLE IF EXISTS s.orders CASCADE', 'drops-what-is-read'],
    ['a dropped function', 'DROP FUNCTION s.total(text)', 'drops-what-is-read'],
    ['an emptied table', 'TRUNCATE s.orders', 'drops-what-is-read'],
    ['a renamed column', 'ALTER TABLE s.orders RENAME COLUMN note TO remark', 'renames'],
    ['a renamed table', 'ALTER TABLE s.orders RENAME TO purchases', 'renames'],
    ['a table in another schema', 'ALTER TABLE s.orders SET SCHEMA t', 'renames'],
    ['a renamed value of an enum', `ALTER TYPE s.state RENAME VALUE 'OPEN' TO 'NEW'`, 'renames'],
    ['another type', 'ALTER TABLE s.orders ALTER COLUMN amount TYPE bigint', 'changes-a-type'],
    ['a right taken away', 'REVOKE SELECT ON s.orders FROM somebody', 'revokes'],
    ['a value that is demanded', 'ALTER TABLE s.orders ALTER note SET NOT NULL', 'set-not-null-unchecked'],
    [
      'a new column without a default',
      'ALTER TABLE s.orders ADD COLUMN a text NOT NULL',
      'adds-not-null-without-default',
    ],
    [
      'a default that differs by row',
      'ALTER TABLE s.orders ADD COLUMN a uuid DEFAULT gen_random_uuid()',
      'rewrites-the-table',
    ],
    [
      'a generated column',
      'ALTER TABLE s.orders ADD COLUMN a int GENERATED ALWAYS AS (amount * 2) STORED',
      'rewrites-the-table',
    ],
    ['an index that locks', 'CREATE INDEX a ON s.orders (note)', 'locks-writes'],
    ['a unique constraint that locks', 'ALTER TABLE s.orders ADD CONSTRAINT u UNIQUE (note)', 'locks-writes'],
    ['an index dropped under a lock', 'DROP INDEX s.a', 'locks-writes'],
    [
      'a check under a lock',
      'ALTER TABLE s.orders ADD CONSTRAINT c CHECK (amount > 0)',
      'checks-under-a-lock',
    ],
    [
      'a foreign key under a lock',
      'ALTER TABLE s.orders ADD FOREIGN KEY (note) REFERENCES s.notes',
      'checks-under-a-lock',
    ],
    ['every row at once', 'UPDATE s.orders SET amount = 0', 'changes-every-row'],
    [
      'CONCURRENTLY in a transaction',
      'CREATE INDEX CONCURRENTLY a ON s.orders (note)',
      'concurrently-in-a-transaction',
    ],
    [
      'what is only known when it runs',
      `DO $$ BEGIN EXECUTE 'DROP TABLE s.orders'; END $$`,
      'can-not-be-seen-through',
    ],
    ['what is no SQL', 'ALTER TABEL s.orders', 'can-not-be-read'],
  ])('refuses %s', async (_what, sql, rule) => {
    expect(await rulesOf(sql)).toContain(rule);
  });

  it.each([
    ['a new column that may be null', 'ALTER TABLE s.orders ADD COLUMN a text'],
    [
      'a new column with one default for all',
      `ALTER TABLE s.orders ADD COLUMN a text NOT NULL DEFAULT 'x', ADD COLUMN b timestamptz DEFAULT now()`,
    ],
    [
      'a new table, indexed and filled',
      [`CREATE TABLE s.new (a text NOT NULL)`, 'CREATE INDEX i ON s.new (a)', `UPDATE s.new SET a = 'x'`],
    ],
    ['a new value of an enum', `ALTER TYPE s.state ADD VALUE 'LATE'`],
    [
      'a function that is replaced',
      [
        'DROP FUNCTION s.total(text)',
        'CREATE FUNCTION s.total(tenant text) RETURNS numeric LANGUAGE sql AS $$ SELECT 1.0 $$',
      ],
    ],
    ['a check that is validated later', 'ALTER TABLE s.orders ADD CONSTRAINT c CHECK (amount > 0) NOT VALID'],
    [
      'a looser constraint',
      'ALTER TABLE s.orders DROP CONSTRAINT c; ALTER TABLE s.orders ALTER note DROP NOT NULL',
    ],
    ['the words in a text', `COMMENT ON TABLE s.orders IS 'DROP TABLE s.orders; TRUNCATE s.orders'`],
  ])('takes %s', async (_what, sql) => {
    expect(await rulesOf(sql)).toEqual([]);
  });

  it('takes CONCURRENTLY outside a transaction, and what is allowed with a reason', async () => {
    expect(
      await rulesOf('CREATE INDEX CONCURRENTLY a ON s.orders (note)', { isInTransaction: false }),
    ).toEqual([]);
    const index = 'CREATE INDEX a ON s.orders (note)';
    expect(
      await rulesOf(index, { allows: { 'locks-writes': 'It holds what waits: never more than thousands' } }),
    ).toEqual([]);
    expect(await rulesOf(index, { allows: { 'locks-writes': ' ' } })).toEqual(['locks-writes']);
  });

  it('takes a contract step that names its expand step, released before; no other', async () => {
    const drop = 'ALTER TABLE s.orders DROP COLUMN note';
    expect(await rulesOf(drop, { contracts: 'First1' })).toEqual([]);
    expect(await rulesOf(drop, { contracts: 'Firts1' })).toEqual([
      'names-no-expand-step',
      'drops-what-is-read',
    ]);
    expect(await rulesOf(drop, { contracts: 'Second2' })).toContain('names-no-expand-step');
    expect(await rulesOf(drop, { contracts: 'First1', service: 'orchestrator' })).toContain(
      'names-no-expand-step',
    );
    const unreleased = await lintMigrations([first, migration('Second2', drop, { contracts: 'First1' })], {});
    expect(unreleased.map(({ rule }) => rule)).toEqual(['contracts-what-is-not-released']);
    // A contract step is no leave to lock.
    expect(await rulesOf('CREATE INDEX a ON s.orders (note)', { contracts: 'First1' })).toEqual([
      'locks-writes',
    ]);
  });

  it('takes SET NOT NULL only behind a validated check, and as a contract step', async () => {
    const check = migration(
      'Check2',
      'ALTER TABLE s.orders ADD CONSTRAINT c CHECK (note IS NOT NULL AND amount > 0) NOT VALID',
    );
    const validate = migration('Validate3', 'ALTER TABLE s.orders VALIDATE CONSTRAINT c');
    const demand = migration('Demand4', 'ALTER TABLE s.orders ALTER note SET NOT NULL', {
      contracts: 'First1',
    });
    expect(await lintMigrations([first, check, validate, demand], released)).toEqual([]);
    const early = await lintMigrations([first, check, demand], released);
    expect(early.map(({ rule }) => rule)).toEqual(['set-not-null-unchecked']);
  });

  it('refuses a released migration that was changed', async () => {
    const changed = { ...first, statements: [BEFORE.replace('note text', 'note text, more text')] };
    expect((await lintMigrations([changed], released)).map(({ rule }) => rule)).toEqual(['was-changed']);
    expect(await lintMigrations([{ ...first, statements: [`${BEFORE}\n  `] }], released)).toEqual([]);
  });

  it('finds nothing in the migrations that there are, and pardons none that needs no pardon', async () => {
    const migrations = await loadMigrations();
    expect(migrations.length).toBeGreaterThan(25);
    const file = join(findCheckout(), 'deploy/released-migrations.json');
    const releases = (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}) as Releases;
    expect((await lintMigrations(migrations, releases, GRANDFATHERED)).map(offenceLine)).toEqual([]);
    const strict = await lintMigrations(migrations, releases);
    const there = new Set(migrations.map(({ name }) => name));
    for (const { migration: name, rules } of GRANDFATHERED.filter((each) => there.has(each.migration)))
      for (const rule of rules)
        expect(strict).toContainEqual(expect.objectContaining({ migration: name, rule }));
  });
});
