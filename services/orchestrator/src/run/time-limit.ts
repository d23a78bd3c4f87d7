import { BatonError } from '@baton/contracts';

import type { RunClock } from './runtime.ports.js';

/**
 * Gives `work` a signal that ends after `ms` or with `parent`, and waits for it all the same: a side effect that
 * has begun is seen through, and nothing goes on unseen behind an end.
 * @throws BatonError `deadline-exceeded` where the time was up and nothing came of the work
 */
export const limited = async <T>(
  ms: number,
  parent: AbortSignal,
  clock: RunClock,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const time = new AbortController();
  const done = new AbortController();
  const late = new BatonError('deadline-exceeded', `Not done within ${ms} ms`);
  const watching = clock.sleep(ms, done.signal).then(() => {
    if (!done.signal.aborted) time.abort(late);
  });
  try {
    return await work(AbortSignal.any([time.signal, parent]));
  } catch (error) {
    if (time.signal.aborted && !parent.aborted) throw late;
    throw error;
  } finally {
    done.abort();
    await watching;
  }
};
