import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { queryFunctions } from '../read-model/queries.js';
import { applyRows, READ_MODELS } from '../read-model/read-models.js';

const SCHEMA = schemaOf('queue-manager');

const COLUMNS = [
  ['human_agents', 'languages'],
  ['human_agents', 'given_at'],
  ['agent_queue', 'sought'],
  ['agent_queue', 'customer_key'],
] as const;

const FUNCTIONS = ['before_enqueue', 'knowing_agents'] as const;

/**
 * Items say what they seek beyond skills, and whose they are; agents what they speak and were given. The tables are made
 * from the read models as they are now, so a new database has the columns already. A replica of the version before
 * writes rows without them: they may be null.
 */
export class RoutingWishes1763900100000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const [table, column] of COLUMNS) {
      const type = (READ_MODELS[table].columns as Record<string, string>)[column];
      await runner.query(`ALTER TABLE ${SCHEMA}.${table} ADD COLUMN IF NOT EXISTS ${column} ${type}`);
    }
    await runner.query(
      `CREATE INDEX agent_queue_of_customer ON ${SCHEMA}.agent_queue (tenant_id, customer_key, enqueued_at) WHERE customer_key IS NOT NULL`,
    );
    await runner.query(applyRows(SCHEMA));
    for (const name of FUNCTIONS) {
      const made = queryFunctions(SCHEMA).find((each) =>
        each.startsWith(`CREATE FUNCTION ${SCHEMA}.${name}(`),
      );
      await runner.query((made ?? '').replace('CREATE FUNCTION', 'CREATE OR REPLACE FUNCTION'));
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ${SCHEMA}.agent_queue_of_customer`);
  }
}
