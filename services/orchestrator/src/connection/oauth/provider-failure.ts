import { OutboundError, RefusedError } from '@baton/service';
import * as oauth from 'oauth4webapi';

/** What became of a question to a provider that got no usable answer. */
export type Failure =
  /** The provider's own no, by its OAuth error code. */
  | { readonly kind: 'refused'; readonly error: string }
  /** Down, too busy, or silent; `mayHaveArrived`: what the request spends may be spent. */
  | { readonly kind: 'unavailable'; readonly mayHaveArrived: boolean; readonly retryAfterMs: number | null }
  /** What it answered, or where it sent us, is not to be used. */
  | { readonly kind: 'unusable'; readonly mayHaveArrived: boolean };

/**
 * A provider's failure in words that are ours. It has no cause: what a library hangs on its errors are answers, and in
 * answers there are tokens.
 */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';

  constructor(
    readonly failure: Failure,
    message: string,
  ) {
    super(message);
  }
}

/** Any error of a question to a provider as a {@link ProviderError}; what is an error of ours goes on as it is. */
export const asProviderError = (error: unknown): unknown => {
  if (error instanceof ProviderError) return error;
  if (error instanceof oauth.ResponseBodyError) return ofAnswer(error.status, error.error, error.response);
  if (error instanceof oauth.WWWAuthenticateChallengeError)
    return ofAnswer(error.status, 'invalid_client', error.response);
  if (error instanceof oauth.AuthorizationResponseError) return refused(codeOf(error.error));
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError)
    return ofProcessing(error);
  if (error instanceof RefusedError) return silent('has kept failing and is left alone for a moment', false);
  if (error instanceof OutboundError) return ofOutbound(error);
  if (error instanceof Error && error.name === 'TimeoutError') return silent('did not answer in time', true);
  return error;
};

const ofAnswer = (status: number, error: string, response: Response): ProviderError => {
  const code = codeOf(error);
  if (status >= 500 || status === 429 || code === 'temporarily_unavailable' || code === 'server_error')
    return troubled(status, response);
  return refused(code);
};

const ofProcessing = (
  error: oauth.OperationProcessingError | oauth.UnsupportedOperationError,
): ProviderError => {
  const { cause } = error;
  if (cause instanceof Response && (cause.status >= 500 || cause.status === 429))
    return troubled(cause.status, cause);
  const what = WHAT_IS_WRONG[error.code ?? ''] ?? `the answer is not what the standard says (${error.code})`;
  return new ProviderError({ kind: 'unusable', mayHaveArrived: true }, what);
};

/** In place of the library's texts, which may repeat parts of the answer. */
const WHAT_IS_WRONG: Readonly<Record<string, string>> = {
  [oauth.JSON_ATTRIBUTE_COMPARISON]: 'the metadata name another issuer or resource than was asked for',
  [oauth.MISSING_SERVER_METADATA]: 'the metadata lack an endpoint that is needed',
  [oauth.INVALID_SERVER_METADATA]: 'the metadata are not valid',
  [oauth.HTTP_REQUEST_FORBIDDEN]: 'an endpoint is no https',
  [oauth.JWT_CLAIM_COMPARISON]: 'the ID token is for somebody else',
};

const ofOutbound = (error: OutboundError): ProviderError => {
  const { mayHaveArrived, isTrouble } = error.about;
  return error.code === 'http-failed' && (isTrouble || !mayHaveArrived)
    ? silent('does not answer', mayHaveArrived)
    : new ProviderError({ kind: 'unusable', mayHaveArrived }, error.message);
};

const refused = (error: string): ProviderError =>
  new ProviderError({ kind: 'refused', error }, `the provider refused: ${error}`);

const silent = (how: string, mayHaveArrived: boolean): ProviderError =>
  new ProviderError({ kind: 'unavailable', mayHaveArrived, retryAfterMs: null }, `the provider ${how}`);

const troubled = (status: number, response: Response): ProviderError => {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new ProviderError(
    {
      kind: 'unavailable',
      // Who refuses a request for its rate has not looked at it.
      mayHaveArrived: status !== 429 && status !== 503,
      retryAfterMs: Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3600) * 1000 : null,
    },
    `the provider answered ${status}`,
  );
};

/** A code, and no text: what else a stranger writes there is not repeated. */
const codeOf = (error: string): string => (/^[a-z][a-z_]{0,63}$/.test(error) ? error : 'unknown_error');
