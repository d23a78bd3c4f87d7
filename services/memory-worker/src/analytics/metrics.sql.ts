import type { AnalyticsGroup } from '@baton/contracts';

import { GROUPINGS } from './groupings.js';
import { DURABLE_MS } from './settling.js';

/** $1 from, $2 to, $3 one conversation, $4 what an hour of a person costs where the log does not say, $5 now. */
const WINDOW = `version > 0 AND ($1::timestamptz IS NULL OR started_at >= $1)
     AND ($2::timestamptz IS NULL OR started_at < $2) AND ($3::text IS NULL OR conversation_id = $3)`;

export const DURABLE_INTERVAL = `interval '${DURABLE_MS} milliseconds'`;
export const COST_PER_MS = `coalesce(human_cost_per_hour, $4::numeric) / 3600000`;

/** What became of a handover's service level; over `s`, a row of `conversation_service_levels`. */
export const SERVICE_LEVEL = `CASE
  WHEN s.due_at IS NULL THEN NULL
  WHEN s.taken_at <= s.due_at AND (s.given_up_at IS NULL OR s.taken_at <= s.given_up_at) THEN 'met'
  WHEN s.given_up_at <= s.due_at THEN 'none'
  WHEN s.breached OR s.taken_at > s.due_at OR s.given_up_at > s.due_at THEN 'missed'
  ELSE 'open' END`;

/** What the numbers are made of: rows are wide, and few of their columns are asked for. */
const COLUMNS = [
  ...[
    'tenant_id',
    'conversation_id',
    'state',
    'workflow_name',
    'workflow_version',
    'channel',
    'human_cost_per_hour',
  ],
  ...[
    'started_at',
    'ai_messages',
    'handovers',
    'handover_reasons',
    'pauses',
    'skills',
    'assignments',
    'last_agent_id',
  ],
  ...[
    'first_response_ms',
    'ai_ms',
    'human_ms',
    'queue_ms',
    'queue_wait_ms',
    'waiting_since',
    'settled_at',
    'was_settled',
  ],
  ...['was_durable', 'abandoned', 'reopened', 'csat_rating', 'csat_handled_by', 'csat_agent_id'],
].join(', ');

/**
 * The definitions of `docs/analytics.md` over the conversations that began in the window: a row over all of them
 * (`level` 1) and one per group (`level` 0, `k1`…). A conversation in several groups is in each once. What stands in
 * the conversation's own row is taken from there; only who asks by agent, reason or skill looks at the intervals.
 */
export const metricsSql = (groups: readonly AnalyticsGroup[]): string => {
  const keys = groups.map((_, index) => `k${index + 1}`);
  const parts = groups.map((group, index) => {
    const fill = (sql: string): string =>
      sql.replaceAll('$n', `g${index + 1}`).replaceAll('$k', `m.k${index + 1}`);
    const { key, join = '', owns } = GROUPINGS[group];
    return { key: `coalesce(${fill(key)}, '') AS k${index + 1}`, join: fill(join), owns: owns && fill(owns) };
  });
  const owned = parts.flatMap(({ owns }) => (owns ? [owns] : []));
  const own = (alias: string): string => owned.map((owns) => ` AND ${owns.replaceAll('$s', alias)}`).join('');
  const by = ['level', ...keys].join(', ');
  const mBy = ['m.level', ...keys.map((key) => `m.${key}`)].join(', ');
  const same = (alias: string): string =>
    ['level', ...keys].map((column) => `t.${column} = ${alias}.${column}`).join(' AND ');
  const [agent, model] = [groups.indexOf('agent') + 1, groups.indexOf('model') + 1];
  const ownCalls =
    model === 0
      ? 'c.ai_calls, c.ai_cost_usd'
      : `coalesce(g${model}.calls, 0), coalesce(g${model}.cost_usd, 0)`;
  /** Of the agent's group, the ratings that are the agent's. */
  const rated = agent === 0 ? 'true' : `(level = 1 OR coalesce(csat_agent_id, '') = k${agent})`;
  return `
WITH c AS MATERIALIZED (SELECT ${COLUMNS}, ai_calls, ai_cost_usd FROM conversation_analytics WHERE ${WINDOW}),
m (level, ${keys.map((key) => `${key}, `).join('')}ai_calls, ai_cost_usd, ${COLUMNS}) AS (
  SELECT 1, ${keys.map(() => `'', `).join('')}c.ai_calls, c.ai_cost_usd, ${COLUMNS} FROM c
  ${
    groups.length === 0
      ? ''
      : `UNION ALL SELECT 0, ${parts.map(({ key }) => key).join(', ')}, ${ownCalls}, ${columnsOf('c')}
           FROM c ${parts.map(({ join }) => join).join(' ')}`
  }
), totals AS (
  SELECT ${by}, count(*)::int AS conversations,
         (count(*) FILTER (WHERE handovers > 0))::int AS handed_over,
         (count(*) FILTER (WHERE assignments = 0 AND waiting_since IS NULL AND NOT abandoned))::int AS contained,
         (count(*) FILTER (WHERE ai_messages > 0 OR handovers > coalesce((handover_reasons->>'budget')::int, 0)))::int AS covered,
         (count(*) FILTER (WHERE settled_at IS NOT NULL))::int AS settled,
         (count(*) FILTER (WHERE settled_at IS NOT NULL AND ai_messages > 0 AND handovers = 0 AND assignments = 0))::int AS ai_settled,
         (count(*) FILTER (WHERE was_durable OR settled_at <= $5::timestamptz - ${DURABLE_INTERVAL}))::int AS durable,
         (count(*) FILTER (WHERE NOT was_durable AND settled_at > $5::timestamptz - ${DURABLE_INTERVAL}))::int AS pending,
         (count(*) FILTER (WHERE was_settled OR reopened > 0))::int AS ever_settled,
         (count(*) FILTER (WHERE reopened > 0))::int AS reopened,
         sum(ai_ms)::float8 AS ai_ms, sum(human_ms) AS human_ms, sum(queue_ms) AS queue_ms,
         sum(human_ms * ${COST_PER_MS}) FILTER (WHERE human_ms > 0) AS human_cost,
         sum(ai_calls)::int AS ai_calls, trim_scale(sum(ai_cost_usd))::text AS ai_cost_usd,
         avg(first_response_ms)::float8 AS first_response_ms,
         percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY first_response_ms)
           FILTER (WHERE first_response_ms IS NOT NULL) AS first_responses,
         ${['', 'ai', 'human'].map((handler) => csatSql(handler, rated)).join(', ')}
    FROM m GROUP BY ${by}
), waits AS (
  SELECT ${mBy}, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY wait) AS waits
    FROM m, unnest(m.queue_wait_ms) AS wait WHERE ${owned.length > 0 ? 'm.level = 1' : 'true'} GROUP BY ${mBy}
  ${
    owned.length === 0
      ? ''
      : `UNION ALL SELECT ${mBy}, percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY i.ms)
    FROM m JOIN conversation_intervals i ON i.tenant_id = m.tenant_id AND i.conversation_id = m.conversation_id
   WHERE m.level = 0 AND m.queue_wait_ms <> '{}' AND i.owner = 'queue' AND i.ended_by = 'assigned'${own('i')} GROUP BY ${mBy}`
  }
), spans AS (
  ${
    owned.length === 0
      ? `SELECT ${by}, human_ms, queue_ms, human_cost FROM totals`
      : `SELECT ${by}, human_ms, queue_ms, human_cost FROM totals WHERE level = 1
  UNION ALL SELECT ${mBy}, sum(i.ms) FILTER (WHERE i.owner = 'human'), sum(i.ms) FILTER (WHERE i.owner = 'queue'),
         sum(i.ms * ${COST_PER_MS}) FILTER (WHERE i.owner = 'human')
    FROM m JOIN conversation_intervals i ON i.tenant_id = m.tenant_id AND i.conversation_id = m.conversation_id
   WHERE m.level = 0 AND (m.human_ms > 0 OR m.queue_ms > 0) AND i.owner IN ('human', 'queue') AND i.ended_at IS NOT NULL${own('i')}
   GROUP BY ${mBy}`
  }
), levels AS (
  SELECT ${mBy}, (count(*) FILTER (WHERE s.outcome = 'met'))::int AS sla_met,
         (count(*) FILTER (WHERE s.outcome = 'missed'))::int AS sla_missed,
         (count(*) FILTER (WHERE s.outcome = 'open'))::int AS sla_open
    FROM m JOIN (SELECT s.*, ${SERVICE_LEVEL} AS outcome FROM conversation_service_levels s) s
      ON s.tenant_id = m.tenant_id AND s.conversation_id = m.conversation_id
   WHERE m.handovers > 0 AND (m.level = 1 OR (true${own('s')}))
   GROUP BY ${mBy}
), reasons AS (
  SELECT ${by}, jsonb_object_agg(reason, n) AS reasons, jsonb_object_agg(reason, conversations) AS reason_conversations FROM (
    SELECT ${mBy}, r.reason, sum(r.n::int)::int AS n, count(*)::int AS conversations
      FROM m, jsonb_each_text(m.handover_reasons) AS r(reason, n) WHERE m.handovers > 0 GROUP BY ${mBy}, r.reason
  ) counted GROUP BY ${by}
), pauses AS (
  SELECT ${by}, jsonb_object_agg(reason, n) AS pauses FROM (
    SELECT ${mBy}, r.reason, sum(r.n::int)::int AS n
      FROM m, jsonb_each_text(m.pauses) AS r(reason, n) WHERE m.pauses <> '{}' GROUP BY ${mBy}, r.reason
  ) counted GROUP BY ${by}
)
SELECT t.*, ARRAY[${keys.map((key) => `t.${key}`).join(', ')}]::text[] AS keys,
       coalesce(s.human_ms, 0)::float8 AS human_ms, coalesce(s.queue_ms, 0)::float8 AS queue_ms, w.waits,
       trim_scale(round(coalesce(s.human_cost, 0), 6))::text AS human_cost_usd,
       coalesce(l.sla_met, 0) AS sla_met, coalesce(l.sla_missed, 0) AS sla_missed, coalesce(l.sla_open, 0) AS sla_open,
       coalesce(r.reasons, '{}') AS reasons, coalesce(r.reason_conversations, '{}') AS reason_conversations,
       coalesce(p.pauses, '{}') AS pauses
  FROM totals t
  LEFT JOIN spans s ON ${same('s')}
  LEFT JOIN waits w ON ${same('w')}
  LEFT JOIN levels l ON ${same('l')}
  LEFT JOIN reasons r ON ${same('r')}
  LEFT JOIN pauses p ON ${same('p')}
 ORDER BY t.level DESC${keys.map((key) => `, t.${key}`).join('')}`;
};

const columnsOf = (alias: string): string =>
  COLUMNS.split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ');

/** Ratings: of all, or of one handler. */
const csatSql = (handler: string, rated: string): string => {
  const only = `FILTER (WHERE ${rated}${handler === '' ? '' : ` AND csat_handled_by = '${handler}'`})`;
  const name = handler === '' ? 'csat' : `${handler}_csat`;
  return `avg(csat_rating) ${only}::float8 AS ${name}_average, (count(csat_rating) ${only})::int AS ${name}_count`;
};
