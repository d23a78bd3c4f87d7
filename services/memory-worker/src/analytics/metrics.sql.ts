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

/**
 * The definitions of `docs/analytics.md` over the conversations that began in the window: a row over all of them
 * (`level` 1) and one per group (`level` 0, `k1`…). A conversation in several groups is in each once.
 */
export const metricsSql = (groups: readonly AnalyticsGroup[]): string => {
  const keys = groups.map((_, index) => `k${index + 1}`);
  const parts = groups.map((group, index) => {
    const fill = (sql: string): string =>
      sql.replaceAll('$n', `g${index + 1}`).replaceAll('$k', `m.k${index + 1}`);
    const { key, join = '', owns } = GROUPINGS[group];
    return { key: `coalesce(${fill(key)}, '') AS k${index + 1}`, join: fill(join), owns: owns && fill(owns) };
  });
  const own = (alias: string): string =>
    ['true', ...parts.flatMap(({ owns }) => (owns ? [owns.replaceAll('$s', alias)] : []))].join(' AND ');
  const by = ['level', ...keys].join(', ');
  const mBy = ['m.level', ...keys.map((key) => `m.${key}`)].join(', ');
  const same = (alias: string): string =>
    ['t.level', ...keys.map((key) => `t.${key}`)]
      .map((column) => `${column} = ${alias}.${column.slice(2)}`)
      .join(' AND ');
  const agent = groups.indexOf('agent');
  const model = groups.indexOf('model');
  /** Of the agent's group, the ratings that are the agent's. */
  const rated = agent < 0 ? 'true' : `(level = 1 OR coalesce(csat_agent_id, '') = k${agent + 1})`;
  const onlyModel = model < 0 ? '' : `AND (m.level = 1 OR c.model = m.k${model + 1})`;
  return `
WITH c AS MATERIALIZED (SELECT * FROM conversation_analytics WHERE ${WINDOW}),
m AS (
  SELECT 1 AS level, ${keys.map((key) => `'' AS ${key}, `).join('')}c.* FROM c
  ${
    groups.length === 0
      ? ''
      : `UNION ALL SELECT 0, ${parts.map(({ key }) => key).join(', ')}, c.* FROM c ${parts.map(({ join }) => join).join(' ')}`
  }
), spans AS (
  SELECT ${mBy},
         sum(i.ms) FILTER (WHERE i.owner = 'human') AS human_ms,
         sum(i.ms * ${COST_PER_MS}) FILTER (WHERE i.owner = 'human') AS human_cost,
         sum(i.ms) FILTER (WHERE i.owner = 'queue') AS queue_ms,
         percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY i.ms)
           FILTER (WHERE i.owner = 'queue' AND i.ended_by = 'assigned') AS waits
    FROM m JOIN conversation_intervals i ON i.tenant_id = m.tenant_id AND i.conversation_id = m.conversation_id
   WHERE i.owner IN ('human', 'queue') AND i.ended_at IS NOT NULL AND (m.level = 1 OR ${own('i')})
   GROUP BY ${mBy}
), costs AS (
  SELECT ${mBy}, sum(c.calls)::int AS ai_calls, sum(c.cost_usd) AS ai_cost
    FROM m JOIN conversation_model_costs c ON c.tenant_id = m.tenant_id AND c.conversation_id = m.conversation_id ${onlyModel}
   GROUP BY ${mBy}
), levels AS (
  SELECT ${mBy}, (count(*) FILTER (WHERE outcome = 'met'))::int AS sla_met,
         (count(*) FILTER (WHERE outcome = 'missed'))::int AS sla_missed,
         (count(*) FILTER (WHERE outcome = 'open'))::int AS sla_open
    FROM m JOIN (SELECT s.*, ${SERVICE_LEVEL} AS outcome FROM conversation_service_levels s) s
      ON s.tenant_id = m.tenant_id AND s.conversation_id = m.conversation_id
   WHERE m.level = 1 OR ${own('s')}
   GROUP BY ${mBy}
), reasons AS (
  SELECT ${by}, jsonb_object_agg(reason, n) AS reasons, jsonb_object_agg(reason, conversations) AS reason_conversations FROM (
    SELECT ${mBy}, r.reason, sum(r.n::int)::int AS n, count(*)::int AS conversations
      FROM m, jsonb_each_text(m.handover_reasons) AS r(reason, n) GROUP BY ${mBy}, r.reason
  ) counted GROUP BY ${by}
), pauses AS (
  SELECT ${by}, jsonb_object_agg(reason, n) AS pauses FROM (
    SELECT ${mBy}, r.reason, sum(r.n::int)::int AS n
      FROM m, jsonb_each_text(m.pauses) AS r(reason, n) GROUP BY ${mBy}, r.reason
  ) counted GROUP BY ${by}
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
         coalesce(sum(ai_ms), 0)::float8 AS ai_ms,
         avg(first_response_ms)::float8 AS first_response_ms,
         percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY first_response_ms)
           FILTER (WHERE first_response_ms IS NOT NULL) AS first_responses,
         ${['', 'ai', 'human']
           .map((handler) => {
             const only = `FILTER (WHERE ${rated}${handler === '' ? '' : ` AND csat_handled_by = '${handler}'`})`;
             const name = handler === '' ? 'csat' : `${handler}_csat`;
             return `avg(csat_rating) ${only}::float8 AS ${name}_average, (count(csat_rating) ${only})::int AS ${name}_count`;
           })
           .join(', ')}
    FROM m GROUP BY ${by}
)
SELECT t.*, ARRAY[${keys.map((key) => `t.${key}`).join(', ')}]::text[] AS keys,
       coalesce(s.human_ms, 0)::float8 AS human_ms, coalesce(s.queue_ms, 0)::float8 AS queue_ms, s.waits,
       trim_scale(round(coalesce(s.human_cost, 0), 6))::text AS human_cost_usd,
       coalesce(k.ai_calls, 0) AS ai_calls, trim_scale(coalesce(k.ai_cost, 0))::text AS ai_cost_usd,
       coalesce(l.sla_met, 0) AS sla_met, coalesce(l.sla_missed, 0) AS sla_missed, coalesce(l.sla_open, 0) AS sla_open,
       coalesce(r.reasons, '{}') AS reasons, coalesce(r.reason_conversations, '{}') AS reason_conversations,
       coalesce(p.pauses, '{}') AS pauses
  FROM totals t
  LEFT JOIN spans s ON ${same('s')}
  LEFT JOIN costs k ON ${same('k')}
  LEFT JOIN levels l ON ${same('l')}
  LEFT JOIN reasons r ON ${same('r')}
  LEFT JOIN pauses p ON ${same('p')}
 ORDER BY t.level DESC${keys.map((key) => `, t.${key}`).join('')}`;
};
