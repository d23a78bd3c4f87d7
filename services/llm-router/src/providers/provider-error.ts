import type { TokenUsage } from './provider.js';

/** Whose fault a failed attempt is, and with it what is done about it. */
export type FailureKind =
  /** The vendor's or the network's: tried again. */
  | 'transient'
  /** The vendor's no to a parameter that can be left out: asked again at once, without it. */
  | 'adjusted'
  /** The request's: the vendor will say the same again. */
  | 'rejected'
  /** It broke off after something had been streamed: what the customer saw can't be unsaid. */
  | 'cut'
  /** We ended it: the caller gave up, or its turn was cancelled. */
  | 'cancelled';

export interface FailureDetails {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  /** What was used before it failed. */
  readonly usage?: TokenUsage | undefined;
  readonly cause?: unknown;
}

/**
 * A call that failed upstream. Its message is for our logs: what a vendor writes may hold keys, prompts and
 * names of its own, and never reaches a caller.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly usage: TokenUsage | undefined;

  constructor(
    readonly kind: FailureKind,
    message: string,
    details: FailureDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.usage = details.usage;
  }
}

/** No request left: the model was not asked. Its message may be shown. */
export abstract class NotAttemptedError extends ProviderError {
  constructor(message: string, retryAfterMs: number) {
    super('transient', message, { retryAfterMs });
  }
}

/** Statuses that say "not now"; every other 4xx says "not like this". */
const TRANSIENT_STATUSES: ReadonlySet<number> = new Set([408, 409, 425, 429]);

export const kindOfStatus = (status: number): FailureKind =>
  TRANSIENT_STATUSES.has(status) || status >= 500 || status < 400 ? 'transient' : 'rejected';

/** What both SDKs' errors have in common. */
interface SdkError {
  readonly status?: unknown;
  readonly headers?: unknown;
  readonly message: string;
}

/**
 * An SDK's error as a {@link ProviderError}. Errors without a status never got an answer: the connection was
 * refused, reset or timed out, or what came was no JSON.
 */
export const fromSdkError = (
  error: unknown,
  context: { readonly signal: AbortSignal; readonly streamed: boolean; readonly usage?: TokenUsage },
): ProviderError => {
  if (error instanceof ProviderError) return error;
  const { message, status, headers } = (error ?? {}) as SdkError;
  const text = typeof message === 'string' ? message : String(error);
  const details = {
    cause: error,
    ...(context.usage && { usage: context.usage }),
    ...(typeof status === 'number' && { status }),
  };
  if (context.signal.aborted && !isTimeout(context.signal))
    return new ProviderError('cancelled', text, details);
  if (context.streamed) return new ProviderError('cut', text, details);
  const kind = typeof status === 'number' ? kindOfStatus(status) : 'transient';
  const retryAfterMs = headers instanceof Headers ? retryAfterOf(headers, Date.now()) : undefined;
  return new ProviderError(kind, text, { ...details, ...(retryAfterMs !== undefined && { retryAfterMs }) });
};

/** By its name: the platform's own `TimeoutError` is of no class of ours. */
const isTimeout = (signal: AbortSignal): boolean =>
  (signal.reason as { readonly name?: unknown } | undefined)?.name === 'TimeoutError';

/** The wait that a vendor asks for: `retry-after-ms`, `Retry-After` in seconds, or `Retry-After` as a date. */
export const retryAfterOf = (headers: Headers, nowMs: number): number | undefined => {
  const milliseconds = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  const value = headers.get('retry-after');
  if (value === null || value.trim() === '') return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds < 0 ? undefined : seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
};
