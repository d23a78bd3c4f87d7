/** How long a delivery is tried for. */
export const GIVE_UP_MS = 24 * 60 * 60 * 1000;

const LONGEST_WAIT_MS = 60 * 60 * 1000;
/** Of the wait so much is fixed; the rest is drawn, so that what failed together does not come back together. */
const FIXED_PART = 0.75;

export interface RetryOptions {
  /** The wait after the first try; each later one doubles it, up to an hour. */
  readonly firstMs: number;
  /** Tries so far, from 1. */
  readonly tries: number;
  /** What the receiver asked for. */
  readonly retryAfterMs: number | undefined;
  /** 0 to 1. */
  readonly draw: number;
}

/** The wait before the next try, in milliseconds; never shorter than what the receiver asked for. */
export const retryWaitMs = ({ firstMs, tries, retryAfterMs, draw }: RetryOptions): number => {
  const full = Math.min(firstMs * 2 ** Math.min(tries - 1, 40), LONGEST_WAIT_MS);
  const wait = full * (FIXED_PART + (1 - FIXED_PART) * draw);
  return Math.round(Math.max(wait, retryAfterMs ?? 0));
};

/** `Retry-After` in milliseconds: seconds or an HTTP date; undefined where it says nothing that can be read. */
export const readRetryAfter = (header: string | undefined, nowMs: number): number | undefined => {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
};
