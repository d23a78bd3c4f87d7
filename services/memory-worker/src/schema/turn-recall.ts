import { applyRowsFunction } from '@baton/event-store';

import { forgetConversations, HIT, HIT_COLUMNS, upsertMemories, type VectorKind } from './memories.js';

/**
 * How a turn recalls: from so many of the newest, by a signature of each vector's signs, whatever there is
 * beside them. It costs the same in a conversation of ten turns and of ten thousand.
 */
export const turnRecall = (
  schema: string,
  vectors: VectorKind,
): { readonly up: readonly string[]; readonly down: readonly string[] } => ({
  up: [
    // Null in the rows of an older release that is still running: they rank behind those that have one.
    `ALTER TABLE ${schema}.memories ADD COLUMN signature varbit`,
    // Whoever migrates may own the table and still see no row of it.
    `ALTER TABLE ${schema}.memories NO FORCE ROW LEVEL SECURITY`,
    `UPDATE ${schema}.memories SET signature = ${signatureOfRow(vectors)}`,
    `ALTER TABLE ${schema}.memories FORCE ROW LEVEL SECURITY`,
    `CREATE INDEX memories_of_conversation_newest ON ${schema}.memories (tenant_id, conversation_id, version DESC)`,
    `CREATE INDEX memories_of_customer_newest ON ${schema}.memories (tenant_id, customer_id, created_at DESC, conversation_id DESC)
       WHERE customer_id IS NOT NULL`,
    `DROP INDEX ${schema}.memories_of_customer`,
    `CREATE INDEX memories_distilled_of_conversation ON ${schema}.memories (tenant_id, conversation_id, version DESC)
       WHERE kind <> 'turn'`,
    `CREATE INDEX memories_distilled_of_customer ON ${schema}.memories (tenant_id, customer_id, created_at DESC, conversation_id DESC)
       WHERE kind <> 'turn' AND customer_id IS NOT NULL`,
    applyRowsFunction(schema, [upsertMemories(schema, vectors, true), forgetConversations(schema)]),
    recallForTurn(schema, vectors),
  ],
  down: [
    `DROP FUNCTION ${schema}.recall_for_turn(text, text, text, text, text, text, timestamptz, float8, float8, int, int)`,
    applyRowsFunction(schema, [upsertMemories(schema, vectors), forgetConversations(schema)]),
    `CREATE INDEX memories_of_customer ON ${schema}.memories (tenant_id, customer_id) WHERE customer_id IS NOT NULL`,
    `DROP INDEX ${schema}.memories_distilled_of_customer`,
    `DROP INDEX ${schema}.memories_distilled_of_conversation`,
    `DROP INDEX ${schema}.memories_of_customer_newest`,
    `DROP INDEX ${schema}.memories_of_conversation_newest`,
    `ALTER TABLE ${schema}.memories DROP COLUMN signature`,
  ],
});

/** The signature of a row that was written without: 1 where a number is above 0, filled up to whole bytes. */
const signatureOfRow = (vectors: VectorKind): string => {
  const bits =
    vectors === 'pgvector'
      ? 'public.binary_quantize(embedding)::text'
      : `(SELECT string_agg(CASE WHEN get_bit(embedding, 32 * i + 31) = 0
                                  AND substring(embedding FROM 4 * i + 1 FOR 4) <> '\\x00000000' THEN '1' ELSE '0' END, '' ORDER BY i)
            FROM generate_series(0, dimensions - 1) i)`;
  return `rpad(${bits}, (dimensions + 7) / 8 * 8, '0')::varbit`;
};

/**
 * Each part in the order of its index and stopped at its limit. A plan is kept per connection: one made while
 * the table was small would sort all of a conversation for as long as the connection lives (32 ms instead of
 * 2 at 5,000 memories).
 */
const PLAN = ['seqscan', 'bitmapscan', 'sort', 'incremental_sort']
  .map((step) => `SET enable_${step} = off`)
  .join(' ');

/**
 * The k rows that look best by their signatures and their age, with what their exact score is taken from.
 * Looked at are the newest `newest` of the conversation and of the customer, and as many of each that were
 * distilled (facts, and the summaries of the customer's other conversations): those outlive the turns they
 * came from. Each part stops at its limit before anything is filtered, so no filter can make it read on; the
 * filters let each row through in one part only.
 */
const recallForTurn = (schema: string, vectors: VectorKind): string => {
  const newest = (whose: string, order: string, counts: string): string =>
    `SELECT p.* FROM (SELECT m.* FROM ${schema}.memories m
       WHERE m.tenant_id = tenant AND ${whose} ORDER BY ${order} LIMIT newest) p WHERE ${counts}`;
  // Each order is that of one index and of no other.
  const ofConversation = 'm.version DESC';
  const ofCustomer = 'm.created_at DESC, m.conversation_id DESC';
  const elsewhere = 'p.conversation_id <> conversation';
  const { column, type, comparable } =
    vectors === 'pgvector'
      ? {
          column: '1 - (m.embedding OPERATOR(public.<=>) query::public.vector)',
          type: 'similarity float8',
          comparable: 'WHERE m.dimensions = public.vector_dims(query::public.vector)',
        }
      : { column: 'm.embedding', type: 'embedding bytea', comparable: '' };
  return `
CREATE FUNCTION ${schema}.recall_for_turn(
  tenant text, model text, conversation text, customer text, query text, query_signature text,
  at timestamptz, half_life_ms float8, floor float8, newest int, k int)
RETURNS TABLE (${HIT}, ${type}) LANGUAGE plpgsql ${PLAN} AS $$
DECLARE wanted varbit := query_signature::varbit;
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  -- The parts carry whole rows: a vector stays where it is stored until it is asked for at the end.
  RETURN QUERY SELECT ${HIT_COLUMNS}, ${column} FROM (
    SELECT l.* FROM (
      ${newest('m.conversation_id = conversation', ofConversation, `p.kind = 'turn'`)}
      UNION ALL ${newest(`m.conversation_id = conversation AND m.kind <> 'turn'`, ofConversation, `p.kind <> 'summary'`)}
      UNION ALL ${newest('m.customer_id = customer', ofCustomer, `${elsewhere} AND p.kind = 'turn'`)}
      UNION ALL ${newest(`m.customer_id = customer AND m.kind <> 'turn'`, ofCustomer, elsewhere)}
    ) l WHERE l.embedding_model = model
    -- The share of equal signs tells the angle.
    ORDER BY CASE WHEN length(l.signature) = length(wanted)
             THEN cos(pi() * bit_count(l.signature # wanted) / length(wanted)) END
             * (floor + (1 - floor) * power(0.5, greatest(0, extract(epoch FROM at - l.created_at) * 1000) / half_life_ms))
             DESC NULLS LAST
    LIMIT k
  ) m ${comparable};
END $$`;
};
