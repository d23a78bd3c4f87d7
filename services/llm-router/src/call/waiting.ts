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
