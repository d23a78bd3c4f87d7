import { BatonError } from '@baton/contracts';

import { ProviderError } from './oauth/provider-failure.js';

/** A provider's failure as a caller of the API is told of it: 503, since it is the provider's to mend. */
export const asProblem =
  (provider: string) =>
  (error: unknown): never => {
    if (!(error instanceof ProviderError)) throw error;
    const { failure } = error;
    throw new BatonError('unavailable', `${provider} can't be connected to now: ${error.message}`, {
      retryable: failure.kind === 'unavailable',
      retryAfterMs: (failure.kind === 'unavailable' && failure.retryAfterMs) || DEFAULT_WAIT_MS,
    });
  };

const DEFAULT_WAIT_MS = 10_000;
