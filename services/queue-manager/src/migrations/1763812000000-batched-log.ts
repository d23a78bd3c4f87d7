import { batchedLog } from '@baton/event-store';
import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMA = schemaOf('queue-manager');

/** Transactions that come together are written together: one statement for each table, not for each of them. */
export class BatchedLog1763812000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of batchedLog(SCHEMA).up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of batchedLog(SCHEMA).down) await runner.query(statement);
  }
}
