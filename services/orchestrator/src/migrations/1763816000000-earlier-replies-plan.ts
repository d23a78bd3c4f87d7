import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const FUNCTION = `${schemaOf('orchestrator')}.earlier_replies(text, text, int, timestamptz, int)`;
const STEPS = ['seqscan', 'bitmapscan', 'sort'];

/**
 * Earlier replies are read newest first by the primary key, and no further than asked. A plan is kept per
 * connection: one made while the table was small would read and sort all of it for each turn.
 */
export class EarlierRepliesPlan1763816000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER FUNCTION ${FUNCTION} ${STEPS.map((step) => `SET enable_${step} = off`).join(' ')}`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER FUNCTION ${FUNCTION} ${STEPS.map((step) => `RESET enable_${step}`).join(' ')}`);
  }
}
