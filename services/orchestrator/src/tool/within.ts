import { BatonError } from '@baton/contracts';

import { cancellation, throwIfCancelled } from './cancelled.js';

/**
 * Runs `work` for at most `ms`, and no longer than `cancelledBy` lets it; what pays no heed to its signal is
 * left behind.
 * @throws BatonError `deadline-exceeded` or the cancellation
 */
export const within = async <T>(
  ms: number,
  cancelledBy: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  if (cancelledBy) throwIfCancelled(cancelledBy);
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new BatonError('deadline-exceeded', `Not done within ${ms} ms`));
  }, ms);
  const signal = cancelledBy ? AbortSignal.any([limit.signal, cancelledBy]) : limit.signal;
  const ended = Promise.withResolvers<never>();
  const onAbort = (): void => ended.reject(cancellation(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(signal), ended.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
};
