import type { AnalyticsMetrics, Csat } from '@baton/contracts';

/** A row of `metrics.sql.ts`. */
export interface Aggregates {
  /** 1: over everything; 0: one group. */
  readonly level: number;
  readonly keys: readonly string[];
  readonly conversations: number;
  readonly handed_over: number;
  readonly contained: number;
  readonly covered: number;
  readonly settled: number;
  readonly ai_settled: number;
  readonly durable: number;
  readonly pending: number;
  readonly ever_settled: number;
  readonly reopened: number;
  readonly ai_ms: number;
  readonly human_ms: number;
  readonly queue_ms: number;
  readonly waits: readonly [number | null, number | null] | null;
  readonly first_response_ms: number | null;
  readonly first_responses: readonly [number | null, number | null] | null;
  readonly ai_calls: number;
  readonly ai_cost_usd: string;
  readonly human_cost_usd: string;
  readonly csat_average: number | null;
  readonly csat_count: number;
  readonly ai_csat_average: number | null;
  readonly ai_csat_count: number;
  readonly human_csat_average: number | null;
  readonly human_csat_count: number;
  readonly sla_met: number;
  readonly sla_missed: number;
  readonly sla_open: number;
  readonly reasons: Readonly<Record<string, number>>;
  readonly reason_conversations: Readonly<Record<string, number>>;
  readonly pauses: Readonly<Record<string, number>>;
}

/** What an empty window has: nothing is ever divided by nothing. */
export const NOTHING: Omit<Aggregates, 'level' | 'keys'> = {
  conversations: 0,
  handed_over: 0,
  contained: 0,
  covered: 0,
  settled: 0,
  ai_settled: 0,
  durable: 0,
  pending: 0,
  ever_settled: 0,
  reopened: 0,
  ai_ms: 0,
  human_ms: 0,
  queue_ms: 0,
  waits: null,
  first_response_ms: null,
  first_responses: null,
  ai_calls: 0,
  ai_cost_usd: '0',
  human_cost_usd: '0',
  csat_average: null,
  csat_count: 0,
  ai_csat_average: null,
  ai_csat_count: 0,
  human_csat_average: null,
  human_csat_count: 0,
  sla_met: 0,
  sla_missed: 0,
  sla_open: 0,
  reasons: {},
  reason_conversations: {},
  pauses: {},
};

export const toMetrics = (row: Omit<Aggregates, 'level' | 'keys'>): AnalyticsMetrics => ({
  conversations: row.conversations,
  handover_rate: share(row.handed_over, row.conversations),
  handover_rate_by_reason: Object.fromEntries(
    Object.entries(row.reason_conversations).map(([reason, n]) => [reason, share(n, row.conversations)]),
  ),
  containment_rate: share(row.contained, row.conversations),
  coverage_rate: share(row.covered, row.conversations),
  resolution_rate: share(row.settled, row.conversations),
  ai_resolution_rate: share(row.ai_settled, row.conversations),
  durable_resolution_rate: shareOrNull(row.durable, row.conversations - row.pending),
  durable_resolution_pending: row.pending,
  reopen_rate: shareOrNull(row.reopened, row.ever_settled),
  ai_seconds: seconds(row.ai_ms),
  human_seconds: seconds(row.human_ms),
  queue_seconds: seconds(row.queue_ms),
  queue_wait_seconds: percentiles(row.waits),
  first_response_seconds: secondsOrNull(row.first_response_ms),
  first_response_percentiles: percentiles(row.first_responses),
  ai_calls: row.ai_calls,
  ai_cost_usd: row.ai_cost_usd,
  human_cost_usd: row.human_cost_usd,
  csat: csat(row.csat_average, row.csat_count),
  csat_by_handler: {
    ai: csat(row.ai_csat_average, row.ai_csat_count),
    human: csat(row.human_csat_average, row.human_csat_count),
  },
  sla: {
    met: row.sla_met,
    missed: row.sla_missed,
    open: row.sla_open,
    hit_rate: shareOrNull(row.sla_met, row.sla_met + row.sla_missed),
  },
  handover_reasons: row.reasons,
  pauses: row.pauses,
});

/** To a tenth of a thousandth: what is further right is noise of the division. */
const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
const share = (part: number, whole: number): number => (whole === 0 ? 0 : rounded(part / whole));
const shareOrNull = (part: number, whole: number): number | null => (whole === 0 ? null : share(part, whole));
export const seconds = (ms: number): number => rounded(ms / 1000);
export const secondsOrNull = (ms: number | null): number | null => (ms === null ? null : seconds(ms));
const percentiles = (
  pair: readonly [number | null, number | null] | null,
): { p50: number | null; p95: number | null } => ({
  p50: secondsOrNull(pair?.[0] ?? null),
  p95: secondsOrNull(pair?.[1] ?? null),
});
const csat = (average: number | null, count: number): Csat => ({
  average: average === null ? null : rounded(average),
  count,
});
