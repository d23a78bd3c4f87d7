import { BatonError, isBatonError } from '@baton/contracts';

/** Why a signal ended: its own reason where that is one of ours (a timeout, a lost run), else `cancelled`. */
export const cancellation = (signal: AbortSignal): BatonError =>
  isBatonError(signal.reason)
    ? signal.reason
    : new BatonError('cancelled', 'The run was cancelled', { cause: signal.reason });

/** @throws BatonError where the signal has ended */
export const throwIfCancelled = (signal: AbortSignal): void => {
  if (signal.aborted) throw cancellation(signal);
};
