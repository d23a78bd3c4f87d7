import { BatonError } from '@baton/contracts';

/** Why a call was not even tried: its breaker is open, the queue before it is full, or moves too slowly. */
export type RefusalReason = 'open' | 'full' | 'slow';

/** A caller who comes back at once meets the same overload; callers who come back together make the next one. */
const COME_BACK_MS = 1000;

/** A call that was not tried, so that surely nothing was done: `unavailable`, with when to come back. */
export class RefusedError extends BatonError {
  constructor(
    readonly reason: RefusalReason,
    message: string,
    retryAfterMs: number = COME_BACK_MS + Math.random() * 2 * COME_BACK_MS,
  ) {
    super('unavailable', message, { retryAfterMs: Math.round(retryAfterMs) });
  }
}
