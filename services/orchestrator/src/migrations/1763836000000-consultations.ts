import { applyRowsFunction } from '@baton/event-store';
import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { approvalUpserts } from '../approval/approval.tables.js';
import { connectionUpserts } from '../connection/connection.tables.js';
import { CONSULTATION_TABLES, consultationTables } from '../consultation/consultation.tables.js';
import { conversationUpserts } from '../conversation/conversation.tables.js';
import { runUpserts } from '../run/run.tables.js';
import { applyEveryReadModel } from './apply-rows.js';

const SERVICE = 'orchestrator';
const SCHEMA = schemaOf(SERVICE);

/** The list of talks with agents; what is said in them is in the log alone. */
export class Consultations1763836000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...consultationTables(SCHEMA),
      ...CONSULTATION_TABLES.flatMap((table) => rlsSql(SCHEMA, table, SERVICE)),
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
        ...approvalUpserts(SCHEMA),
      ]),
    );
    for (const table of CONSULTATION_TABLES) await runner.query(`DROP TABLE ${SCHEMA}.${table}`);
  }
}
