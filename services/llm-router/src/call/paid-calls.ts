import { BatonError, isBatonError } from '@baton/contracts';
import { Clock } from '@baton/service';
import { Injectable, Logger } from '@nestjs/common';

import { CallLedger } from '../ledger/call-ledger.js';
import { type LedgerRow, openRow } from '../ledger/ledger-row.js';
import type { OpenVerdict } from '../ledger/ledger.repository.js';
import { ReplicaPresence } from '../ledger/replica-presence.js';
import { type ResultKey, ResultSeal } from '../ledger/result-seal.js';
import { PriceTable } from '../pricing/price-table.js';
import { ProviderError } from '../providers/provider-error.js';
import { BreakerOpenError, Breakers } from '../routing/breakers.js';
import type { Route } from '../routing/model-router.js';
import { RouterMetrics } from '../telemetry/router-metrics.js';
import { AttemptDeadline } from './attempt-deadline.js';
import { CallCancellations } from './call-cancellations.js';
import type { CallPlan, Flight, StoredResult } from './call-plan.js';
import { type AttemptEnd, CallInProgress } from './open-call.js';
import { afterFailure, attemptBudgetMs, TRIES_PER_MODEL } from './retry.js';
import { SingleFlight } from './single-flight.js';
import { pause, stopped, waited } from './waiting.js';

export interface PaidResult<T> extends StoredResult<T> {
  /** True where it had been paid for already. */
  readonly replayed: boolean;
}

/** How often a call that another replica makes is looked for. */
const ELSEWHERE_POLL_MS = 200;
/** How long a replica whose lock is gone has to come back before its calls are made anew. */
const GONE_GRACE_MS = 1_000;
const SETTLE_RETRY_MS = 200;

/**
 * Makes calls that cost money: each attempt is in the ledger before it leaves, a call id that was answered is
 * answered the same again, and whoever asks while it is being answered waits.
 */
@Injectable()
export class PaidCalls {
  private readonly logger = new Logger('PaidCalls');
  private readonly flights = new SingleFlight<PaidResult<unknown>>();

  constructor(
    private readonly ledger: CallLedger,
    private readonly seal: ResultSeal,
    private readonly presence: ReplicaPresence,
    private readonly breakers: Breakers,
    private readonly prices: PriceTable,
    private readonly cancellations: CallCancellations,
    private readonly metrics: RouterMetrics,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws BatonError `model-unavailable`, `model-rejected-request`, `model-output-invalid`, `cancelled`, `erased`,
   *   `deadline-exceeded`, `unavailable`, or the plan's own
   */
  async make<R, T>(plan: CallPlan<R, T>): Promise<PaidResult<T>> {
    const { tenantId, callId, kind } = plan.identity;
    const { value, shared } = await this.flights.run(`${tenantId}/${kind}/${callId}`, () =>
      this.cancellations.during(callId, (cancelled) =>
        this.begin({
          plan,
          signal: AbortSignal.any([cancelled, AbortSignal.timeout(plan.timeoutMs)]),
          deadline: performance.now() + plan.timeoutMs,
        }),
      ),
    );
    if (shared || value.replayed) this.metrics.replay(kind);
    return { ...(value as PaidResult<T>), replayed: shared || value.replayed };
  }

  private async begin<R, T>(flight: Flight<R, T>): Promise<PaidResult<T>> {
    const { plan } = flight;
    const [first] = plan.routes;
    if (!first) throw new BatonError('model-unavailable', 'No model is configured');
    // A result that could not be stored would be paid for again: no key, no call.
    const [key] = await Promise.all([this.seal.keyFor(plan.identity), this.presence.shown()]);
    const row = openRow(plan.identity, {
      number: 1,
      model: first.name,
      owner: this.presence.id,
      now: this.clock.nowIso(),
    });
    const verdict = await this.openWhenFree(row, flight.signal);
    if (verdict.kind === 'settled') {
      const stored = (await this.seal.open(plan.identity.tenantId, verdict.result)) as StoredResult<T>;
      return { ...stored, replayed: true };
    }
    const call = new CallInProgress({ ...row, attempt: verdict.attempt }, verdict.reported, verdict.cutOff, {
      cost: (model, usage, day) => this.prices.cost(model, usage, day),
      nowIso: () => this.clock.nowIso(),
    });
    return this.attemptAll(flight, call, key);
  }

  /** Waits while another replica makes the same call. */
  private async openWhenFree(
    row: LedgerRow,
    signal: AbortSignal,
  ): Promise<Exclude<OpenVerdict, { kind: 'running' }>> {
    let gone: number | undefined;
    for (;;) {
      const verdict = await this.ledger.open({ row, ...(gone !== undefined && { gone }) });
      if (verdict.kind !== 'running') return verdict;
      gone = verdict.alive ? undefined : verdict.owner;
      await pause(verdict.alive ? ELSEWHERE_POLL_MS : GONE_GRACE_MS, signal);
    }
  }

  private async attemptAll<R, T>(
    flight: Flight<R, T>,
    call: CallInProgress,
    key: ResultKey,
  ): Promise<PaidResult<T>> {
    const { plan, signal, deadline } = flight;
    let [at, tries] = [0, 1];
    for (;;) {
      const route = plan.routes[at] as Route;
      const hasFallback = at + 1 < plan.routes.length;
      const budget = attemptBudgetMs(deadline - performance.now(), tries === TRIES_PER_MODEL && !hasFallback);
      const outcome = await this.attempt(flight, call, route, budget);
      if (outcome.kind === 'final') return this.finish(flight, call, key, outcome.result);
      if (outcome.kind === 'invalid') return this.fail(signal, call, outcome.error);
      if (outcome.kind === 'failed') {
        const next = afterFailure({
          failure: outcome.failure,
          tries,
          hasFallback,
          remainingMs: deadline - performance.now(),
          random: Math.random(),
        });
        if (next.kind === 'fail') return this.fail(signal, call, next.error);
        if (next.kind === 'fallback') [at, tries] = [at + 1, 1];
        else {
          tries += 1;
          if (!(await waited(next.waitMs, signal))) return this.fail(signal, call, stopped(signal));
        }
        if (outcome.failure instanceof BreakerOpenError) continue;
      }
      await this.openNext(call, plan.routes[at] as Route);
    }
  }

  /** One request to a model, judged; its row is closed in memory, and written with what comes next. */
  private async attempt<R, T>(
    { plan, signal }: Flight<R, T>,
    call: CallInProgress,
    route: Route,
    budgetMs: number,
  ): Promise<
    | { readonly kind: 'final'; readonly result: T }
    | { readonly kind: 'repair' }
    | { readonly kind: 'invalid'; readonly error: BatonError }
    | { readonly kind: 'failed'; readonly failure: ProviderError }
  > {
    const deadline = new AttemptDeadline(signal, budgetMs);
    const touch = (): void => {
      call.sign();
      deadline.touch();
    };
    call.start(route.name);
    try {
      const answered = await this.breakers.attempt(route.name, () =>
        plan.perform(route, { signal: deadline.signal, touch }),
      );
      const judgement = plan.judge(route, answered);
      const { usage } = answered;
      if (judgement.kind === 'final') {
        this.end(call, { outcome: judgement.outcome, errorCode: null, usage });
        return judgement;
      }
      this.end(call, { outcome: 'failed', errorCode: 'model-output-invalid', usage });
      return judgement;
    } catch (error) {
      if (!(error instanceof ProviderError)) {
        this.end(call, {
          outcome: 'failed',
          errorCode: isBatonError(error) ? error.code : 'internal',
          usage: undefined,
        });
        if (!isBatonError(error)) throw error;
        return { kind: 'invalid', error };
      }
      this.logger.warn(
        { err: error, model: route.name, status: error.status, call_id: plan.identity.callId },
        error.kind,
      );
      this.end(call, {
        outcome: error.kind === 'cancelled' ? 'cancelled' : 'failed',
        errorCode: errorCodeOf(error),
        usage: error.usage,
      });
      return { kind: 'failed', failure: error };
    } finally {
      deadline.end();
    }
  }

  private end(call: CallInProgress, end: AttemptEnd): void {
    const row = call.end(end);
    if (end.errorCode !== BREAKER_OPEN) this.metrics.attempt(row);
    const isPriced =
      row.output_tokens === 0 || this.prices.cost(row.model, ZERO, row.started_at.slice(0, 10)) !== undefined;
    if (!isPriced && !row.model.startsWith('offline/')) this.metrics.noPrice(row.model);
  }

  /** Closes the last attempt's row and writes the next one's: one commit. */
  private async openNext(call: CallInProgress, route: Route): Promise<void> {
    const closed = call.row;
    const row: LedgerRow = {
      ...openRow(identityOf(closed), {
        number: closed.attempt + 1,
        model: route.name,
        owner: this.presence.id,
        now: this.clock.nowIso(),
      }),
    };
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
  ): Promise<PaidResult<T>> {
    const stored: StoredResult<T> = { result, model: call.row.model, usage: call.usage };
    const sealed = this.seal.seal({ tenant_id: plan.identity.tenantId }, key, stored);
    await this.settle(signal, call, { ...call.row, result: sealed });
    return { ...stored, replayed: false };
  }

  private async fail(signal: AbortSignal, call: CallInProgress, error: BatonError): Promise<never> {
    await this.settle(signal, call, call.row);
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

const errorCodeOf = (error: ProviderError): string => {
  if (error instanceof BreakerOpenError) return BREAKER_OPEN;
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
