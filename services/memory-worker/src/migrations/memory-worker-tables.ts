import { eventStoreMigration } from '@baton/event-store';
import { rlsSql, schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { analyticsTables, dropAnalyticsTables } from '../schema/conversation-analytics.js';
import { dropKnowledgeTables, knowledgeTables } from '../schema/knowledge.js';
import { dropMemoryTables, memoryTables } from '../schema/memories.js';
import { chooseVectorKind } from '../schema/vector-extension.js';

const SERVICE = 'memory-worker';
const schema = schemaOf(SERVICE);
const READ_MODELS = [
  'memories',
  'conversation_analytics',
  'projection_cursors',
  'knowledge_embeddings',
] as const;

/** The log of memories and the read models beside it. */
export class MemoryWorkerTables1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const statements = [
      ...eventStoreMigration(schema, SERVICE).up,
      ...memoryTables(schema, await chooseVectorKind(runner)),
      ...analyticsTables(schema),
      ...knowledgeTables(schema),
      ...READ_MODELS.flatMap((table) => rlsSql(schema, table, SERVICE)),
    ];
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    const statements = [
      ...dropKnowledgeTables(schema),
      ...dropAnalyticsTables(schema),
      ...dropMemoryTables(schema),
      ...eventStoreMigration(schema, SERVICE).down,
    ];
    for (const statement of statements) await runner.query(statement);
  }
}
