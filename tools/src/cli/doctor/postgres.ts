import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { appRole, SERVICE_NAMES, schemaOf, systemRole } from '@baton/service';
import pg from 'pg';

import { stateOfTarget } from '../backup/restore-progress.js';
import type { Surroundings } from '../surroundings.js';
import { type Check, failed, type Finding, NotReached, ok, warning } from './check.js';

const OLDEST = 150_000;
const MOST_SKEW_MS = 1000;
/** Of each service's two pools, as they are unless told. */
const CONNECTIONS_OF_SERVICES = SERVICE_NAMES.length * 14;
const OLD_OUTBOX_ROWS = 10_000;

type Look = (client: pg.Client) => Promise<Finding>;

/** The only record: whether it is there, keeps what it says, and is as this release needs it. */
export const postgresChecks = (around: Surroundings): Check[] => {
  const check = (name: string, look: Look): Check => ({
    area: 'PostgreSQL',
    name,
    look: () => withClient(around.databaseUrl(), look),
  });
  return [
    { ...check('reachable', version), isDoor: true },
    check('durable', durable),
    check('clock', clock),
    check('connections', connections),
    check('extensions', extensions),
    check('restore', restored),
    check('migrations', (client) => migrations(client, around)),
    check('roles', roles),
    check('row-level security', rowLevelSecurity),
    check('outbox', outbox),
    check('dead letters', deadLetters),
  ];
};

export const withClient = async <T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'baton-doctor',
    connectionTimeoutMillis: 15_000,
    query_timeout: 20_000,
    options: '-c row_security=off',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new NotReached(
      `it does not let us in: ${message || code}`,
      'look whether the server runs, and at DATABASE_URL',
      {
        cause: error,
      },
    );
  }
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

const one = async <T extends object>(client: pg.Client, sql: string, params: unknown[] = []): Promise<T> =>
  (await client.query<T>(sql, params)).rows[0] as T;

const version: Look = async (client) => {
  const found = await one<{ name: string; number: string }>(
    client,
    `SELECT current_setting('server_version') AS name, current_setting('server_version_num') AS number`,
  );
  return Number(found.number) < OLDEST
    ? failed(`version ${found.name}`, 'upgrade to 15 or later')
    : ok(`version ${found.name}`);
};

const durable: Look = async (client) => {
  const { rows } = await client.query<{ name: string; setting: string }>(
    `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off'`,
  );
  return rows.length > 0
    ? failed(
        `${rows.map(({ name }) => name).join(', ')}: off; a power cut loses what was acknowledged`,
        'turn it on in postgresql.conf and reload',
      )
    : ok('what is committed survives a power cut');
};

const clock: Look = async (client) => {
  const before = Date.now();
  const { now } = await one<{ now: number }>(
    client,
    'SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now',
  );
  const after = Date.now();
  const skew = Math.max(before - Number(now), Number(now) - after, 0);
  return skew > MOST_SKEW_MS
    ? failed(
        `${Math.round(skew)} ms from this machine's`,
        'let NTP (chrony, systemd-timesyncd) set the clocks of both',
      )
    : ok("within a second of this machine's");
};

const connections: Look = async (client) => {
  const found = await one<{ used: string; most: number; here: string }>(
    client,
    `SELECT count(*) AS used, current_setting('max_connections')::int AS most,
            count(*) FILTER (WHERE usename LIKE 'baton\\_%') AS here FROM pg_stat_activity WHERE backend_type = 'client backend'`,
  );
  const free = found.most - Number(found.used);
  const needed = Math.max(CONNECTIONS_OF_SERVICES - Number(found.here), 0);
  const said = `${found.used} of ${found.most} connections are taken`;
  return free < needed
    ? warning(
        `${said}; the services may want ${needed} more`,
        'raise max_connections, or lower DATABASE_POOL_SIZE of the services',
      )
    : ok(said);
};

const extensions: Look = async (client) => {
  const { rows } = await client.query<{ installed: string | null }>(
    `SELECT installed_version AS installed FROM pg_available_extensions WHERE name = 'vector'`,
  );
  if (rows[0]?.installed) return ok(`pgvector ${rows[0].installed}`);
  return ok(
    rows[0]
      ? 'pgvector is there and not used: memories are compared exactly'
      : 'no pgvector: memories are compared exactly',
  );
};

const restored: Look = async (client) => {
  const state = await stateOfTarget(client);
  if (state.is === 'half-restored')
    return failed(
      `half restored from ${state.backupId} (it broke off while ${state.phase})`,
      'npm run baton -- restore --from … --force',
    );
  return ok(state.is === 'empty' ? 'empty' : 'whole');
};

const migrations = async (client: pg.Client, { checkout }: Surroundings) => {
  const behind: string[] = [];
  const ahead: string[] = [];
  for (const service of SERVICE_NAMES) {
    const schema = schemaOf(service);
    const known = await migrationsOf(checkout, service);
    const { found } = await one<{ found: string | null }>(client, 'SELECT to_regclass($1) AS found', [
      `${schema}.migrations`,
    ]);
    const applied = found
      ? (await client.query<{ name: string }>(`SELECT name FROM ${schema}.migrations`)).rows.map(
          ({ name }) => name,
        )
      : [];
    behind.push(...known.filter((name) => !applied.includes(name)).map((name) => `${schema}: ${name}`));
    ahead.push(...applied.filter((name) => !known.includes(name)).map((name) => `${schema}: ${name}`));
  }
  if (behind.length > 0)
    return failed(
      `${behind.length} are missing (${behind.slice(0, 3).join(', ')}…)`,
      "run this release's migrations: npm start does, and the chart's hook",
    );
  if (ahead.length > 0)
    return warning(
      `the database is newer than this code (${ahead.join(', ')})`,
      'roll the services to the release that migrated it',
    );
  return ok('all of this release');
};

type Migration = new () => { name?: string };

/** As the built service lists them. */
const migrationsOf = async (checkout: string, service: string): Promise<string[]> => {
  const file = pathToFileURL(join(checkout, 'services', service, 'dist', 'migrations', 'index.js')).href;
  const module = (await import(file)) as { migrations?: Migration[]; MIGRATIONS?: Migration[] };
  return (module.migrations ?? module.MIGRATIONS ?? []).map((each) => new each().name ?? each.name);
};

const roles: Look = async (client) => {
  const wanted = SERVICE_NAMES.flatMap((name) => [appRole(name), systemRole(name)]);
  const { rows } = await client.query<{ name: string; mighty: boolean }>(
    `SELECT rolname AS name, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS mighty
       FROM pg_roles WHERE rolname = ANY($1)`,
    [wanted],
  );
  const missing = wanted.filter((name) => !rows.some((row) => row.name === name));
  const mighty = rows.filter((row) => row.mighty).map(({ name }) => name);
  if (missing.length > 0)
    return failed(`${missing.join(', ')}: not there`, "run this release's migrations: they make them");
  if (mighty.length > 0)
    return failed(
      `${mighty.join(', ')}: may do more than a service needs`,
      'run the migrations again: they take it away',
    );
  return ok(`${wanted.length}, and none may do more than it needs`);
};

const rowLevelSecurity: Look = async (client) => {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.nspname || '.' || c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
       JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
      WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY($1) AND NOT (c.relrowsecurity AND c.relforcerowsecurity)`,
    [SERVICE_NAMES.map(schemaOf)],
  );
  return rows.length > 0
    ? failed(
        `${rows.map(({ name }) => name).join(', ')}: not forced`,
        'ALTER TABLE … ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; and find out who took it away',
      )
    : ok('forced on every table of tenants');
};

const outbox: Look = async (client) => {
  const counts: string[] = [];
  for (const service of SERVICE_NAMES) {
    const table = `${schemaOf(service)}.outbox`;
    const { found } = await one<{ found: string | null }>(client, 'SELECT to_regclass($1) AS found', [table]);
    if (!found) continue;
    const { waiting } = await one<{ waiting: string }>(
      client,
      `SELECT count(*) AS waiting FROM (SELECT 1 FROM ${table} LIMIT ${OLD_OUTBOX_ROWS}) few`,
    );
    if (Number(waiting) >= OLD_OUTBOX_ROWS) counts.push(table);
  }
  return counts.length > 0
    ? warning(
        `${counts.join(', ')}: ${OLD_OUTBOX_ROWS} or more wait to be published`,
        'look at NATS, and at baton_outbox_age_seconds of that service',
      )
    : ok('published as it comes');
};

const deadLetters: Look = async (client) => {
  const open: string[] = [];
  for (const service of SERVICE_NAMES) {
    const table = `${schemaOf(service)}.dead_letters`;
    const { found } = await one<{ found: string | null }>(client, 'SELECT to_regclass($1) AS found', [table]);
    if (!found) continue;
    const { count } = await one<{ count: string }>(
      client,
      `SELECT count(*) AS count FROM ${table} WHERE settled_at IS NULL`,
    );
    if (Number(count) > 0) open.push(`${service}: ${count}`);
  }
  return open.length > 0
    ? warning(`open: ${open.join(', ')}`, 'npm run baton -- dlq list says which and why')
    : ok('none is open');
};
