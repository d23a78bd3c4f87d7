/** Columns that were the fold of the conversation's events at first; `analytics-in-full.ts` has today's. */
export const STATS_COLUMNS = [
  'version',
  'state',
  'workflow_name',
  'started_at',
  'last_event_at',
  'turns',
  'customer_messages',
  'ai_messages',
  'human_messages',
  'handovers',
  'handover_reasons',
  'assignments',
  'first_message_at',
  'first_response_ms',
  'ai_ms',
  'ai_since',
  'human_ms',
  'human_since',
  'queue_wait_ms',
  'waiting_since',
  'resolved',
  'abandoned',
  'reopened',
  'csat_rating',
  'erased',
] as const;

/** One row per conversation, and how far the logs it comes from have been read. */
export const analyticsTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.conversation_analytics (
     tenant_id text NOT NULL,
     conversation_id text NOT NULL,
     -- 0 and null where only a model call is known of yet: the logs of services are read side by side.
     version int NOT NULL DEFAULT 0,
     state text,
     workflow_name text,
     started_at timestamptz(3),
     last_event_at timestamptz(3),
     turns int NOT NULL DEFAULT 0,
     customer_messages int NOT NULL DEFAULT 0,
     ai_messages int NOT NULL DEFAULT 0,
     human_messages int NOT NULL DEFAULT 0,
     handovers int NOT NULL DEFAULT 0,
     handover_reasons jsonb NOT NULL DEFAULT '{}',
     assignments int NOT NULL DEFAULT 0,
     first_message_at timestamptz(3),
     first_response_ms bigint,
     ai_ms bigint NOT NULL DEFAULT 0,
     ai_since timestamptz(3),
     human_ms bigint NOT NULL DEFAULT 0,
     human_since timestamptz(3),
     queue_wait_ms bigint[] NOT NULL DEFAULT '{}',
     waiting_since timestamptz(3),
     resolved boolean NOT NULL DEFAULT false,
     abandoned boolean NOT NULL DEFAULT false,
     reopened int NOT NULL DEFAULT 0,
     csat_rating smallint,
     erased boolean NOT NULL DEFAULT false,
     ai_cost_usd numeric NOT NULL DEFAULT 0,
     ai_calls int NOT NULL DEFAULT 0,
     PRIMARY KEY (tenant_id, conversation_id)
   )`,
  `CREATE INDEX conversation_analytics_started ON ${schema}.conversation_analytics (tenant_id, started_at)`,
  `CREATE TABLE ${schema}.projection_cursors (
     tenant_id text NOT NULL DEFAULT '*',
     projection text NOT NULL,
     cursor text,
     PRIMARY KEY (tenant_id, projection)
   )`,
  advanceCursor(schema),
  projectStats(schema),
  projectCosts(schema),
];

/** Moves a projection's cursor from where the caller saw it; false where another replica was faster. */
const advanceCursor = (schema: string): string => `
CREATE FUNCTION ${schema}.advance_cursor(projection_ text, seen text, next text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ${schema}.projection_cursors (projection) VALUES (projection_) ON CONFLICT DO NOTHING;
  UPDATE ${schema}.projection_cursors SET cursor = next
   WHERE projection = projection_ AND cursor IS NOT DISTINCT FROM seen;
  RETURN FOUND;
END $$`;

/** A page's rows and the cursor behind it, in one commit; an older fold never replaces a newer one. */
export const projectStats = (schema: string): string => `
CREATE FUNCTION ${schema}.project_stats(projection_ text, seen text, next text, rows_ jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ${schema}.advance_cursor(projection_, seen, next) THEN RETURN false; END IF;
  INSERT INTO ${schema}.conversation_analytics AS t (tenant_id, conversation_id, ${STATS_COLUMNS.join(', ')})
  SELECT r.tenant_id, r.conversation_id, ${STATS_COLUMNS.map((column) => `r.${column}`).join(', ')}
    FROM jsonb_populate_recordset(NULL::${schema}.conversation_analytics, rows_) r
   ORDER BY r.tenant_id, r.conversation_id
  ON CONFLICT (tenant_id, conversation_id) DO UPDATE SET
    ${STATS_COLUMNS.map((column) => `${column} = excluded.${column}`).join(', ')}
   WHERE excluded.version > t.version;
  RETURN true;
END $$`;

/** What a page of the ledger adds to conversations; the cursor in the same commit adds it once. */
export const projectCosts = (schema: string): string => `
CREATE FUNCTION ${schema}.project_costs(projection_ text, seen text, next text, rows_ jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ${schema}.advance_cursor(projection_, seen, next) THEN RETURN false; END IF;
  INSERT INTO ${schema}.conversation_analytics AS t (tenant_id, conversation_id, ai_cost_usd, ai_calls)
  SELECT r->>'tenant_id', r->>'conversation_id', sum((r->>'cost_usd')::numeric), count(*)
    FROM jsonb_array_elements(rows_) r GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (tenant_id, conversation_id) DO UPDATE SET
    ai_cost_usd = t.ai_cost_usd + excluded.ai_cost_usd, ai_calls = t.ai_calls + excluded.ai_calls;
  RETURN true;
END $$`;

export const dropAnalyticsTables = (schema: string): string[] => [
  `DROP FUNCTION ${schema}.project_costs(text, text, text, jsonb)`,
  `DROP FUNCTION ${schema}.project_stats(text, text, text, jsonb)`,
  `DROP FUNCTION ${schema}.advance_cursor(text, text, text)`,
  `DROP TABLE ${schema}.projection_cursors`,
  `DROP TABLE ${schema}.conversation_analytics`,
];
