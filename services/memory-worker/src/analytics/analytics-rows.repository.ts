import type { AnalyticsRow } from '@baton/contracts';
import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { AnalyticsTerms } from './analytics.repository.js';
import { seconds, secondsOrNull } from './metrics.js';
import { COST_PER_MS, DURABLE_INTERVAL, SERVICE_LEVEL } from './metrics.sql.js';

export interface RowsQuery {
  readonly from: string | null;
  readonly to: string | null;
  /** The last row of the page before. */
  readonly after: { readonly startedAt: string; readonly conversationId: string } | null;
  readonly limit: number;
}

/** A row, and where the page behind it begins. */
export interface PlacedRow {
  readonly row: AnalyticsRow;
  readonly place: NonNullable<RowsQuery['after']>;
}

/** Columns that are given as they are. */
type Plain =
  | 'state'
  | 'workflow_version'
  | 'channel'
  | 'turns'
  | 'customer_messages'
  | 'ai_messages'
  | 'human_messages'
  | 'handovers'
  | 'resolved'
  | 'reopened'
  | 'erased'
  | 'handled_by'
  | 'handover_reasons'
  | 'skills'
  | 'agents'
  | 'models'
  | 'pauses'
  | 'abandoned'
  | 'durable'
  | 'ai_calls'
  | 'ai_cost_usd'
  | 'human_cost_usd'
  | 'csat_rating'
  | 'csat_handled_by'
  | 'sla_met'
  | 'sla_missed';

type RowsRow = Pick<AnalyticsRow, Plain> & {
  readonly conversation_id: string;
  readonly workflow_name: string | null;
  readonly started_at: Date;
  readonly last_event_at: Date;
  readonly settled_at: Date | null;
  readonly ai_ms: number;
  readonly human_ms: number;
  readonly queue_ms: number;
  readonly first_response_ms: number | null;
};

/** Conversations as flat rows, a page at a time, by the index on their beginning. */
@Injectable()
export class AnalyticsRowsRepository {
  constructor(private readonly database: Database) {}

  page(tenantId: string, query: RowsQuery, terms: AnalyticsTerms): Promise<PlacedRow[]> {
    return this.database.tenant(tenantId, async (tenant) => {
      const rows = await tenant.query<RowsRow>(SQL, [
        query.from,
        query.to,
        query.after?.startedAt ?? null,
        terms.humanCostPerHour,
        terms.now,
        query.after?.conversationId ?? '',
        query.limit,
      ]);
      return rows.map(toPlacedRow);
    });
  }
}

const SQL = `
WITH c AS (
  SELECT * FROM conversation_analytics
   WHERE version > 0 AND ($1::timestamptz IS NULL OR started_at >= $1) AND ($2::timestamptz IS NULL OR started_at < $2)
     AND ($3::timestamptz IS NULL OR (started_at, conversation_id) > ($3, $6))
   ORDER BY started_at, conversation_id LIMIT $7
)
SELECT conversation_id, state, workflow_name, workflow_version, channel, started_at, last_event_at, turns,
       customer_messages, ai_messages, human_messages, handovers, resolved, abandoned, reopened, erased, settled_at,
       CASE WHEN assignments > 0 THEN 'human' ELSE 'ai' END AS handled_by,
       coalesce((SELECT string_agg(r, ';' ORDER BY r) FROM jsonb_object_keys(handover_reasons) AS r), '') AS handover_reasons,
       array_to_string(skills, ';') AS skills,
       coalesce((SELECT string_agg(DISTINCT i.agent_id, ';' ORDER BY i.agent_id) FROM conversation_intervals i
          WHERE i.tenant_id = c.tenant_id AND i.conversation_id = c.conversation_id AND i.owner = 'human'), '') AS agents,
       coalesce((SELECT string_agg(k.model, ';' ORDER BY k.model) FROM conversation_model_costs k
          WHERE k.tenant_id = c.tenant_id AND k.conversation_id = c.conversation_id), '') AS models,
       (SELECT coalesce(sum(n::int), 0)::int FROM jsonb_each_text(pauses) AS p(reason, n)) AS pauses,
       CASE WHEN was_durable OR settled_at <= $5::timestamptz - ${DURABLE_INTERVAL} THEN 'yes'
            WHEN settled_at IS NOT NULL THEN 'pending' ELSE 'no' END AS durable,
       ai_ms::float8 AS ai_ms, human_ms::float8 AS human_ms, queue_ms::float8 AS queue_ms,
       first_response_ms::float8 AS first_response_ms,
       ai_calls, trim_scale(ai_cost_usd)::text AS ai_cost_usd,
       trim_scale(round(human_ms * ${COST_PER_MS}, 6))::text AS human_cost_usd,
       csat_rating, csat_handled_by, l.sla_met, l.sla_missed
  FROM c CROSS JOIN LATERAL (
    SELECT (count(*) FILTER (WHERE outcome = 'met'))::int AS sla_met,
           (count(*) FILTER (WHERE outcome = 'missed'))::int AS sla_missed
      FROM (SELECT ${SERVICE_LEVEL} AS outcome FROM conversation_service_levels s
             WHERE s.tenant_id = c.tenant_id AND s.conversation_id = c.conversation_id) counted
  ) l
 ORDER BY started_at, conversation_id`;

const toPlacedRow = (found: RowsRow): PlacedRow => {
  const { conversation_id, workflow_name, started_at, last_event_at, settled_at, ...rest } = found;
  const { ai_ms, human_ms, queue_ms, first_response_ms, ...plain } = rest;
  return {
    place: { startedAt: started_at.toISOString(), conversationId: conversation_id },
    row: {
      conversation_id: plain.erased ? null : conversation_id,
      ...plain,
      workflow: workflow_name,
      started_at: started_at.toISOString(),
      last_event_at: last_event_at.toISOString(),
      is_settled: settled_at !== null,
      settled_at: settled_at?.toISOString() ?? null,
      ai_seconds: seconds(ai_ms),
      human_seconds: seconds(human_ms),
      queue_seconds: seconds(queue_ms),
      first_response_seconds: secondsOrNull(first_response_ms),
    },
  };
};
