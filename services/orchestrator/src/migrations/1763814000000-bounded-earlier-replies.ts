import { schemaOf } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMA = schemaOf('orchestrator');

/** How many turns the look for earlier replies may read: those with a person have none, and there may be thousands. */
const MOST_TURNS = 200;

const earlierReplies = (bound: string): string => `
CREATE OR REPLACE FUNCTION ${SCHEMA}.earlier_replies(tenant text, conversation text, before int, since timestamptz, most int)
RETURNS TABLE (turn_number int, content text, agent_response_hash text, inputs jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  RETURN QUERY SELECT t.turn_number, t.reply->>'content', t.agent_response_hash, t.inputs
    FROM ${SCHEMA}.conversation_turns t
   WHERE t.tenant_id = tenant AND t.conversation_id = conversation AND t.turn_number < before ${bound}
     AND t.reply IS NOT NULL AND t.completed_at >= since
   ORDER BY t.turn_number DESC LIMIT most;
END $$`;

/** What an answer must not repeat is looked for in a bounded number of turns, however long the conversation is. */
export class BoundedEarlierReplies1763814000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(earlierReplies(`AND t.turn_number >= before - ${MOST_TURNS}`));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(earlierReplies(''));
  }
}
