import { functions } from './functions.js';
import { LOG_TABLES, tables } from './tables.js';

/**
 * The statements that make a log in a service's schema, for its first TypeORM migration. Row-level security
 * is the caller's: `rlsSql(schema, table, service)` of libs/service for each of {@link LOG_TABLES}.
 */
export const eventStoreMigration = (
  schema: string,
): { up: string[]; down: string[]; tables: readonly string[] } => ({
  up: [...tables(schema), ...functions(schema)],
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
  tables: LOG_TABLES,
});
