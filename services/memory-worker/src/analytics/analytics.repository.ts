import type { AnalyticsGroup, AnalyticsMetrics } from '@baton/contracts';
import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

export interface AnalyticsRange {
  readonly from: string | null;
  readonly to: string | null;
  readonly groupBy: AnalyticsGroup | null;
  /** Only this conversation. */
  readonly conversationId?: string;
}

/** `group` is null in the row over everything. */
export interface MetricsRow {
  readonly group: string | null;
  readonly metrics: AnalyticsMetrics;
}

interface Aggregates {
  readonly group: string | null;
  readonly conversations: number;
  readonly handed_over: number;
  readonly contained: number;
  readonly settled: number;
  readonly ai_ms: number;
  readonly human_ms: number;
  readonly waits: readonly [number | null, number | null] | null;
  readonly first_response_ms: number | null;
  readonly ai_cost_usd: string;
  readonly human_cost_usd: string;
  readonly csat_average: number | null;
  readonly csat_count: number;
  readonly reasons: Readonly<Record<string, number>> | null;
}

/** How a conversation's group is named; days, weeks and months by their first day, in UTC. */
const GROUPS: Record<AnalyticsGroup, string> = {
  day: `to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  week: `to_char(date_trunc('week', started_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD')`,
  month: `to_char(date_trunc('month', started_at AT TIME ZONE 'UTC'), 'YYYY-MM-DD')`,
  workflow: `coalesce(workflow_name, '')`,
  state: 'state',
};

/**
 * The definitions of what analytics says, over `conversation_analytics`:
 * - handed over: at least one handover that is no pause for an approval or a consultation;
 * - contained: no human ever became its owner, none is awaited now, and the customer did not give up waiting;
 * - settled: a human resolved it, or the AI finished it; an abandoned one is not;
 * - AI and human seconds: spans that have ended; one that is open counts when it ends;
 * - queue waits: those that a human ended by taking the conversation;
 * - CSAT: the latest rating of each conversation that has one.
 */
@Injectable()
export class AnalyticsRepository {
  constructor(private readonly database: Database) {}

  /** One row over everything, and one per group where groups are asked for, in their order. */
  metrics(tenantId: string, range: AnalyticsRange, humanCostPerHour: string): Promise<MetricsRow[]> {
    return this.database.tenant(tenantId, async (tenant) => {
      const rows = await tenant.query<Aggregates>(metricsSql(range.groupBy), [
        range.from,
        range.to,
        range.conversationId ?? null,
        humanCostPerHour,
      ]);
      return rows.map((row) => ({ group: row.group, metrics: toMetrics(row) }));
    });
  }

  /** One conversation's own row; undefined where nothing is known of it. */
  conversation(tenantId: string, conversationId: string): Promise<ConversationRow | undefined> {
    return this.database.tenant(tenantId, async (tenant) => {
      const [row] = await tenant.query<ConversationRow>(
        `SELECT conversation_id, state, workflow_name, turns, customer_messages, ai_messages, human_messages,
                handovers, resolved, reopened, erased, started_at, last_event_at
           FROM conversation_analytics WHERE conversation_id = $1 AND version > 0`,
        [conversationId],
      );
      return row;
    });
  }
}

export interface ConversationRow {
  readonly conversation_id: string;
  readonly state: string;
  readonly workflow_name: string | null;
  readonly turns: number;
  readonly customer_messages: number;
  readonly ai_messages: number;
  readonly human_messages: number;
  readonly handovers: number;
  readonly resolved: boolean;
  readonly reopened: number;
  readonly erased: boolean;
  readonly started_at: Date;
  readonly last_event_at: Date;
}

const metricsSql = (groupBy: AnalyticsGroup | null): string => `
WITH c AS (
  SELECT *, ${groupBy === null ? `''` : GROUPS[groupBy]} AS group_name FROM conversation_analytics
   WHERE version > 0 AND ($1::timestamptz IS NULL OR started_at >= $1) AND ($2::timestamptz IS NULL OR started_at < $2)
     AND ($3::text IS NULL OR conversation_id = $3)
), waits AS (
  SELECT group_name, grouping(group_name) AS level,
         percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY wait) AS waits
    FROM c, unnest(queue_wait_ms) AS wait GROUP BY GROUPING SETS ((), (group_name))
), reasons AS (
  SELECT group_name, level, jsonb_object_agg(reason, n) AS reasons FROM (
    SELECT group_name, grouping(group_name) AS level, reason, sum(n::int)::int AS n
      FROM c, jsonb_each_text(handover_reasons) AS r(reason, n) GROUP BY GROUPING SETS ((reason), (group_name, reason))
  ) counted GROUP BY group_name, level
), totals AS (
  SELECT group_name, grouping(group_name) AS level, count(*)::int AS conversations,
         (count(*) FILTER (WHERE handovers > 0))::int AS handed_over,
         (count(*) FILTER (WHERE assignments = 0 AND waiting_since IS NULL AND NOT abandoned))::int AS contained,
         (count(*) FILTER (WHERE resolved OR (state = 'FINISHED' AND NOT abandoned)))::int AS settled,
         coalesce(sum(ai_ms), 0)::float8 AS ai_ms, coalesce(sum(human_ms), 0)::float8 AS human_ms,
         avg(first_response_ms)::float8 AS first_response_ms,
         trim_scale(coalesce(sum(ai_cost_usd), 0))::text AS ai_cost_usd,
         trim_scale(round(coalesce(sum(human_ms), 0) * $4::numeric / 3600000, 6))::text AS human_cost_usd,
         avg(csat_rating)::float8 AS csat_average, count(csat_rating)::int AS csat_count
    FROM c GROUP BY GROUPING SETS ((), (group_name))
)
SELECT CASE WHEN t.level = 0 THEN t.group_name END AS "group", t.*, w.waits, r.reasons
  FROM totals t
  LEFT JOIN waits w ON w.level = t.level AND w.group_name IS NOT DISTINCT FROM t.group_name
  LEFT JOIN reasons r ON r.level = t.level AND r.group_name IS NOT DISTINCT FROM t.group_name
 WHERE t.level = 1 OR ${groupBy === null ? 'false' : 'true'}
 ORDER BY t.level DESC, t.group_name`;

const toMetrics = (row: Aggregates): AnalyticsMetrics => ({
  conversations: row.conversations,
  handover_rate: share(row.handed_over, row.conversations),
  containment_rate: share(row.contained, row.conversations),
  resolution_rate: share(row.settled, row.conversations),
  ai_seconds: seconds(row.ai_ms) as number,
  human_seconds: seconds(row.human_ms) as number,
  queue_wait_seconds: { p50: seconds(row.waits?.[0] ?? null), p95: seconds(row.waits?.[1] ?? null) },
  first_response_seconds: seconds(row.first_response_ms),
  ai_cost_usd: row.ai_cost_usd,
  human_cost_usd: row.human_cost_usd,
  csat: {
    average: row.csat_average === null ? null : rounded(row.csat_average),
    count: row.csat_count,
  },
  handover_reasons: row.reasons ?? {},
});

const share = (part: number, whole: number): number => (whole === 0 ? 0 : rounded(part / whole));
const seconds = (ms: number | null): number | null => (ms === null ? null : rounded(ms / 1000));
/** To a tenth of a thousandth: what is further right is noise of the division. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
