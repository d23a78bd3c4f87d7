import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMA = schemaOf('orchestrator');

/** The AI's latest replies before a turn, newest first: what its answer must not repeat. */
export class EarlierReplies1763806000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE FUNCTION ${SCHEMA}.earlier_replies(tenant text, conversation text, before int, since timestamptz, most int)
       RETURNS TABLE (turn_number int, content text, agent_response_hash text, inputs jsonb) LANGUAGE plpgsql AS $$
       #variable_conflict use_column
       BEGIN
         PERFORM set_config('app.tenant', tenant, true);
         RETURN QUERY SELECT t.turn_number, t.reply->>'content', t.agent_response_hash, t.inputs
           FROM ${SCHEMA}.conversation_turns t
          WHERE t.tenant_id = tenant AND t.conversation_id = conversation AND t.turn_number < before
            AND t.reply IS NOT NULL AND t.completed_at >= since
          ORDER BY t.turn_number DESC LIMIT most;
       END $$`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP FUNCTION ${SCHEMA}.earlier_replies(text, text, int, timestamptz, int)`);
  }
}
