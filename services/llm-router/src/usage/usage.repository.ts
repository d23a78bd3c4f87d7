import type { UsageGroup, UsageItem, UsageNumbers } from '@baton/contracts';
import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

export interface UsageQuery {
  readonly tenantId: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** What each group is called by in the ledger. */
const GROUPS: Readonly<Record<UsageGroup, string>> = {
  model: 'model',
  kind: 'kind',
  outcome: 'outcome',
  day: `to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')`,
  month: `to_char(started_at AT TIME ZONE 'UTC', 'YYYY-MM')`,
  workflow: 'workflow',
  conversation: 'conversation_id',
  run: 'run_id',
  node: 'node_id',
};

/** Attempts that left: a row that closed before its request did is a call, and no attempt. */
const NUMBERS = `
  count(DISTINCT call_id)::int AS calls,
  (count(*) FILTER (WHERE cache_hit IS NOT TRUE AND error_code IS DISTINCT FROM 'breaker-open'
     AND error_code IS DISTINCT FROM 'rate-limited' AND error_code IS DISTINCT FROM 'budget-exceeded'
     AND error_code IS DISTINCT FROM 'too-many-requests'))::int AS attempts,
  (count(*) FILTER (WHERE outcome IN ('ok', 'refused')))::int AS answered,
  (count(*) FILTER (WHERE cache_hit))::int AS cached_answers,
  (count(*) FILTER (WHERE outcome = 'unknown'))::int AS unknown,
  coalesce(sum(input_tokens), 0)::float8 AS input_tokens,
  coalesce(sum(cached_tokens), 0)::float8 AS cached_tokens,
  coalesce(sum(output_tokens), 0)::float8 AS output_tokens,
  coalesce(sum(reasoning_tokens), 0)::float8 AS reasoning_tokens,
  trim_scale(coalesce(sum(cost_usd), 0))::text AS cost_usd`;

const WINDOW = `tenant_id = $1 AND ($2::timestamptz IS NULL OR started_at >= $2) AND ($3::timestamptz IS NULL OR started_at < $3)`;

/** The ledger, summed up. */
@Injectable()
export class UsageRepository {
  constructor(private readonly database: Database) {}

  total({ tenantId, from, to }: UsageQuery): Promise<UsageNumbers> {
    return this.database.tenant(tenantId, async (tx) => {
      const rows = await tx.query<UsageNumbers>(
        `SELECT ${NUMBERS} FROM ${this.database.schema}.llm_calls WHERE ${WINDOW}`,
        [tenantId, from ?? null, to ?? null],
      );
      return rows[0] as UsageNumbers;
    });
  }

  /** The most expensive first; days and months in their order. */
  groups(
    { tenantId, from, to }: UsageQuery,
    group: UsageGroup,
    page: { readonly limit: number; readonly offset: number },
  ): Promise<UsageItem[]> {
    const order = group === 'day' || group === 'month' ? '1' : 'sum(cost_usd) DESC, count(*) DESC, 1';
    return this.database.tenant(tenantId, (tx) =>
      tx.query<UsageItem>(
        `SELECT ${GROUPS[group]} AS "group", ${NUMBERS} FROM ${this.database.schema}.llm_calls
          WHERE ${WINDOW} GROUP BY 1 ORDER BY ${order} LIMIT $4 OFFSET $5`,
        [tenantId, from ?? null, to ?? null, page.limit, page.offset],
      ),
    );
  }
}
