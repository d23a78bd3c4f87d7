import { BatonError, isBatonError } from '@baton/contracts';
import { Clock } from '@baton/service';
import { Injectable, Logger } from '@nestjs/common';

import { CallLedger } from '../ledger/call-ledger.js';
import { type LedgerRow, openRow } from '../ledger/ledger-row.js';
import { ReplicaPresence } from '../ledger/replica-presence.js';
import { type ResultKey, ResultSeal } from '../ledger/result-seal.js';
import { CallLimits, LimitReachedError, type Slot } from '../limit/call-limits.js';
import { PriceTable } from '../pricing/price-table.js';
import { NotAttemptedError, ProviderError } from '../providers/provider-error.js';
import { BreakerOpenError, Breakers } from '../routing/breakers.js';
import type { Route } from '../routing/model-router.js';
import { type AttemptSpan, CallTelemetry } from '../telemetry/call-telemetry.js';
import { RouterMetrics } from '../telemetry/router-metrics.js';
import { AttemptDeadline } from './attempt-deadline.js';
import type { Flight, StoredResult } from './call-plan.js';
import { type AttemptEnd, type CallInProgress } from './open-call.js';
import { afterFailure, attemptBudgetMs, PATIENCE_MS, TRIES_PER_MODEL } from './retry.js';
import { stopped, waited } from './waiting.js';

const SETTLE_RETRY_MS = 200;

type AttemptOutcome<T> =
  | { readonly kind: 'final'; readonly result: T }
  | { readonly kind: 'repair' }
  | { readonly kind: 'invalid'; readonly error: BatonError }
  | { readonly kind: 'failed'; readonly failure: ProviderError };

/** Carries a call that is open in the ledger to its end: tries, waits, other models, and what is written of each. */
@Injectable()
export class CallAttempts {
  private readonly logger = new Logger('CallAttempts');

  constructor(
    private readonly ledger: CallLedger,
    private readonly seal: ResultSeal,
    private readonly presence: ReplicaPresence,
    private readonly breakers: Breakers,
    private readonly limits: CallLimits,
    private readonly prices: PriceTable,
    private readonly telemetry: CallTelemetry,
    private readonly metrics: RouterMetrics,
    private readonly clock: Clock,
  ) {}

  /** @throws BatonError why no model answered; what was used until then is in the ledger */
  async run<R, T>(flight: Flight<R, T>, call: CallInProgress, key: ResultKey): Promise<StoredResult<T>> {
    const { plan, signal, deadline } = flight;
    let [at, tries] = [0, 1];
    for (;;) {
      const route = plan.routes[at] as Route;
      const hasFallback = at + 1 < plan.routes.length;
      const isLast = tries === TRIES_PER_MODEL && !hasFallback;
      const outcome = await this.attempt(flight, call, route, { hasFallback, isLast });
      if (outcome.kind === 'final') return this.finish(flight, call, key, outcome.result);
      if (outcome.kind === 'invalid') return this.fail(signal, call, outcome.error);
      if (outcome.kind === 'failed') {
        const next = afterFailure({
          failure: outcome.failure,
          tries,
          hasFallback,
          mayRestart: plan.mayRestart,
          remainingMs: deadline - performance.now(),
          random: Math.random(),
        });
        if (next.kind === 'fail') return this.fail(signal, call, next.error);
        if (next.kind === 'fallback') {
          this.metrics.fellBack(route.name);
          [at, tries] = [at + 1, 1];
        } else {
          tries += 1;
          if (!(await waited(next.waitMs, signal))) return this.fail(signal, call, stopped(signal));
        }
        if (outcome.failure instanceof NotAttemptedError) continue;
      }
      await this.openNext(call, plan.routes[at] as Route);
    }
  }

  /** The answer is one that was given before to the same call of another id: nothing is asked, nothing paid. */
  async finishFromCache<R, T>(
    { plan, signal }: Flight<R, T>,
    call: CallInProgress,
    key: ResultKey,
    known: { readonly model: string; readonly result: T },
  ): Promise<StoredResult<T>> {
    call.start(known.model);
    call.end({ outcome: 'ok', errorCode: null, usage: undefined });
    this.metrics.cacheHit(plan.identity.kind);
    const stored: StoredResult<T> = { ...known, usage: call.usage };
    const result = this.seal.seal({ tenant_id: plan.identity.tenantId }, key, stored);
    await this.settle(signal, call, { ...call.row, cache_hit: true, result });
    return stored;
  }

  /** The call is not made. */
  refuse<R, T>({ signal }: Flight<R, T>, call: CallInProgress, error: BatonError): Promise<never> {
    this.end(call, { outcome: 'failed', errorCode: error.code, usage: undefined });
    return this.fail(signal, call, error);
  }

  /** One request to a model, judged; its row is closed in memory, and written with what comes next. */
  private async attempt<R, T>(
    flight: Flight<R, T>,
    call: CallInProgress,
    route: Route,
    { hasFallback, isLast }: { readonly hasFallback: boolean; readonly isLast: boolean },
  ): Promise<AttemptOutcome<T>> {
    const { plan, signal } = flight;
    call.start(route.name);
    let slot: Slot | undefined;
    try {
      slot = await this.limits.admit({
        tenantId: plan.identity.tenantId,
        model: route.name,
        tokens: plan.expectedTokens,
        patienceMs: hasFallback ? PATIENCE_MS : flight.deadline - performance.now(),
        signal,
      });
      return await this.ask(flight, call, route, isLast);
    } catch (error) {
      return this.failed(call, error);
    } finally {
      slot?.leave(call.row.input_tokens + call.row.output_tokens);
    }
  }

  private async ask<R, T>(
    { plan, signal, deadline: over }: Flight<R, T>,
    call: CallInProgress,
    route: Route,
    isLast: boolean,
  ): Promise<AttemptOutcome<T>> {
    const deadline = new AttemptDeadline(
      signal,
      attemptBudgetMs(Math.max(0, over - performance.now()), isLast),
    );
    const span = this.telemetry.begin(plan, route, call.row);
    const touch = (): void => {
      call.sign();
      deadline.touch();
    };
    call.start(route.name);
    try {
      const answered = await this.breakers.attempt(route.name, () =>
        plan.perform(route, { signal: deadline.signal, touch, attempt: call.row.attempt }),
      );
      const judgement = plan.judge(route, answered);
      const { usage } = answered;
      if (judgement.kind === 'final') {
        this.end(call, { outcome: judgement.outcome, errorCode: null, usage }, span, judgement.result);
        return judgement;
      }
      this.end(call, { outcome: 'failed', errorCode: 'model-output-invalid', usage }, span);
      return judgement;
    } catch (error) {
      return this.failed(call, error, span);
    } finally {
      deadline.end();
    }
  }

  private failed(call: CallInProgress, error: unknown, span?: AttemptSpan): AttemptOutcome<never> {
    if (!(error instanceof ProviderError)) {
      const errorCode = isBatonError(error) ? error.code : 'internal';
      const outcome = errorCode === 'cancelled' ? 'cancelled' : 'failed';
      this.end(call, { outcome, errorCode, usage: undefined }, span);
      if (!isBatonError(error)) throw error;
      return { kind: 'invalid', error };
    }
    const { model, call_id } = call.row;
    // What was not tried, or not wanted any more, says nothing about the model.
    const isQuiet = error instanceof NotAttemptedError || error.kind === 'cancelled';
    this.logger[isQuiet ? 'debug' : 'warn']({ err: error, model, status: error.status, call_id }, error.kind);
    const outcome = error.kind === 'cancelled' ? 'cancelled' : 'failed';
    this.end(call, { outcome, errorCode: errorCodeOf(error), usage: error.usage }, span);
    return { kind: 'failed', failure: error };
  }

  private end(call: CallInProgress, end: AttemptEnd, span?: AttemptSpan, result?: unknown): void {
    const row = call.end(end);
    span?.end(row, result);
    if (!NOT_ATTEMPTED.has(end.errorCode ?? '')) this.metrics.attempt(row);
    const isPriced =
      row.output_tokens === 0 || this.prices.cost(row.model, ZERO, row.started_at.slice(0, 10)) !== undefined;
    if (!isPriced && !row.model.startsWith('offline/')) this.metrics.noPrice(row.model);
  }

  /** Closes the last attempt's row and writes the next one's: one commit. */
  private async openNext(call: CallInProgress, route: Route): Promise<void> {
    const closed = call.row;
    const row: LedgerRow = openRow(identityOf(closed), {
      number: closed.attempt + 1,
      model: route.name,
      owner: this.presence.id,
      now: this.clock.nowIso(),
    });
    const verdict = await this.ledger.open({ row, closed });
    // Another replica took this one for dead while it was cut off from PostgreSQL: it answers.
    if (verdict.kind !== 'opened') throw new BatonError('unavailable', 'The call went on elsewhere');
    call.advance({ ...row, attempt: verdict.attempt });
  }

  private async finish<R, T>(
    { plan, signal }: Flight<R, T>,
    call: CallInProgress,
    key: ResultKey,
    result: T,
  ): Promise<StoredResult<T>> {
    const stored: StoredResult<T> = { result, model: call.row.model, usage: call.usage };
    const sealed = this.seal.seal({ tenant_id: plan.identity.tenantId }, key, stored);
    await this.settle(signal, call, { ...call.row, result: sealed });
    return stored;
  }

  private async fail(signal: AbortSignal, call: CallInProgress, error: BatonError): Promise<never> {
    // Who asks for this call again must hear the same, also where it was cancelled between two attempts.
    const row = error.code === 'cancelled' ? { ...call.row, outcome: 'cancelled' as const } : call.row;
    await this.settle(signal, call, row);
    throw error;
  }

  /** What was paid for must be known: while PostgreSQL is away, this waits for it as long as the caller does. */
  private async settle(signal: AbortSignal, call: CallInProgress, row: LedgerRow): Promise<void> {
    for (;;) {
      try {
        return await this.ledger.settle(call, row, this.clock.nowIso());
      } catch (error) {
        if (!isBatonError(error, 'unavailable')) throw error;
        if (!(await waited(SETTLE_RETRY_MS, signal))) throw error;
      }
    }
  }
}

const ZERO = { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false };
const BREAKER_OPEN = 'breaker-open';
const RATE_LIMITED = 'rate-limited';
/** Rows that close without a request having left. */
const NOT_ATTEMPTED: ReadonlySet<string> = new Set([
  BREAKER_OPEN,
  RATE_LIMITED,
  'budget-exceeded',
  'too-many-requests',
]);

const errorCodeOf = (error: ProviderError): string => {
  if (error instanceof BreakerOpenError) return BREAKER_OPEN;
  if (error instanceof LimitReachedError) return RATE_LIMITED;
  return error.status === undefined ? error.kind : `${error.kind}-${error.status}`;
};

const identityOf = (row: LedgerRow) => ({
  tenantId: row.tenant_id,
  callId: row.call_id,
  kind: row.kind,
  conversationId: row.conversation_id,
  runId: row.run_id,
  nodeId: row.node_id,
  workflow: row.workflow,
});
