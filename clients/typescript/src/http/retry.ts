/** How often and how patiently a call is made again. */
export interface RetryPolicy {
  /** Calls in all, the first included. */
  readonly attempts: number;
  /** The longest first pause; each further one may be twice as long. Milliseconds. */
  readonly baseMs: number;
  /** No pause is longer, but for one that the server asks for. Milliseconds. */
  readonly maxMs: number;
  /** A server that asks for more patience than this (`Retry-After`) is not waited for. Milliseconds. */
  readonly longestRetryAfterMs: number;
}

export const DEFAULT_RETRIES: RetryPolicy = {
  attempts: 5,
  baseMs: 300,
  maxMs: 8000,
  longestRetryAfterMs: 60_000,
};

/** What passes by itself: too fast, not up, not reached. */
const PASSING: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export const isPassing = (status: number): boolean => PASSING.has(status);

/** A repetition does what the first did: by the method, or because the server knows the key. */
export const isRepeatable = (request: Request): boolean =>
  request.method !== 'PATCH' && (request.method !== 'POST' || request.headers.has('idempotency-key'));

/**
 * The pause before the next call, in milliseconds; undefined where there shall be none. Random over its whole length,
 * so that those who failed together do not come back together.
 *
 * @param failures how many calls have failed in a row
 * @param retryAfter what the server asked for, in milliseconds
 */
export const pauseMs = (
  policy: RetryPolicy,
  failures: number,
  retryAfter?: number,
  random: () => number = Math.random,
): number | undefined => {
  if (failures >= policy.attempts) return undefined;
  if (retryAfter !== undefined && retryAfter > policy.longestRetryAfterMs) return undefined;
  const longest = Math.min(policy.maxMs, policy.baseMs * 2 ** Math.min(failures - 1, 30));
  return (retryAfter ?? 0) + random() * longest;
};

/** Ends early, with the signal's reason, when the signal says so. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', abort, { once: true });
  });
