import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';

import type { Metrics } from './metrics.js';
import { ExecutionError, type Lock, type Redlock, RedlockClient, ResourceLockedError } from './redlock.js';

const LONGEST_TTL_MS = 10_000;
/** A frozen Redis costs each command its time-out: after one, nobody asks for a while. */
const SKIP_REDIS_MS = 2_000;

export type LeaseResult<T> = { readonly held: true; readonly value: T } | { readonly held: false };

/** The reason of the signal of work whose lease went to somebody else. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/**
 * Leases in Redis: they only save work that would be refused later. Correctness comes from versions in
 * the log; so when Redis is away the work runs without a lease, and a metric says so.
 */
export class Leases {
  private readonly logger = new Logger('Leases');
  private readonly redlock: Redlock;
  private readonly outcomes;
  private skipUntil = 0;
  private holding = 0;

  constructor(redis: Redis, metrics: Metrics) {
    // Its own retries are off: waiting is the caller's decision.
    this.redlock = new RedlockClient([redis], { retryCount: 0, automaticExtensionThreshold: 0 });
    // It emits every refusal as an error event besides throwing it.
    this.redlock.on('error', () => undefined);
    this.outcomes = metrics.counter('baton_leases_total', 'Leases asked for, by what came of them', [
      'outcome',
    ]);
    metrics.sampled('baton_leases_held', 'Pieces of work that run under a lease in this process', [], () => [
      { labels: {}, value: this.holding },
    ]);
  }

  /**
   * Runs `work` while nobody else runs work under the same `resource`. The lease is renewed until the
   * work ends; when somebody else got it meanwhile, `signal` aborts with {@link LeaseLostError}.
   * @returns `held: false`, without having run anything, when another holds it
   */
  async with<T>(
    resource: string,
    ttlMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<LeaseResult<T>> {
    const ttl = Math.min(ttlMs, LONGEST_TTL_MS);
    const lease = new Lease(this.redlock, resource, ttl);
    const outcome = performance.now() < this.skipUntil ? 'without-redis' : await lease.take();
    this.outcomes.inc({ outcome });
    if (outcome === 'refused') return { held: false };
    if (outcome === 'without-redis') this.rest(resource);
    lease.renewUntilReleased(() => this.outcomes.inc({ outcome: 'lost' }));
    this.holding += 1;
    try {
      return { held: true, value: await work(lease.signal) };
    } finally {
      this.holding -= 1;
      lease.release();
    }
  }

  private rest(resource: string): void {
    if (performance.now() < this.skipUntil) return;
    this.skipUntil = performance.now() + SKIP_REDIS_MS;
    this.logger.debug(`${resource} runs without a lease: Redis does not answer`);
  }
}

type TakeOutcome = 'held' | 'refused' | 'without-redis';

/** One piece of work's hold on one resource. */
class Lease {
  private readonly abort = new AbortController();
  private lock: Lock | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isReleased = false;

  constructor(
    private readonly redlock: Redlock,
    private readonly resource: string,
    private readonly ttlMs: number,
  ) {}

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  async take(): Promise<TakeOutcome> {
    try {
      this.lock = await this.redlock.acquire([this.resource], this.ttlMs);
      return 'held';
    } catch (error) {
      return (await whyNot(error)) === 'refused' ? 'refused' : 'without-redis';
    }
  }

  renewUntilReleased(onLost: () => void): void {
    this.timer = setTimeout(() => void this.renew(onLost), this.ttlMs / 3).unref();
  }

  release(): void {
    this.isReleased = true;
    clearTimeout(this.timer);
    // Not waited for: what is not released ends with its time.
    this.lock?.release().catch(() => undefined);
  }

  private async renew(onLost: () => void): Promise<void> {
    const isOurs = await this.extendOrTakeAgain();
    if (this.isReleased) return this.release();
    if (isOurs) return this.renewUntilReleased(onLost);
    onLost();
    this.abort.abort(new LeaseLostError(`${this.resource} is held by another`));
  }

  /** A flushed Redis has forgotten us: whoever comes first then holds it, maybe us again. */
  private async extendOrTakeAgain(): Promise<boolean> {
    if (this.lock) {
      try {
        this.lock = await this.lock.extend(this.ttlMs);
        return true;
      } catch (error) {
        if ((await whyNot(error)) === 'no-word') return true;
      }
    }
    return (await this.take()) !== 'refused';
  }
}

/** What stands behind a failed lock command: Redis said no, our time is over, or Redis said nothing. */
const whyNot = async (error: unknown): Promise<'refused' | 'expired' | 'no-word'> => {
  if (!(error instanceof ExecutionError)) return 'no-word';
  if (error.attempts.length === 0) return 'expired';
  const stats = await error.attempts.at(-1);
  const votes = [...(stats?.votesAgainst.values() ?? [])];
  return votes.some((vote) => vote instanceof ResourceLockedError) ? 'refused' : 'no-word';
};
