import { projectCosts, projectStats } from './conversation-analytics.js';

/** What stands beside `conversation_analytics`, told from the logs with it. */
export const ANALYTICS_TABLES = [
  'conversation_intervals',
  'conversation_model_costs',
  'conversation_service_levels',
] as const;

const ADDED = {
  workflow_version: 'int',
  channel: 'text',
  human_cost_per_hour: 'numeric',
  pauses: `jsonb NOT NULL DEFAULT '{}'`,
  skills: `text[] NOT NULL DEFAULT '{}'`,
  last_agent_id: 'text',
  queue_ms: 'bigint NOT NULL DEFAULT 0',
  settled_at: 'timestamptz(3)',
  was_settled: 'boolean NOT NULL DEFAULT false',
  was_durable: 'boolean NOT NULL DEFAULT false',
  csat_handled_by: 'text',
  csat_agent_id: 'text',
  owner_interval: 'jsonb',
  intervals: 'int NOT NULL DEFAULT 0',
} as const;

/** Columns that are the fold of the conversation's events; the cost comes from another log and has its own. */
const STATS_COLUMNS = [
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
  ...Object.keys(ADDED),
];

const INTERVAL_COLUMNS = [
  'owner',
  'agent_id',
  'reason',
  'skills',
  'started_at',
  'ended_at',
  'ended_by',
  'ms',
];

const tables = (schema: string): string[] => [
  `ALTER TABLE ${schema}.conversation_analytics ${Object.entries(ADDED)
    .map(([column, type]) => `ADD COLUMN ${column} ${type}`)
    .join(', ')}`,
  `CREATE TABLE ${schema}.conversation_intervals (
     tenant_id text NOT NULL,
     conversation_id text NOT NULL,
     seq int NOT NULL,
     owner text NOT NULL,
     agent_id text,
     reason text,
     skills text[] NOT NULL DEFAULT '{}',
     started_at timestamptz(3) NOT NULL,
     ended_at timestamptz(3),
     ended_by text,
     ms bigint NOT NULL,
     PRIMARY KEY (tenant_id, conversation_id, seq)
   )`,
  `CREATE TABLE ${schema}.conversation_model_costs (
     tenant_id text NOT NULL,
     conversation_id text NOT NULL,
     model text NOT NULL,
     calls int NOT NULL,
     cost_usd numeric NOT NULL,
     PRIMARY KEY (tenant_id, conversation_id, model)
   )`,
  // Null where an event that came later in the handover's life was read before the one that has it.
  `CREATE TABLE ${schema}.conversation_service_levels (
     tenant_id text NOT NULL,
     handover_id text NOT NULL,
     conversation_id text NOT NULL,
     reason text,
     skills text[],
     due_at timestamptz(3),
     taken_at timestamptz(3),
     agent_id text,
     breached boolean NOT NULL DEFAULT false,
     given_up_at timestamptz(3),
     PRIMARY KEY (tenant_id, handover_id)
   )`,
  `CREATE INDEX conversation_service_levels_of ON ${schema}.conversation_service_levels (tenant_id, conversation_id)`,
];

const setAll = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = excluded.${column}`).join(', ');

/** A page's rows, the owner intervals that it touched and the cursor behind it, in one commit. */
const projectConversations = (schema: string): string => `
CREATE FUNCTION ${schema}.project_conversations(projection_ text, seen text, next text, rows_ jsonb, intervals_ jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ${schema}.advance_cursor(projection_, seen, next) THEN RETURN false; END IF;
  INSERT INTO ${schema}.conversation_analytics AS t (tenant_id, conversation_id, ${STATS_COLUMNS.join(', ')})
  SELECT r.tenant_id, r.conversation_id, ${STATS_COLUMNS.map((column) => `r.${column}`).join(', ')}
    FROM jsonb_populate_recordset(NULL::${schema}.conversation_analytics, rows_) r
   ORDER BY r.tenant_id, r.conversation_id
  ON CONFLICT (tenant_id, conversation_id) DO UPDATE SET ${setAll(STATS_COLUMNS)}
   WHERE excluded.version > t.version;
  INSERT INTO ${schema}.conversation_intervals AS t (tenant_id, conversation_id, seq, ${INTERVAL_COLUMNS.join(', ')})
  SELECT r.tenant_id, r.conversation_id, r.seq, ${INTERVAL_COLUMNS.map((column) => `r.${column}`).join(', ')}
    FROM jsonb_populate_recordset(NULL::${schema}.conversation_intervals, intervals_) r
   ORDER BY r.tenant_id, r.conversation_id, r.seq
  ON CONFLICT (tenant_id, conversation_id, seq) DO UPDATE SET ${setAll(INTERVAL_COLUMNS)};
  RETURN true;
END $$`;

/** What a page of the ledger adds to conversations and to their models; the cursor in the same commit adds it once. */
const projectModelCalls = (schema: string): string => `
CREATE FUNCTION ${schema}.project_model_calls(projection_ text, seen text, next text, rows_ jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ${schema}.advance_cursor(projection_, seen, next) THEN RETURN false; END IF;
  INSERT INTO ${schema}.conversation_analytics AS t (tenant_id, conversation_id, ai_cost_usd, ai_calls)
  SELECT r->>'tenant_id', r->>'conversation_id', sum((r->>'cost_usd')::numeric), count(*)
    FROM jsonb_array_elements(rows_) r GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (tenant_id, conversation_id) DO UPDATE SET
    ai_cost_usd = t.ai_cost_usd + excluded.ai_cost_usd, ai_calls = t.ai_calls + excluded.ai_calls;
  INSERT INTO ${schema}.conversation_model_costs AS t (tenant_id, conversation_id, model, calls, cost_usd)
  SELECT r->>'tenant_id', r->>'conversation_id', r->>'model', count(*), sum((r->>'cost_usd')::numeric)
    FROM jsonb_array_elements(rows_) r GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (tenant_id, conversation_id, model) DO UPDATE SET
    calls = t.calls + excluded.calls, cost_usd = t.cost_usd + excluded.cost_usd;
  RETURN true;
END $$`;

/** What a page of the queue's log says of service levels; the same facts in any order make the same row. */
const projectServiceLevels = (schema: string): string => `
CREATE FUNCTION ${schema}.project_service_levels(projection_ text, seen text, next text, rows_ jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF NOT ${schema}.advance_cursor(projection_, seen, next) THEN RETURN false; END IF;
  INSERT INTO ${schema}.conversation_service_levels AS t
    (tenant_id, handover_id, conversation_id, reason, skills, due_at, taken_at, agent_id, breached, given_up_at)
  SELECT r.tenant_id, r.handover_id, min(r.conversation_id), min(r.reason), min(r.skills), min(r.due_at), min(r.taken_at),
         (array_agg(r.agent_id ORDER BY r.taken_at, r.agent_id) FILTER (WHERE r.taken_at IS NOT NULL))[1],
         coalesce(bool_or(r.breached), false), min(r.given_up_at)
    FROM jsonb_populate_recordset(NULL::${schema}.conversation_service_levels, rows_) r
   GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (tenant_id, handover_id) DO UPDATE SET
    reason = coalesce(t.reason, excluded.reason), skills = coalesce(t.skills, excluded.skills),
    due_at = coalesce(t.due_at, excluded.due_at),
    agent_id = CASE WHEN t.taken_at <= excluded.taken_at OR excluded.taken_at IS NULL THEN t.agent_id ELSE excluded.agent_id END,
    taken_at = least(t.taken_at, excluded.taken_at),
    breached = t.breached OR excluded.breached,
    given_up_at = least(t.given_up_at, excluded.given_up_at);
  RETURN true;
END $$`;

/** A replica of the version before would leave out what it does not know: it is told to wait. */
const refuse = (schema: string, name: string): string => `
CREATE OR REPLACE FUNCTION ${schema}.${name}(projection_ text, seen text, next text, rows_ jsonb)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'analytics is written by a newer version';
END $$`;

/** Derived from the logs: with the cursors gone, who follows them begins anew. */
const tellAgain = (schema: string): string[] => [
  `DELETE FROM ${schema}.conversation_analytics`,
  `DELETE FROM ${schema}.projection_cursors WHERE projection LIKE 'conversation_analytics/%'`,
];

/** Today's tables, columns and functions, on top of `conversation-analytics.ts`. */
export const analyticsInFull = (schema: string): { readonly up: string[]; readonly down: string[] } => ({
  up: [
    ...tellAgain(schema),
    ...tables(schema),
    projectConversations(schema),
    projectModelCalls(schema),
    projectServiceLevels(schema),
    refuse(schema, 'project_stats'),
    refuse(schema, 'project_costs'),
  ],
  down: [
    ...tellAgain(schema),
    `DROP FUNCTION ${schema}.project_costs(text, text, text, jsonb)`,
    `DROP FUNCTION ${schema}.project_stats(text, text, text, jsonb)`,
    projectStats(schema),
    projectCosts(schema),
    `DROP FUNCTION ${schema}.project_service_levels(text, text, text, jsonb)`,
    `DROP FUNCTION ${schema}.project_model_calls(text, text, text, jsonb)`,
    `DROP FUNCTION ${schema}.project_conversations(text, text, text, jsonb, jsonb)`,
    ...ANALYTICS_TABLES.map((table) => `DROP TABLE ${schema}.${table}`),
    `ALTER TABLE ${schema}.conversation_analytics ${Object.keys(ADDED)
      .map((column) => `DROP COLUMN ${column}`)
      .join(', ')}`,
  ],
});
