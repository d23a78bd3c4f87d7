import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { ANALYTICS_TABLES, analyticsInFull } from '../schema/analytics-in-full.js';

const SERVICE = 'memory-worker';
const schema = schemaOf(SERVICE);

/**
 * Analytics by owner interval, model, service level and all that one may group by. What is derived is told again from
 * the logs, from their beginning; a replica of the version before writes no more rows, and reads those of this one.
 */
export class AnalyticsInFull1763830000000 implements MigrationInterface {
  readonly allows = {
    'changes-every-row':
      'The projection is emptied and made anew from the log; nothing but its reports reads it',
  };

  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...analyticsInFull(schema).up,
      ...ANALYTICS_TABLES.flatMap((table) => rlsSql(schema, table, SERVICE)),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of analyticsInFull(schema).down) await runner.query(statement);
  }
}
