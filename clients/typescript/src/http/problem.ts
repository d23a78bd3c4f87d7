/** One field that was not as it must be. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

const URN = 'urn:baton:problem:';

interface ProblemBody {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly instance?: string;
  readonly errors?: readonly FieldProblem[];
  readonly state?: string;
}

/** The server's refusal: an RFC 9457 problem, or what stood in front of the server and spoke another language. */
export class BatonProblem extends Error {
  override readonly name = 'BatonProblem';

  constructor(
    /** HTTP status. */
    readonly status: number,
    /** The last part of `type`: `not-found`, `invalid-transition`…; `unknown` where no problem was sent. */
    readonly code: string,
    /** The whole of what was sent. */
    readonly problem: ProblemBody,
    /** What `Retry-After` said, in milliseconds. */
    readonly retryAfterMs?: number,
    /** To find the request in the server's log. */
    readonly requestId?: string,
  ) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}`);
  }

  /** The fields that were refused, where it is about fields. */
  get errors(): readonly FieldProblem[] {
    return this.problem.errors ?? [];
  }
}

/** No answer: the network, the server's door, or the time that a call may take. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
}

/** Whether something thrown is a refusal of the server, and of this kind if one is named. */
export const isProblem = (error: unknown, code?: string): error is BatonProblem =>
  error instanceof BatonProblem && (code === undefined || error.code === code);

/** Reads a response that is no success. */
export const problemOf = async (response: Response): Promise<BatonProblem> => {
  const body = await readBody(response);
  const code = body.type?.startsWith(URN) ? body.type.slice(URN.length) : 'unknown';
  return new BatonProblem(
    response.status,
    code,
    body,
    retryAfterMs(response.headers.get('retry-after')),
    response.headers.get('x-request-id') ?? undefined,
  );
};

const readBody = async (response: Response): Promise<ProblemBody> => {
  if (!/json/.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    return {};
  }
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    // A body that broke off: the status still says what happened.
    return {};
  }
};

/** Seconds or a date (RFC 9110, 10.2.3); undefined for anything else. */
export const retryAfterMs = (header: string | null, nowMs: number = Date.now()): number | undefined => {
  if (header === null) return undefined;
  if (/^\d+$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
};
