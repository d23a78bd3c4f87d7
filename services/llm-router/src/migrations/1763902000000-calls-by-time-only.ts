import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMA = schemaOf('llm-router');

/**
 * The index by time is for those who ask by time. While the table was empty it looked as good as the primary key for
 * finding one call, and a session keeps its plan: each call then read all of the tenant's.
 */
export class CallsByTimeOnly1763902000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ${SCHEMA}.llm_calls_by_time`);
    // Any comparison with a time implies the condition, and a search by id does not.
    await runner.query(
      `CREATE INDEX llm_calls_by_time ON ${SCHEMA}.llm_calls (tenant_id, started_at) WHERE started_at IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX ${SCHEMA}.llm_calls_by_time`);
    await runner.query(`CREATE INDEX llm_calls_by_time ON ${SCHEMA}.llm_calls (tenant_id, started_at)`);
  }
}
