import { applyRowsFunction, eventStoreMigration } from '@baton/event-store';
import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import {
  CONVERSATION_TABLES,
  conversationFunctions,
  conversationTables,
  conversationUpserts,
} from '../conversation/conversation.tables.js';
import { RUN_TABLES, runTables, runUpserts } from '../run/run.tables.js';
import { ORDER_TABLES, orderTables } from '../tool/builtin/orders/orders.tables.js';
import { WORKFLOW_TABLES, workflowPolicies, workflowTables } from '../workflow/workflow.tables.js';

const SERVICE = 'orchestrator';
const schema = schemaOf(SERVICE);
const TABLES = [...CONVERSATION_TABLES, ...RUN_TABLES, ...WORKFLOW_TABLES, ...ORDER_TABLES];

/** The log of conversations and runs, their read models, the workflows and the demo shop. */
export class Foundation1763800000000 implements MigrationInterface {
  readonly name = 'Foundation1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...eventStoreMigration(schema, SERVICE).up,
      ...conversationTables(schema),
      ...conversationFunctions(schema),
      ...runTables(schema),
      ...workflowTables(schema),
      ...orderTables(schema),
      ...TABLES.flatMap((table) => rlsSql(schema, table, SERVICE)),
      ...workflowPolicies(schema),
      applyRowsFunction(schema, [...conversationUpserts(schema), ...runUpserts(schema)]),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['read_turn(text, text, text, int)', 'recent_messages(text, text, int)'])
      await runner.query(`DROP FUNCTION ${schema}.${name}`);
    for (const table of [...TABLES].reverse()) await runner.query(`DROP TABLE ${schema}.${table}`);
    for (const statement of eventStoreMigration(schema, SERVICE).down) await runner.query(statement);
  }
}
