import { isBatonError } from '@baton/contracts';

const LONGEST_DELAY_MS = 30_000;

/** Doubles with each try, spread over its upper half so that many runs don't come back at once; never before the time that the failure itself names. */
export const retryDelay = (backoffMs: number, tries: number, error: unknown, random: number): number => {
  const full = Math.min(LONGEST_DELAY_MS, backoffMs * 2 ** (tries - 1));
  const spread = full * (0.5 + random / 2);
  const asked = isBatonError(error) ? (error.retryAfterMs ?? 0) : 0;
  return Math.max(spread, asked);
};
