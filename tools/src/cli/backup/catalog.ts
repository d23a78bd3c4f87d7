import { schemaOf, type ServiceName } from '@baton/service';
import { READ_MODELS, SERVICE_NAMES } from '@baton/system';

/**
 * What becomes of a table in a backup:
 * - `kept`: its rows are in the backup;
 * - `keys`: its rows are in the file of keys;
 * - `rebuilt`: a restore tells it again from the log, and compares;
 * - `refilled`: its service fills it again from the logs when it starts;
 * - `passing`: it belongs to the processes, or to the server, that ran.
 */
export type TableFate = 'kept' | 'keys' | 'rebuilt' | 'refilled' | 'passing';

export const SCHEMAS: readonly string[] = SERVICE_NAMES.map(schemaOf);

/** In every schema that has one. */
const EVERYWHERE: Readonly<Record<string, TableFate>> = {
  // A restore runs the migrations themselves.
  migrations: 'passing',
  relay_members: 'passing',
  relay_leases: 'passing',
  // Folded again at the next read.
  snapshots: 'passing',
  // Cursors by the number of a transaction, which means nothing to another server: without one a consumer looks
  // through the log once, and its inbox says what it has.
  watermarks: 'passing',
  data_keys: 'keys',
};

const BY_NAME: Readonly<Record<string, TableFate>> = {
  // Thirty seconds old at most.
  'gateway.tickets': 'passing',
};

/**
 * The projections of analytics, all of which are named for the conversation, and their cursors: with those gone the
 * memory worker tells them again from the beginning of the logs. Their rows beside no cursor would be counted twice.
 */
const ANALYTICS = /^memory_worker\.(conversation_\w+|projection_cursors)$/;

/** Whose read models are told again by a process that needs the database only. */
const REBUILT_OFFLINE: readonly ServiceName[] = ['orchestrator', 'queue-manager'];

/** The read models that a restore tells again, `service` by `service`. */
export const REBUILT: readonly { readonly name: string; readonly schema: string }[] = Object.entries(
  READ_MODELS,
)
  .filter(([, service]) => REBUILT_OFFLINE.includes(service))
  .map(([name, service]) => ({ name, schema: schemaOf(service) }));

/** A table that is not named anywhere is kept: too much in a backup is better than too little. */
export const fateOf = (schema: string, table: string): TableFate => {
  if (REBUILT.some((each) => each.schema === schema && each.name === table)) return 'rebuilt';
  if (ANALYTICS.test(`${schema}.${table}`)) return 'refilled';
  return BY_NAME[`${schema}.${table}`] ?? EVERYWHERE[table] ?? 'kept';
};

/** Columns that another server must set for itself: who reads the log by commit goes by its own transactions. */
export const isOwnOfServer = (table: string, column: string): boolean =>
  table === 'events' && column === 'xid';
