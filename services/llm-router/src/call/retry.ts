import { BatonError } from '@baton/contracts';

import { NotAttemptedError, type ProviderError } from '../providers/provider-error.js';

/** Tries of one model before the next one's turn. */
export const TRIES_PER_MODEL = 3;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8_000;
/** A vendor that asks for more than this is passed over, where there is another model. */
export const PATIENCE_MS = 5_000;

/** Who is told to come back later than this had better not wait: a customer is. */
const LONGEST_ASKED_MS = 30_000;

export interface AfterFailure {
  readonly failure: ProviderError;
  /** Tries of this model so far. */
  readonly tries: number;
  /** Whether another model is left behind this one. */
  readonly hasFallback: boolean;
  /** Whether the caller takes back what was streamed of an answer that broke off. */
  readonly mayRestart: boolean;
  /** Until the caller no longer waits. */
  readonly remainingMs: number;
  /** In [0, 1). */
  readonly random: number;
}

export type NextStep =
  | { readonly kind: 'retry'; readonly waitMs: number }
  | { readonly kind: 'fallback' }
  | { readonly kind: 'fail'; readonly error: BatonError };

/** What follows a failed attempt. Pure: the clock and the dice are arguments. */
export const afterFailure = (given: AfterFailure): NextStep => {
  const { failure } = given;
  switch (failure.kind) {
    case 'cancelled':
      return {
        kind: 'fail',
        error: new BatonError('cancelled', 'The model call was cancelled', { cause: failure }),
      };
    case 'rejected':
      return { kind: 'fail', error: rejected(failure) };
    case 'cut':
      if (given.mayRestart) return afterTransient(given);
      return { kind: 'fail', error: unavailable('The model broke off in the middle of its answer', failure) };
    case 'adjusted':
      return given.tries < TRIES_PER_MODEL
        ? { kind: 'retry', waitMs: 0 }
        : { kind: 'fail', error: rejected(failure) };
    case 'transient':
      return afterTransient(given);
    default:
      return failure.kind satisfies never;
  }
};

const afterTransient = ({ failure, tries, hasFallback, remainingMs, random }: AfterFailure): NextStep => {
  const waitMs = waitBefore(tries, failure.retryAfterMs, random);
  const worthWaiting =
    !(failure instanceof NotAttemptedError) &&
    tries < TRIES_PER_MODEL &&
    waitMs < remainingMs &&
    !(hasFallback && waitMs > PATIENCE_MS);
  if (worthWaiting) return { kind: 'retry', waitMs };
  if (hasFallback && remainingMs > 0) return { kind: 'fallback' };
  const message = failure instanceof NotAttemptedError ? failure.message : 'No model answered';
  return { kind: 'fail', error: unavailable(message, failure) };
};

/** Exponential with full jitter; never less than the vendor asks for. */
export const waitBefore = (tries: number, retryAfterMs: number | undefined, random: number): number => {
  const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1));
  const jittered = random * ceiling;
  return retryAfterMs === undefined ? jittered : retryAfterMs + jittered / 4;
};

/** A vendor's own words stay in our logs. */
const rejected = (failure: ProviderError): BatonError =>
  new BatonError('model-rejected-request', 'The model provider does not take this request', {
    cause: failure,
    ...(failure.status !== undefined && { details: { provider_status: failure.status } }),
  });

const unavailable = (message: string, failure: ProviderError): BatonError =>
  new BatonError('model-unavailable', message, {
    cause: failure,
    ...(failure.retryAfterMs !== undefined && {
      retryAfterMs: failure.retryAfterMs,
      retryable: failure.retryAfterMs <= LONGEST_ASKED_MS,
    }),
    ...(failure.status !== undefined && { details: { provider_status: failure.status } }),
  });

/** While other tries are left, one may take at most this part of the time. */
const SHARE_OF_TIME = 0.6;
const LEAST_BUDGET_MS = 2_000;

/** How long an attempt may wait for its first sign of life: a vendor that hangs must leave time for another. */
export const attemptBudgetMs = (remainingMs: number, isLast: boolean): number =>
  isLast ? remainingMs : Math.min(remainingMs, Math.max(LEAST_BUDGET_MS, remainingMs * SHARE_OF_TIME));
