import { applyRowsFunction, eventStoreMigration, upsertRows } from '@baton/event-store';
import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { QUERY_SIGNATURES, queryFunctions } from '../read-model/queries.js';
import { READ_MODEL_NAMES, READ_MODELS } from '../read-model/read-models.js';

const SERVICE = 'queue-manager';
const SCHEMA = schemaOf(SERVICE);

const tables = READ_MODEL_NAMES.map((name) => {
  const { columns, key } = READ_MODELS[name];
  const definitions = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  // Rows are updated many times while they matter: room on the page keeps that off the indexes.
  return `CREATE TABLE ${SCHEMA}.${name} (${definitions.join(', ')}, PRIMARY KEY (${key.join(', ')})) WITH (fillfactor = 80)`;
});

const indexes = [
  `CREATE INDEX human_agents_oldest ON ${SCHEMA}.human_agents (tenant_id, created_at, agent_id)`,
  `CREATE INDEX agent_queue_waiting ON ${SCHEMA}.agent_queue (tenant_id, rank_at, handover_id) WHERE status = 'WAITING'`,
  `CREATE INDEX agent_queue_seeking ON ${SCHEMA}.agent_queue (tenant_id, rank_at, handover_id) WHERE seeking`,
  `CREATE INDEX agent_queue_requirements ON ${SCHEMA}.agent_queue (tenant_id, requirement) WHERE seeking`,
  `CREATE INDEX agent_queue_of_conversation ON ${SCHEMA}.agent_queue (tenant_id, conversation_id, enqueued_at)`,
  `CREATE INDEX agent_queue_closed ON ${SCHEMA}.agent_queue (tenant_id, closed_at) WHERE first_assigned_at IS NOT NULL`,
  `CREATE INDEX offers_open ON ${SCHEMA}.offers (tenant_id, agent_id, created_at, offer_id) WHERE status = 'OPEN'`,
  `CREATE INDEX offers_accepted ON ${SCHEMA}.offers (tenant_id, ended_at) WHERE status = 'ACCEPTED'`,
];

const applyRows = applyRowsFunction(
  SCHEMA,
  READ_MODEL_NAMES.map((name) => {
    const { columns, key } = READ_MODELS[name];
    return upsertRows(SCHEMA, name, key, Object.keys(columns));
  }),
);

/** The log, its read models and what is asked of them. */
export class QueueTables1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...eventStoreMigration(SCHEMA, SERVICE).up,
      ...tables,
      ...indexes,
      ...READ_MODEL_NAMES.flatMap((name) => rlsSql(SCHEMA, name, SERVICE)),
      applyRows,
      ...queryFunctions(SCHEMA),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      ...QUERY_SIGNATURES.map((signature) => `DROP FUNCTION ${SCHEMA}.${signature}`),
      ...READ_MODEL_NAMES.map((name) => `DROP TABLE ${SCHEMA}.${name}`),
      ...eventStoreMigration(SCHEMA, SERVICE).down,
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
