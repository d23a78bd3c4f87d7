import pg from 'pg';
import type { MigrationInterface } from 'typeorm';
import { z } from 'zod';

import { loadConfig } from './config.js';
import { RESTORE_PROGRESS_TABLE } from './restore-progress.js';
import { chosenPassword, ensureRole, rolePassword } from './roles.js';
import { appRole, schemaOf, type ServiceName, systemRole } from './service-name.js';

export interface MigrateOptions {
  readonly name: ServiceName;
  /** Classes of TypeORM migrations, oldest first; class names end in a timestamp. */
  readonly migrations: readonly (new () => MigrationInterface)[];
  readonly adminUrl?: string;
}

/**
 * A deployment, where services cannot be told what follows from the administrator's password, sets the URLs
 * of its service here as well: then the roles get the passwords in them.
 */
const serviceUrlsSchema = z.object({
  DATABASE_URL: z.url().optional(),
  DATABASE_SYSTEM_URL: z.url().optional(),
});

/**
 * What a restore sets for the migrations that it runs itself: its own id, with which it may touch a database that is
 * half restored, and the migrations that the backup had (names, comma-separated), so that its rows come
 * into the tables that they came from, and later migrations find them there.
 */
const restoreSchema = z.object({
  BATON_RESTORING: z.string().optional(),
  BATON_MIGRATE_ONLY: z.string().optional(),
});

/** Two migrations of one database take turns under this advisory lock. */
const MIGRATION_LOCK = 7_264_011;

/**
 * Brings a service's part of the database to the present version: its two roles, its schema, its
 * migrations. Safe to run again, and by several at once.
 * @throws ConfigError when `DATABASE_ADMIN_URL` is neither given nor set
 */
export const migrateService = async (options: MigrateOptions): Promise<void> => {
  const adminUrl =
    options.adminUrl ?? loadConfig(z.object({ DATABASE_ADMIN_URL: z.string() })).DATABASE_ADMIN_URL;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const { BATON_RESTORING, BATON_MIGRATE_ONLY } = loadConfig(restoreSchema);
    await refuseHalfRestored(admin, BATON_RESTORING);
    await prepare(admin, adminUrl, options.name);
    const wanted = BATON_MIGRATE_ONLY?.split(',');
    const migrations = options.migrations.filter((each) => wanted?.includes(nameOf(each)) ?? true);
    await runMigrations(adminUrl, { ...options, migrations });
    await showVersion(admin, options.name);
  } finally {
    // The lock ends with the connection.
    await admin.end();
  }
};

/** @throws Error where a restore of this database broke off: what is there is not all that there was */
const refuseHalfRestored = async (admin: pg.Client, restoring: string | undefined): Promise<void> => {
  const { rows: found } = await admin.query<{ table: string | null }>('SELECT to_regclass($1) AS table', [
    RESTORE_PROGRESS_TABLE,
  ]);
  if (!found[0]?.table) return;
  const { rows } = await admin.query<{ backup_id: string }>(
    `SELECT backup_id FROM ${RESTORE_PROGRESS_TABLE} WHERE finished_at IS NULL`,
  );
  const [unfinished] = rows;
  if (unfinished && unfinished.backup_id !== restoring)
    throw new Error(
      `This database is half restored from the backup ${unfinished.backup_id}: run the restore again with --force`,
    );
};

/** As TypeORM notes it. */
const nameOf = (migration: new () => MigrationInterface): string => new migration().name ?? migration.name;

const prepare = async (admin: pg.Client, adminUrl: string, name: ServiceName): Promise<void> => {
  const schema = admin.escapeIdentifier(schemaOf(name));
  await admin.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  const { rows } = await admin.query<{ db: string }>('SELECT current_database() AS db');
  const database = admin.escapeIdentifier(rows[0]?.db ?? '');
  const urls = Object.values(loadConfig(serviceUrlsSchema));
  for (const role of [appRole(name), systemRole(name)]) {
    await ensureRole(admin, role, chosenPassword(role, urls) ?? rolePassword(adminUrl, role));
    await admin.query(`GRANT CONNECT ON DATABASE ${database} TO ${role}`);
    await admin.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
    // Row-level security needs the table's own policies (rlsSql); sequences and functions need only this.
    await admin.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT USAGE ON SEQUENCES TO ${role}`);
    await admin.query(`ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT EXECUTE ON FUNCTIONS TO ${role}`);
  }
};

/** A service asks before it works whether its schema is new enough. */
const showVersion = async (admin: pg.Client, name: ServiceName): Promise<void> => {
  const table = `${admin.escapeIdentifier(schemaOf(name))}.migrations`;
  const { rows } = await admin.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [table]);
  if (rows[0]?.found) await admin.query(`GRANT SELECT ON ${table} TO ${appRole(name)}, ${systemRole(name)}`);
};

const runMigrations = async (adminUrl: string, options: MigrateOptions): Promise<void> => {
  // Only here: the services, which share this package, are 25 MB smaller without it.
  const { DataSource } = await import('typeorm');
  const schema = schemaOf(options.name);
  const source = new DataSource({
    type: 'postgres',
    url: adminUrl,
    schema,
    poolSize: 1,
    migrations: [...options.migrations],
    migrationsTableName: 'migrations',
    extra: { options: `-c search_path=${schema},public` },
  });
  await source.initialize();
  try {
    await source.runMigrations({ transaction: 'each' });
  } finally {
    await source.destroy();
  }
};
