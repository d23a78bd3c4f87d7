import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { spentFunction } from '../budget/spent.function.js';
import { LEDGER_COLUMNS } from '../ledger/ledger-row.js';
import { CANCELLED_CALLS, ledgerApplyRows, openCallsFunction } from '../ledger/ledger.schema.js';

const SCHEMA = schemaOf('llm-router');

/** Usage and spending by time and owner, answers from the cache, and calls that stay cancelled. */
export class UsageCacheCancelled1763901000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      `ALTER TABLE ${SCHEMA}.llm_calls ADD COLUMN cache_hit boolean`,
      `CREATE INDEX llm_calls_by_time ON ${SCHEMA}.llm_calls (tenant_id, started_at)`,
      `CREATE INDEX llm_calls_paid ON ${SCHEMA}.llm_calls (tenant_id, conversation_id, run_id) WHERE cost_usd > 0`,
      ledgerApplyRows(SCHEMA, LEDGER_COLUMNS),
      openCallsFunction(SCHEMA, CANCELLED_CALLS),
      spentFunction(SCHEMA),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      `DROP FUNCTION ${SCHEMA}.llm_spent(text, text, text, text, text, date)`,
      openCallsFunction(SCHEMA),
      ledgerApplyRows(SCHEMA),
      `DROP INDEX ${SCHEMA}.llm_calls_paid`,
      `DROP INDEX ${SCHEMA}.llm_calls_by_time`,
      `ALTER TABLE ${SCHEMA}.llm_calls DROP COLUMN cache_hit`,
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
