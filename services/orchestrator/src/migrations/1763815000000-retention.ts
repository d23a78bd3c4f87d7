import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { dropRetentionTables, retentionTables } from '../retention/retention.tables.js';

const SCHEMA = schemaOf('orchestrator');

/** Conversations whose time is over are erased, or archived where their tenant says so. */
export class Retention1763815000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of retentionTables(SCHEMA)) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of dropRetentionTables(SCHEMA)) await runner.query(statement);
  }
}
