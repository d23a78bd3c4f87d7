import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

import { turnRecall } from '../schema/turn-recall.js';
import { VECTOR_TYPE_SQL, vectorKindOf } from '../schema/vector-kind.js';

const schema = schemaOf('memory-worker');

/** A turn looks at a bounded part of what is remembered. */
export class TurnRecall1763810000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of (await recall(runner)).up) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of (await recall(runner)).down) await runner.query(statement);
  }
}

const recall = async (runner: QueryRunner): Promise<ReturnType<typeof turnRecall>> => {
  const rows = (await runner.query(VECTOR_TYPE_SQL, [`${schema}.memories`])) as { type: string }[];
  return turnRecall(schema, vectorKindOf(rows));
};
