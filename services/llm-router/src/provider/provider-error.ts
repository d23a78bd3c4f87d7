export type ProviderErrorKind =
  /** Busy, broken, slow or cut off: the same call may go well later, or elsewhere. */
  | 'retry'
  /** Our request or key is wrong: the same call goes wrong everywhere. */
  | 'caller'
  /** The model cannot do what is asked, by its own honest word. */
  | 'incapable'
  /** We stopped it. */
  | 'cancelled';

export interface ProviderErrorOptions {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
  readonly tokensStreamed?: boolean;
}

/** What went wrong with a provider. Its message is for our log; no caller is shown a provider's own words. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  /** Somebody has read a part of the answer: the call must not be made again behind their back. */
  readonly tokensStreamed: boolean;

  constructor(
    readonly kind: ProviderErrorKind,
    message: string,
    options: ProviderErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.retryAfterMs = options.retryAfterMs;
    this.tokensStreamed = options.tokensStreamed ?? false;
  }
}

const WORTH_ANOTHER_TRY = new Set([408, 409, 425, 429]);

export const kindOfStatus = (status: number): ProviderErrorKind =>
  WORTH_ANOTHER_TRY.has(status) || status >= 500 ? 'retry' : 'caller';

/** `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3), in milliseconds from `nowMs`. */
export const retryAfterMs = (header: string | null | undefined, nowMs: number): number | undefined => {
  if (!header) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
};

/** What both vendors' SDKs throw, as far as we look at it. */
interface SdkError {
  readonly status?: number | undefined;
  readonly headers?: Headers | undefined;
  readonly message?: string;
}

/** An SDK's error, or whatever its stream threw, as ours. */
export const toProviderError = (
  error: unknown,
  signal: AbortSignal,
  tokensStreamed: boolean,
): ProviderError => {
  if (error instanceof ProviderError) return error;
  const { status, headers, message } = error as SdkError;
  if (signal.aborted) return new ProviderError('cancelled', 'Cancelled', { cause: error, tokensStreamed });
  if (typeof status !== 'number') {
    // No answer, half an answer, or one that is not of this protocol.
    return new ProviderError('retry', message ?? String(error), { cause: error, tokensStreamed });
  }
  return new ProviderError(kindOfStatus(status), message ?? `status ${status}`, {
    status,
    retryAfterMs: retryAfterMs(headers?.get('retry-after'), Date.now()),
    cause: error,
    tokensStreamed,
  });
};
