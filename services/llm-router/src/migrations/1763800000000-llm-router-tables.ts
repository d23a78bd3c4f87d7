import { eventStoreMigration } from '@baton/event-store';
import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { dropLedger, ledgerApplyRows, ledgerTables, openCallsFunction } from '../ledger/ledger.schema.js';

const SERVICE = 'llm-router';
const SCHEMA = schemaOf(SERVICE);

/** The ledger of model calls, and the log that tells of them. */
export class LlmRouterTables1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...eventStoreMigration(SCHEMA, SERVICE).up,
      ...ledgerTables(SCHEMA),
      ...rlsSql(SCHEMA, 'llm_calls', SERVICE),
      ledgerApplyRows(SCHEMA),
      openCallsFunction(SCHEMA),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of [...dropLedger(SCHEMA), ...eventStoreMigration(SCHEMA, SERVICE).down])
      await runner.query(statement);
  }
}
