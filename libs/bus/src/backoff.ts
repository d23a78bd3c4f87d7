const FIRST_MS = 250;
const LONGEST_MS = 10_000;

export interface BackoffOptions {
  /** Of the first wait, at most; 250 ms unless told. Doubles with each failure. */
  readonly firstMs?: number;
  /** 10 s unless told. */
  readonly longestMs?: number;
  /** What the other side asked for: we come no sooner, and not all at once. */
  readonly retryAfterMs?: number | undefined;
  readonly random?: () => number;
}

/** Full jitter over `firstMs` × 2^n, `longestMs` at most: how long after its nth failure something is tried again. */
export const backoffMs = (failures: number, options: BackoffOptions = {}): number => {
  const { firstMs = FIRST_MS, longestMs = LONGEST_MS, retryAfterMs = 0, random = Math.random } = options;
  const full = Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1));
  return Math.round(retryAfterMs + random() * full);
};
