import { type Tool, type ToolArguments, type ToolContext, ToolError } from '../../tool.js';
import { exchange, type HttpAnswer, type HttpQuestion, isSafeMethod } from './http-exchange.js';
import { type HttpTarget, resolveName, type ResolveName, TargetGuard } from './http-target.js';

const TIMEOUT_MS = 10_000;
const MOST_REDIRECTS = 5;
const LONGEST_BODY = 256 * 1024;

/** Written by the connection itself, or a way around its checks. */
const RESERVED_HEADERS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|accept-encoding|proxy-.*)$/;
/** What another host may be told of a request that is sent on to it: no credential is among these. */
const HEADERS_FOR_OTHERS: readonly string[] = ['accept', 'accept-language', 'content-type', 'user-agent'];

export interface HttpToolOptions {
  /** `host:port` that may be reached though they are private or loopback. */
  readonly allowed: readonly string[];
  readonly resolve?: ResolveName;
}

export const httpRequestTool = ({ allowed, resolve = resolveName }: HttpToolOptions): Tool => {
  const guard = new TargetGuard(allowed, resolve);
  return {
    name: 'http.request',
    description:
      'Sends an HTTP request to a public address and gives status, headers and body of the answer.',
    source: 'builtin',
    inputSchema: {
      type: 'object',
      properties: {
        method: { enum: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] },
        url: { type: 'string', minLength: 1, maxLength: 8192 },
        headers: {
          type: 'object',
          additionalProperties: { type: 'string', maxLength: 8192 },
          maxProperties: 50,
        },
        body: { description: 'Text as it is; anything else is sent as JSON' },
      },
      required: ['method', 'url'],
      additionalProperties: false,
    },
    riskTier: 'MEDIUM',
    timeoutMs: TIMEOUT_MS,
    sideEffect: (args) => !isSafeMethod(args['method'] as string),
    whenUnsettled: 'people',
    dependency: (args) => hostOf(args['url'] as string),
    isTroubled: (answer) => {
      const { status } = answer as HttpAnswer;
      return status >= 500 || status === 429;
    },
    run: async (args, context) => {
      const question = questionOf(args, context);
      const target = await guard.target(args['url'] as string);
      return shown(await follow(guard, target, question, context.signal));
    },
  };
};

/** Where nothing answers for a URL that is none, there is nothing to leave alone. */
const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

const questionOf = (args: ToolArguments, context: ToolContext): HttpQuestion => {
  const method = args['method'] as string;
  const given = Object.entries((args['headers'] ?? {}) as Record<string, string>);
  const headers = Object.fromEntries(given.map(([name, value]) => [name.toLowerCase(), value]));
  const reserved = Object.keys(headers).find((name) => RESERVED_HEADERS.test(name));
  if (reserved !== undefined)
    throw new ToolError('header-refused', `The header ${reserved} is not yours to set`);
  const body = bodyOf(args['body']);
  if (body !== null && isSafeMethod(method)) throw new ToolError('body-refused', `${method} has no body`);
  if (body !== null && Buffer.byteLength(body) > LONGEST_BODY)
    throw new ToolError('body-refused', `A body has at most ${LONGEST_BODY} bytes`);
  return {
    method,
    body,
    headers: {
      ...(body !== null && typeof args['body'] !== 'string' && { 'content-type': 'application/json' }),
      // For servers that know it: a request that is repeated has the key of the first.
      ...(!isSafeMethod(method) && { 'idempotency-key': context.idempotencyKey }),
      ...headers,
    },
  };
};

const bodyOf = (body: unknown): string | null => {
  if (body === undefined || body === null) return null;
  return typeof body === 'string' ? body : JSON.stringify(body);
};

/** Each hop is looked at like the first. */
const follow = async (
  guard: TargetGuard,
  first: HttpTarget,
  asked: HttpQuestion,
  signal: AbortSignal,
): Promise<HttpAnswer> => {
  let target = first;
  let question = asked;
  for (let hops = 0; ; hops += 1) {
    const answer = await exchange(target, question, signal);
    const location = answer.headers['location'];
    if (![301, 302, 303, 307, 308].includes(answer.status) || !location) return answer;
    if (hops === MOST_REDIRECTS)
      throw new ToolError('too-many-redirects', `More than ${MOST_REDIRECTS} redirects`);
    const next = await guard.target(location, target.url);
    question = redirected(question, answer.status, target.url.origin !== next.url.origin);
    target = next;
  }
};

const redirected = (question: HttpQuestion, status: number, isOtherHost: boolean): HttpQuestion => {
  const keepsMethod = status === 307 || status === 308 || isSafeMethod(question.method);
  // What was approved for one host is not done at another.
  if (keepsMethod && isOtherHost && !isSafeMethod(question.method))
    throw new ToolError(
      'redirect-refused',
      `The server answered ${status} and sends the request on to another host`,
    );
  const names = Object.keys(question.headers).filter(
    (name) =>
      (!isOtherHost || HEADERS_FOR_OTHERS.includes(name)) &&
      (keepsMethod || !['content-type', 'idempotency-key'].includes(name)),
  );
  return {
    method: keepsMethod ? question.method : 'GET',
    body: keepsMethod ? question.body : null,
    headers: Object.fromEntries(names.map((name) => [name, question.headers[name] as string])),
  };
};

const shown = ({ status, headers, body, truncated }: HttpAnswer): unknown => {
  const { 'set-cookie': _cookies, ...rest } = headers;
  return { status, headers: rest, body: readable(body, headers['content-type'] ?? '', truncated), truncated };
};

const readable = (body: Buffer, contentType: string, truncated: boolean): unknown => {
  const text = body.toString('utf8');
  if (text.includes('\u0000')) return `(${body.length} bytes that are no text)`;
  if (truncated || !/[/+]json\b/i.test(contentType)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // It says JSON and is none: the text is all there is.
    return text;
  }
};
