import { appRole, rlsSql, type ServiceName, systemRole } from '@baton/service';

import { deadLetterSettlement } from './dead-letter-settlement.js';
import { CONSUMER_TABLES, consumerTables } from './tables.js';

/** The statements that give durable consumers a place in a service that has no log of its own. */
export const consumerMigration = (
  schema: string,
  service: ServiceName,
): { readonly up: readonly string[]; readonly down: readonly string[] } => ({
  up: [
    ...consumerTables(schema),
    ...deadLetterSettlement(schema).up,
    ...CONSUMER_TABLES.flatMap((table) => rlsSql(schema, table, service)),
    `GRANT USAGE ON SEQUENCE ${schema}.dead_letters_dead_letter_id_seq TO "${appRole(service)}", "${systemRole(service)}"`,
  ],
  down: [...CONSUMER_TABLES].reverse().map((table) => `DROP TABLE ${schema}.${table}`),
});
