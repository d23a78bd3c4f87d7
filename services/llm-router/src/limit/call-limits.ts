import { randomUUID } from 'node:crypto';

import { BatonError } from '@baton/contracts';
import { RedisClient } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { pause, stopped } from '../call/waiting.js';
import { ModelSettings } from '../models-file/model-settings.js';
import { NotAttemptedError } from '../providers/provider-error.js';
import { RouterMetrics } from '../telemetry/router-metrics.js';
import { type Meter, metersOf } from './limit-rule.js';
import type { Entry, LimitStore, Verdict } from './limit-store.js';
import { LocalLimitStore } from './local-limit-store.js';
import { RedisLimitStore } from './redis-limit-store.js';

export interface Admission {
  readonly tenantId: string;
  readonly model: string;
  /** About how many it will use. */
  readonly tokens: number;
  /** How long a place may be waited for. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/** A place among the calls under way. */
export interface Slot {
  /** Gives it back; told how many tokens were used. */
  leave(usedTokens: number): void;
}

/** The model has no room in time; another may. */
export class LimitReachedError extends NotAttemptedError {
  constructor(model: string, waitMs: number) {
    super(`More is asked of ${model} than its limit lets through`, waitMs);
  }
}

/** What a place is kept for beyond the time that its call has. */
const LEASE_SLACK_MS = 30_000;
const LONGEST_LEASE_MS = 60 * 60_000;
/** After Redis failed, nobody waits for it for this long. */
const REDIS_PAUSE_MS = 1_000;

const NO_SLOT: Slot = { leave: () => undefined };

/**
 * Keeps models and tenants within their limits. Calls that find no room wait in line, one line for a tenant's calls
 * to a model, as long as they have the patience. While Redis is away each replica counts for itself.
 */
@Injectable()
export class CallLimits {
  private readonly shared: LimitStore;
  private readonly local: LimitStore = new LocalLimitStore();
  /** The end of each line. */
  private readonly lines = new Map<string, Promise<void>>();
  private redisPausedUntil = -Infinity;

  constructor(
    private readonly redis: RedisClient,
    private readonly settings: ModelSettings,
    private readonly metrics: RouterMetrics,
  ) {
    this.shared = new RedisLimitStore(redis);
  }

  /**
   * @throws LimitReachedError where the model has no room in time
   * @throws BatonError `too-many-requests` where the tenant has none, `cancelled` or `model-unavailable` where the
   *   call's own time is over
   */
  async admit(admission: Admission): Promise<Slot> {
    const { tenantId, model, patienceMs, signal } = admission;
    const meters = metersOf(this.settings.limits, tenantId, model);
    if (meters.length === 0) return NO_SLOT;
    const until = performance.now() + patienceMs;
    return this.inLine(`${tenantId}/${model}`, until, admission, meters, () =>
      this.takePlace(admission, meters, until, signal),
    );
  }

  /** Who came first asks first: the others need not ask while he waits. */
  private async inLine(
    key: string,
    until: number,
    { signal, model }: Admission,
    meters: readonly Meter[],
    work: () => Promise<Slot>,
  ): Promise<Slot> {
    const before = this.lines.get(key);
    let leave: () => void = () => undefined;
    const left = new Promise<void>((resolve) => (leave = resolve));
    const line = (before ?? Promise.resolve()).then(() => left);
    this.lines.set(key, line);
    try {
      if (before) await this.turn(before, until, signal, model, meters);
      return await work();
    } finally {
      leave();
      if (this.lines.get(key) === line) this.lines.delete(key);
    }
  }

  private async turn(
    before: Promise<void>,
    until: number,
    signal: AbortSignal,
    model: string,
    meters: readonly Meter[],
  ): Promise<void> {
    const impatient = new AbortController();
    const patience = pause(
      Math.max(0, until - performance.now()),
      AbortSignal.any([signal, impatient.signal]),
    )
      .then(() => 'late' as const)
      .catch(() => 'stopped' as const);
    const outcome = await Promise.race([before.then(() => 'turn' as const), patience]);
    impatient.abort();
    if (signal.aborted) throw stopped(signal);
    if (outcome !== 'turn') throw this.refused(model, meters[0] as Meter, 1_000);
  }

  private async takePlace(
    { model, tokens }: Admission,
    meters: readonly Meter[],
    until: number,
    signal: AbortSignal,
  ): Promise<Slot> {
    const began = performance.now();
    const leaseMs = Math.min(LONGEST_LEASE_MS, Math.max(0, until - began)) + LEASE_SLACK_MS;
    const entry: Entry = { id: randomUUID(), meters, tokens, leaseMs };
    for (;;) {
      const { verdict, store } = await this.ask(entry);
      if (verdict.admitted) {
        this.metrics.queued(model, (performance.now() - began) / 1000);
        return { leave: (used) => this.leave(store, entry, used) };
      }
      const left = until - performance.now();
      if (verdict.waitMs > left) throw this.refused(model, meters[verdict.meter] as Meter, verdict.waitMs);
      await pause(verdict.waitMs, signal);
    }
  }

  private refused(model: string, meter: Meter, waitMs: number): Error {
    this.metrics.limited(model);
    return meter.isModels
      ? new LimitReachedError(model, waitMs)
      : new BatonError(
          'too-many-requests',
          'More model calls are made than this tenant may make in a minute',
          {
            retryAfterMs: waitMs,
          },
        );
  }

  private async ask(entry: Entry): Promise<{ readonly verdict: Verdict; readonly store: LimitStore }> {
    if (this.redis.isReady && performance.now() >= this.redisPausedUntil) {
      try {
        return { verdict: await this.shared.admit(entry), store: this.shared };
      } catch {
        // The client has said so in the log; correctness does not hang on it.
        this.redisPausedUntil = performance.now() + REDIS_PAUSE_MS;
      }
    }
    this.metrics.limitedLocally();
    return { verdict: await this.local.admit(entry), store: this.local };
  }

  /** A place that can't be given back is given up when its lease ends. */
  private leave(store: LimitStore, entry: Entry, usedTokens: number): void {
    store.leave(entry, usedTokens).catch(() => undefined);
  }
}
