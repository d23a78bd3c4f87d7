import { BatonError } from '@baton/contracts';
import { Clock } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { BudgetGuard } from '../budget/budget-guard.js';
import { AnswerCache } from '../cache/answer-cache.js';
import { CallLedger } from '../ledger/call-ledger.js';
import { type LedgerRow, openRow } from '../ledger/ledger-row.js';
import type { OpenVerdict } from '../ledger/ledger.repository.js';
import { ReplicaPresence } from '../ledger/replica-presence.js';
import { type ResultKey, ResultSeal } from '../ledger/result-seal.js';
import { PriceTable } from '../pricing/price-table.js';
import { RouterMetrics } from '../telemetry/router-metrics.js';
import { CallAttempts } from './call-attempts.js';
import { CallCancellations, cancelled } from './call-cancellations.js';
import type { CallPlan, Flight, StoredResult } from './call-plan.js';
import { CallInProgress } from './open-call.js';
import { SingleFlight } from './single-flight.js';
import { pause, withinTime } from './waiting.js';

export interface PaidResult<T> extends StoredResult<T> {
  /** True where it had been paid for already. */
  readonly replayed: boolean;
}

/** How often a call that another replica makes is looked for. */
const ELSEWHERE_POLL_MS = 200;
/** How long a replica whose lock is gone has to come back before its calls are made anew. */
const GONE_GRACE_MS = 1_000;

/**
 * Makes calls that cost money: each attempt is in the ledger before it leaves, a call id that was answered is
 * answered the same again, and whoever asks while it is being answered waits.
 */
@Injectable()
export class PaidCalls {
  private readonly flights = new SingleFlight<PaidResult<unknown>>();

  constructor(
    private readonly attempts: CallAttempts,
    private readonly ledger: CallLedger,
    private readonly seal: ResultSeal,
    private readonly presence: ReplicaPresence,
    private readonly prices: PriceTable,
    private readonly budgets: BudgetGuard,
    private readonly cache: AnswerCache,
    private readonly cancellations: CallCancellations,
    private readonly metrics: RouterMetrics,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws BatonError `model-unavailable`, `model-rejected-request`, `model-output-invalid`, `budget-exceeded`,
   *   `too-many-requests`, `cancelled`, `erased`, `deadline-exceeded`, `unavailable`, or the plan's own
   */
  async make<R, T>(plan: CallPlan<R, T>): Promise<PaidResult<T>> {
    const { tenantId, callId, kind } = plan.identity;
    const { value, shared } = await this.flights.run(`${tenantId}/${kind}/${callId}`, () =>
      this.cancellations.during(plan.identity, (end) =>
        withinTime(plan.timeoutMs, end, (signal, deadline) => this.begin({ plan, signal, deadline })),
      ),
    );
    if (shared || value.replayed) this.metrics.replay(kind);
    return { ...(value as PaidResult<T>), replayed: shared || value.replayed };
  }

  private async begin<R, T>(flight: Flight<R, T>): Promise<PaidResult<T>> {
    const { plan, signal } = flight;
    const [first] = plan.routes;
    if (!first) throw new BatonError('model-unavailable', 'No model is configured');
    // A result that could not be stored would be paid for again: no key, no call.
    const [key, known] = await Promise.all([
      this.seal.keyFor(plan.identity),
      this.cache.find<T>(plan.identity, plan.cacheKey),
      this.presence.shown(),
    ]);
    const row = openRow(plan.identity, {
      number: 1,
      model: known?.model ?? first.name,
      owner: this.presence.id,
      now: this.clock.nowIso(),
    });
    const verdict = await this.openWhenFree(row, signal);
    if (verdict.kind === 'cancelled') throw cancelled();
    if (verdict.kind === 'settled') {
      const stored = (await this.seal.open(plan.identity.tenantId, verdict.result)) as StoredResult<T>;
      return { ...stored, replayed: true };
    }
    const call = new CallInProgress({ ...row, attempt: verdict.attempt }, verdict.reported, verdict.cutOff, {
      cost: (model, usage, day) => this.prices.cost(model, usage, day),
      nowIso: () => this.clock.nowIso(),
    });
    return { ...(await this.answer(flight, call, key, known)), replayed: false };
  }

  private async answer<R, T>(
    flight: Flight<R, T>,
    call: CallInProgress,
    key: ResultKey,
    known: { readonly model: string; readonly result: T } | undefined,
  ): Promise<StoredResult<T>> {
    const { plan } = flight;
    if (known) {
      plan.replay?.(known.result);
      return this.attempts.finishFromCache(flight, call, key, known);
    }
    const refusal = await this.budgets.refusal(plan.identity);
    if (refusal) return this.attempts.refuse(flight, call, refusal);
    const stored = await this.attempts.run(flight, call, key);
    this.budgets.spent(plan.identity, stored.usage.cost_usd);
    await this.cache.keep(plan.identity, plan.cacheKey, key, { model: stored.model, result: stored.result });
    return stored;
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
}
