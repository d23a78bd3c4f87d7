import { applyRowsFunction } from '@baton/event-store';
import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { APPROVAL_TABLES, approvalTables } from '../approval/approval.tables.js';
import { connectionUpserts } from '../connection/connection.tables.js';
import { conversationUpserts } from '../conversation/conversation.tables.js';
import { runUpserts } from '../run/run.tables.js';
import { applyEveryReadModel } from './apply-rows.js';

const SERVICE = 'orchestrator';
const SCHEMA = schemaOf(SERVICE);

/** The list of what people are asked to decide. */
export class Approvals1763830000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...approvalTables(SCHEMA),
      ...APPROVAL_TABLES.flatMap((table) => rlsSql(SCHEMA, table, SERVICE)),
      applyEveryReadModel(SCHEMA),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      applyRowsFunction(SCHEMA, [
        ...conversationUpserts(SCHEMA),
        ...runUpserts(SCHEMA),
        ...connectionUpserts(SCHEMA),
      ]),
    );
    for (const table of [...APPROVAL_TABLES].reverse()) await runner.query(`DROP TABLE ${SCHEMA}.${table}`);
  }
}
