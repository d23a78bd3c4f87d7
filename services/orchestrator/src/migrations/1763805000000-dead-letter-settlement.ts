import { deadLetterSettlement } from '@baton/event-store';
import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMA = schemaOf('orchestrator');

/** Dead letters say what was asked of them, by whom and why, and what came of it. */
export class DeadLetterSettlement1763805000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of deadLetterSettlement(SCHEMA).up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of deadLetterSettlement(SCHEMA).down) await runner.query(statement);
  }
}
