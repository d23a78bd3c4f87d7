import type { RedisClient } from '@baton/service';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

export interface LimitOptions {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
  readonly nowMs?: () => number;
}

/** How one consumption went. */
export interface Consumption {
  readonly isAllowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
}

/** After Redis failed once, nobody waits for it for this long. */
const PAUSE_MS = 1000;

/**
 * Counts in Redis, so that all replicas share a limit; while Redis is away, in this process. Redis that is
 * frozen rather than gone costs one request a second its time-out, not every request.
 */
export class LayeredLimiter {
  private readonly shared: RateLimiterRedis;
  private readonly local: RateLimiterMemory;
  private readonly nowMs: () => number;
  private pausedUntil = -Infinity;

  constructor(
    private readonly redis: Pick<RedisClient, 'isReady'>,
    readonly options: LimitOptions,
  ) {
    const limits = {
      keyPrefix: `baton:limit:${options.name}`,
      points: options.points,
      duration: options.seconds,
    };
    this.shared = new RateLimiterRedis({ ...limits, storeClient: redis });
    this.local = new RateLimiterMemory(limits);
    this.nowMs = options.nowMs ?? (() => performance.now());
  }

  async consume(key: string): Promise<Consumption> {
    const now = this.nowMs();
    if (!this.redis.isReady || now < this.pausedUntil) return spend(this.local, key);
    const wasAway = this.pausedUntil !== -Infinity;
    // The first to come after a pause finds out for the others.
    if (wasAway) this.pausedUntil = now + PAUSE_MS;
    try {
      const consumption = await spend(this.shared, key);
      this.pausedUntil = -Infinity;
      return consumption;
    } catch {
      this.pausedUntil = this.nowMs() + PAUSE_MS;
      return spend(this.local, key);
    }
  }
}

const spend = async (limiter: RateLimiterRedis | RateLimiterMemory, key: string): Promise<Consumption> => {
  try {
    return consumption(true, await limiter.consume(key));
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
