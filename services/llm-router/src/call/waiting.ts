import { setTimeout as sleep } from 'node:timers/promises';

import { BatonError, isBatonError } from '@baton/contracts';

/** False where the call ended meanwhile. */
export const waited = async (ms: number, signal: AbortSignal): Promise<boolean> => {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    return false;
  }
};

/** @throws BatonError why the call ended, where it did meanwhile */
export const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
  if (!(await waited(ms, signal))) throw stopped(signal);
};

/** Why a call ended before its answer came. */
export const stopped = (signal: AbortSignal): BatonError =>
  isBatonError(signal.reason, 'cancelled')
    ? signal.reason
    : new BatonError('model-unavailable', 'No model answered in time', { cause: signal.reason });

/**
 * Runs `work` with a signal that ends with `parent` or after `ms`. Not `AbortSignal.timeout`: that one holds on to all
 * that the work held until the time is over, long after the work is.
 */
export const withinTime = async <T>(
  ms: number,
  parent: AbortSignal,
  work: (signal: AbortSignal, deadline: number) => Promise<T>,
): Promise<T> => {
  const time = new AbortController();
  const timer = setTimeout(() => time.abort(new DOMException('The time is over', 'TimeoutError')), ms);
  try {
    return await work(AbortSignal.any([parent, time.signal]), performance.now() + ms);
  } finally {
    clearTimeout(timer);
  }
};
