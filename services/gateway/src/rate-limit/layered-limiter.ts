import type { RedisClient } from '@baton/service';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

import { largestChunk, type LocalShare, newShare } from './local-share.js';

export interface LimitOptions {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
  readonly nowMs?: () => number;
  /** Hears of each consumption that this process counts alone. */
  readonly onLocal?: () => void;
}

/** How one consumption went. */
export interface Consumption {
  readonly isAllowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
}

/** After Redis failed once, nobody waits for it for this long. */
const PAUSE_MS = 1000;
const MAX_SHARES = 20_000;

/**
 * Counts over all replicas in Redis, and asks it rarely: a tenth of the limit is spent before it is asked at all, then
 * it is told of what was spent and asked for some more at once. One process is exact; each further one may let
 * a tenth more through. Two round trips a message were a fifth of what a message cost here. While Redis is away
 * the limit counts in this process; Redis that is frozen costs one request a second its time-out, not every request.
 */
export class LayeredLimiter {
  private readonly shared: RateLimiterRedis;
  private readonly local: RateLimiterMemory;
  private readonly shares = new Map<string, LocalShare>();
  private readonly asking = new Map<string, Promise<void>>();
  private readonly chunk: number;
  private readonly free: number;
  private readonly nowMs: () => number;
  private pausedUntil = -Infinity;

  constructor(
    private readonly redis: Pick<RedisClient, 'isReady'>,
    readonly options: LimitOptions,
  ) {
    const { name, points, seconds } = options;
    const limits = { keyPrefix: `baton:limit:${name}`, points, duration: seconds };
    this.shared = new RateLimiterRedis({ ...limits, storeClient: redis });
    this.local = new RateLimiterMemory(limits);
    this.free = Math.floor(points / 10);
    this.chunk = largestChunk(points);
    this.nowMs = options.nowMs ?? (() => performance.now());
  }

  async consume(key: string): Promise<Consumption> {
    for (;;) {
      const now = this.nowMs();
      if (this.isAway(now)) {
        this.options.onLocal?.();
        return spend(this.local, key);
      }
      const share = this.shareOf(key, now);
      if (share.left > 0) {
        share.left -= 1;
        if (!share.isPrepaid) share.untold += 1;
        return { isAllowed: true, remaining: share.left + share.beyond, resetMs: share.endsAt - now };
      }
      if (share.isSpent) return { isAllowed: false, remaining: 0, resetMs: share.endsAt - now };
      await this.ask(key, share);
    }
  }

  private shareOf(key: string, now: number): LocalShare {
    const known = this.shares.get(key);
    if (known && known.endsAt > now) return known;
    const share = newShare(this.free, this.options.points, now + this.options.seconds * 1000);
    this.shares.delete(key);
    this.shares.set(key, share);
    if (this.shares.size > MAX_SHARES) this.forgetOld(now);
    return share;
  }

  /** One question at a time for a key: the others wait for its answer. */
  private ask(key: string, share: LocalShare): Promise<void> {
    let asked = this.asking.get(key);
    if (!asked) {
      asked = this.askRedis(key, share).finally(() => this.asking.delete(key));
      this.asking.set(key, asked);
    }
    return asked;
  }

  private async askRedis(key: string, share: LocalShare): Promise<void> {
    if (this.pausedUntil !== -Infinity) this.pausedUntil = this.nowMs() + PAUSE_MS;
    try {
      const { isAllowed, remaining, resetMs } = await spend(this.shared, key, share.untold + this.chunk);
      this.pausedUntil = -Infinity;
      share.untold = 0;
      share.isPrepaid = true;
      share.left = isAllowed ? this.chunk : 0;
      share.beyond = remaining;
      share.isSpent = !isAllowed;
      share.endsAt = this.nowMs() + resetMs;
    } catch {
      this.pausedUntil = this.nowMs() + PAUSE_MS;
    }
  }

  /** Gone, or failed a moment ago. The first to come after a pause finds out for the others. */
  private isAway(now: number): boolean {
    return !this.redis.isReady || now < this.pausedUntil;
  }

  private forgetOld(now: number): void {
    for (const [key, share] of this.shares) if (share.endsAt <= now) this.shares.delete(key);
    for (const key of this.shares.keys()) {
      if (this.shares.size <= MAX_SHARES) return;
      this.shares.delete(key);
    }
  }
}

const spend = async (
  limiter: RateLimiterRedis | RateLimiterMemory,
  key: string,
  points = 1,
): Promise<Consumption> => {
  try {
    return consumption(true, await limiter.consume(key, points));
  } catch (error) {
    if (error instanceof RateLimiterRes) return consumption(false, error);
    throw error;
  }
};

const consumption = (isAllowed: boolean, result: RateLimiterRes): Consumption => ({
  isAllowed,
  remaining: Math.max(0, result.remainingPoints),
  resetMs: Math.max(0, result.msBeforeNext),
});
