import type { TokenUsage } from '../providers/provider.js';

/** What became of an attempt; `open` while it runs. */
export type Outcome = 'open' | 'ok' | 'failed' | 'refused' | 'cancelled' | 'unknown';

/** What kind of call and for whom: the same for every attempt of it. */
export interface CallIdentity {
  readonly tenantId: string;
  readonly callId: string;
  readonly kind: 'chat' | 'embedding';
  readonly conversationId: string | null;
  readonly runId: string | null;
  readonly nodeId: string | null;
  readonly workflow: string | null;
}

/** One attempt, as it stands in `llm_calls`: names are the columns'. */
export interface LedgerRow {
  readonly tenant_id: string;
  readonly call_id: string;
  /** 1 for the first; every request that goes to a vendor has its own. */
  readonly attempt: number;
  readonly kind: CallIdentity['kind'];
  readonly model: string;
  readonly outcome: Outcome;
  /** The replica that makes it: while that one lives, nobody else does. */
  readonly owner: number;
  readonly input_tokens: number;
  readonly cached_tokens: number;
  readonly output_tokens: number;
  readonly reasoning_tokens: number;
  /** The vendor never said: counted here. */
  readonly usage_estimated: boolean;
  /** A decimal string in USD. */
  readonly cost_usd: string;
  readonly error_code: string | null;
  readonly first_token_ms: number | null;
  readonly latency_ms: number | null;
  /** True where no model was asked: another call with the same question had this answer. */
  readonly cache_hit: boolean;
  readonly conversation_id: string | null;
  readonly run_id: string | null;
  readonly node_id: string | null;
  readonly workflow: string | null;
  /** The sealed answer, on the attempt that got it. */
  readonly result: unknown;
  /** Version of the event that reported this row; null until it is reported. */
  readonly event_version: number | null;
  readonly started_at: string;
  readonly closed_at: string | null;
}

/** The columns of the first migration. */
export const FIRST_LEDGER_COLUMNS = [
  'tenant_id',
  'call_id',
  'attempt',
  'kind',
  'model',
  'outcome',
  'owner',
  'input_tokens',
  'cached_tokens',
  'output_tokens',
  'reasoning_tokens',
  'usage_estimated',
  'cost_usd',
  'error_code',
  'first_token_ms',
  'latency_ms',
  'conversation_id',
  'run_id',
  'node_id',
  'workflow',
  'result',
  'event_version',
  'started_at',
  'closed_at',
] as const satisfies readonly (keyof LedgerRow)[];

export const LEDGER_COLUMNS = [...FIRST_LEDGER_COLUMNS, 'cache_hit'] as const;

export const openRow = (
  call: CallIdentity,
  attempt: { readonly number: number; readonly model: string; readonly owner: number; readonly now: string },
): LedgerRow => ({
  tenant_id: call.tenantId,
  call_id: call.callId,
  attempt: attempt.number,
  kind: call.kind,
  model: attempt.model,
  outcome: 'open',
  owner: attempt.owner,
  input_tokens: 0,
  cached_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
  usage_estimated: false,
  cost_usd: '0',
  error_code: null,
  first_token_ms: null,
  latency_ms: null,
  cache_hit: false,
  conversation_id: call.conversationId,
  run_id: call.runId,
  node_id: call.nodeId,
  workflow: call.workflow,
  result: null,
  event_version: null,
  started_at: attempt.now,
  closed_at: null,
});

export interface Closing {
  readonly outcome: Exclude<Outcome, 'open'>;
  readonly usage: TokenUsage;
  readonly costUsd: string;
  readonly errorCode: string | null;
  readonly firstTokenMs: number | null;
  readonly latencyMs: number;
  readonly now: string;
}

export const closedRow = (row: LedgerRow, closing: Closing): LedgerRow => ({
  ...row,
  outcome: closing.outcome,
  input_tokens: closing.usage.input,
  cached_tokens: closing.usage.cachedInput,
  output_tokens: closing.usage.output,
  reasoning_tokens: closing.usage.reasoning,
  usage_estimated: closing.usage.estimated,
  cost_usd: closing.costUsd,
  error_code: closing.errorCode,
  first_token_ms: closing.firstTokenMs,
  latency_ms: closing.latencyMs,
  closed_at: closing.now,
});
