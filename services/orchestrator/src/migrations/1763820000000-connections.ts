import { applyRowsFunction } from '@baton/event-store';
import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { CONNECTION_TABLES, connectionTables } from '../connection/connection.tables.js';
import { conversationUpserts } from '../conversation/conversation.tables.js';
import { runUpserts } from '../run/run.tables.js';
import { applyEveryReadModel } from './apply-rows.js';

const SERVICE = 'orchestrator';
const SCHEMA = schemaOf(SERVICE);

/** Connections to the services of others: their list, and their tokens, sealed. */
export class Connections1763820000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...connectionTables(SCHEMA),
      ...CONNECTION_TABLES.flatMap((table) => rlsSql(SCHEMA, table, SERVICE)),
      applyEveryReadModel(SCHEMA),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(applyRowsFunction(SCHEMA, [...conversationUpserts(SCHEMA), ...runUpserts(SCHEMA)]));
    for (const table of [...CONNECTION_TABLES].reverse()) await runner.query(`DROP TABLE ${SCHEMA}.${table}`);
  }
}
