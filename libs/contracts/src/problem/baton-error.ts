/**
 * The one throwable that crosses Baton's boundaries. `code` is its identity (never `instanceof`
 * across processes); the HTTP edge maps it to RFC 9457, the bus to nak or dead letter.
 */
export class BatonError extends Error {
  override readonly name = 'BatonError';
  readonly code: ProblemCode;
  readonly retryable: boolean;
  /** Milliseconds to wait before trying again, when that is known. */
  readonly retryAfterMs?: number;
  /** Safe to show to a caller: never a secret, never personal content. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];

  constructor(code: ProblemCode, message: string, options: BatonErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? PROBLEMS[code].retryable;
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? {};
    if (options.errors) this.errors = options.errors;
  }
}

export interface FieldError {
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export interface BatonErrorOptions {
  readonly cause?: unknown;
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];
}

/** Every problem type Baton answers with: `urn:baton:problem:<code>`, its HTTP status and title. */
export const PROBLEMS = {
  'validation-failed': { status: 400, title: 'The request is not valid', retryable: false },
  'malformed-json': { status: 400, title: 'The body is not valid JSON', retryable: false },
  unauthenticated: { status: 401, title: 'A valid token is needed', retryable: false },
  forbidden: { status: 403, title: 'This token may not do that', retryable: false },
  'not-found': { status: 404, title: 'Not found', retryable: false },
  'method-not-allowed': { status: 405, title: 'Method not allowed', retryable: false },
  'invalid-transition': { status: 409, title: 'Not possible in this state', retryable: false },
  conflict: { status: 409, title: 'In conflict with what is there', retryable: false },
  'offer-gone': { status: 409, title: 'The offer is no longer open', retryable: false },
  'version-conflict': { status: 503, title: 'Too busy to settle a conflict', retryable: true },
  'stale-owner': { status: 409, title: 'The conversation has another owner now', retryable: false },
  erased: { status: 410, title: 'Erased', retryable: false },
  'body-too-large': { status: 413, title: 'The body is too large', retryable: false },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type', retryable: false },
  'idempotency-key-reused': {
    status: 422,
    title: 'The idempotency key was used with another body',
    retryable: false,
  },
  'too-many-requests': { status: 429, title: 'Too many requests', retryable: true },
  'budget-exceeded': { status: 429, title: 'A budget is spent', retryable: false },
  'model-refused': { status: 422, title: 'The model refused', retryable: false },
  'model-incapable': { status: 422, title: 'The model cannot do this', retryable: false },
  'model-output-invalid': { status: 502, title: 'The model gave unusable output', retryable: false },
  'model-rejected-request': {
    status: 502,
    title: 'The model provider refused the request',
    retryable: false,
  },
  'model-unavailable': { status: 503, title: 'No model is available', retryable: true },
  'sandbox-unavailable': { status: 503, title: 'No sandbox can run code here', retryable: false },
  'tool-refused': { status: 422, title: 'The tool says no', retryable: false },
  'tool-failed': { status: 502, title: 'The tool did not do it', retryable: false },
  unavailable: { status: 503, title: 'A part that is needed is down', retryable: true },
  'deadline-exceeded': { status: 503, title: 'Not done in time', retryable: true },
  cancelled: { status: 409, title: 'Cancelled', retryable: false },
  internal: { status: 500, title: 'An error of ours', retryable: true },
} as const satisfies Record<string, { status: number; title: string; retryable: boolean }>;

export type ProblemCode = keyof typeof PROBLEMS;

/** A {@link BatonError} as it travels in a bus reply. */
export interface WireError {
  readonly code: ProblemCode;
  readonly message: string;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly errors?: readonly FieldError[];
}

export const isProblemCode = (code: unknown): code is ProblemCode =>
  typeof code === 'string' && Object.hasOwn(PROBLEMS, code);

/** True for a {@link BatonError} of any copy of this package; with `code`, of that code. */
export const isBatonError = (error: unknown, code?: ProblemCode): error is BatonError =>
  error instanceof Error &&
  error.name === 'BatonError' &&
  isProblemCode((error as BatonError).code) &&
  (code === undefined || (error as BatonError).code === code);

/** What of an error may leave the process: a stranger becomes `internal`, its text stays in our logs. */
export const toWireError = (error: unknown): WireError => {
  if (!isBatonError(error)) return { code: 'internal', message: 'An unexpected error', retryable: true };
  return {
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
    ...(Object.keys(error.details).length > 0 && { details: error.details }),
    ...(error.errors && { errors: error.errors }),
  };
};

export const fromWireError = (wire: WireError): BatonError =>
  new BatonError(isProblemCode(wire.code) ? wire.code : 'internal', wire.message, {
    retryable: wire.retryable,
    ...(wire.retryAfterMs !== undefined && { retryAfterMs: wire.retryAfterMs }),
    ...(wire.details && { details: wire.details }),
    ...(wire.errors && { errors: wire.errors }),
  });
