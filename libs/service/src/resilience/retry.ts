import { backoffMs } from '@baton/bus';
import { isBatonError } from '@baton/contracts';
import { DelegateBackoff, handleWhen, retry } from 'cockatiel';

import { isTrouble } from './breaker.js';

export interface RetryOptions {
  /** Tries in all. */
  readonly attempts: number;
  /** No try begins later than this long after the first. */
  readonly withinMs: number;
  /** Of the wait before the second try, at most; doubles. 100 ms unless told. */
  readonly firstMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** What is worth another try; unless told, what Baton calls retryable and what no error of ours is. */
  readonly isPassing?: (error: unknown) => boolean;
  readonly random?: () => number;
}

/**
 * Repeats what may be repeated: full jitter between tries, and no sooner than the other side asked for. What
 * would fail the same way again, and what could not begin in time, is not tried again.
 */
export const withRetries = <T>(work: () => Promise<T>, options: RetryOptions): Promise<T> => {
  const { attempts, withinMs, firstMs = 100, random, signal, isPassing = mayPass } = options;
  const endsAt = performance.now() + withinMs;
  let tries = 0;
  let waitMs = 0;
  const again = handleWhen((error) => {
    if (!isPassing(error)) return false;
    tries += 1;
    waitMs = backoffMs(tries, {
      firstMs,
      ...(random && { random }),
      ...(isBatonError(error) && error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    });
    return performance.now() + waitMs < endsAt;
  });
  const backoff = new DelegateBackoff(() => waitMs);
  return retry(again, { maxAttempts: attempts - 1, backoff }).execute(work, signal);
};

const mayPass = (error: unknown): boolean =>
  isBatonError(error) ? error.retryable && error.code !== 'internal' : isTrouble(error);
