import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { applyRows, READ_MODELS } from '../read-model/read-models.js';

const SERVICE = 'queue-manager';
const SCHEMA = schemaOf(SERVICE);

/** Callbacks are marked, recent waits are found by when they ended, and it is known which agents have streams open. */
export class Ownership1763900200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      `ALTER TABLE ${SCHEMA}.agent_queue ADD COLUMN IF NOT EXISTS is_callback ${READ_MODELS.agent_queue.columns.is_callback}`,
      applyRows(SCHEMA),
      `CREATE INDEX agent_queue_left ON ${SCHEMA}.agent_queue (tenant_id, (coalesce(first_assigned_at, closed_at)))`,
      `CREATE INDEX agent_queue_owned ON ${SCHEMA}.agent_queue (tenant_id, agent_id) WHERE status = 'ASSIGNED'`,
      `CREATE TABLE ${SCHEMA}.agent_links (
         tenant_id text NOT NULL, agent_id text NOT NULL, gateway_id text NOT NULL,
         is_open boolean NOT NULL, seen_at timestamptz NOT NULL,
         PRIMARY KEY (tenant_id, agent_id, gateway_id)
       ) WITH (fillfactor = 70)`,
      ...rlsSql(SCHEMA, 'agent_links', SERVICE),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${SCHEMA}.agent_links`);
    await runner.query(`DROP INDEX ${SCHEMA}.agent_queue_owned`);
    await runner.query(`DROP INDEX ${SCHEMA}.agent_queue_left`);
  }
}
