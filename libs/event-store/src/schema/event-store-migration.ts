import { appRole, rlsSql, type ServiceName, systemRole } from '@baton/service';

import { functions } from './functions.js';
import { LOG_TABLES, tables } from './tables.js';

/** Nobody but the log's own statement writes here, and nobody ever changes what is written. */
const RIGHTS: Partial<Record<(typeof LOG_TABLES)[number], { app: string; system: string }>> = {
  events: { app: 'SELECT, INSERT', system: 'SELECT' },
  outbox: { app: 'INSERT', system: 'SELECT, DELETE' },
};

/** The statements that make a log in a service's schema, for its first TypeORM migration. */
export const eventStoreMigration = (
  schema: string,
  service: ServiceName,
): { readonly up: readonly string[]; readonly down: readonly string[] } => ({
  up: [
    ...tables(schema),
    ...functions(schema),
    ...LOG_TABLES.flatMap((table) => rlsSql(schema, table, service, RIGHTS[table])),
    ...['events_global_position_seq', 'dead_letters_dead_letter_id_seq'].map(
      (sequence) =>
        `GRANT USAGE ON SEQUENCE ${schema}.${sequence} TO "${appRole(service)}", "${systemRole(service)}"`,
    ),
  ],
  down: [
    ...[
      'apply_rows(jsonb)',
      'transact(jsonb)',
      'load_stream(text, text, text, text)',
      'read_stream(text, text, text, int, text[], int)',
      'relay_tick(text)',
    ].map((name) => `DROP FUNCTION ${schema}.${name}`),
    ...[...LOG_TABLES].reverse().map((table) => `DROP TABLE ${schema}.${table}`),
    `DROP FUNCTION ${schema}.refuse_change()`,
  ],
});
