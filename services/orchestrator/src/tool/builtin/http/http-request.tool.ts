import {
  exchange,
  isSafeMethod,
  MOST_REDIRECTS,
  type OutboundAnswer,
  OutboundGuard,
  type OutboundRequest,
  type OutboundTarget,
  redirected,
  redirectOf,
  type ResolveName,
} from '@baton/service';

import { type Tool, type ToolArguments, type ToolContext, ToolError } from '../../tool.js';
import { asToolError } from '../../outbound-failure.js';

const TIMEOUT_MS = 10_000;
const LONGEST_BODY = 256 * 1024;

/** Written by the connection itself, or a way around its checks. */
const RESERVED_HEADERS =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|keep-alive|accept-encoding|proxy-.*)$/;
export interface HttpToolOptions {
  /** `host:port` that may be reached though they are private or loopback. */
  readonly allowed: readonly string[];
  readonly resolve?: ResolveName;
}

export const httpRequestTool = ({ allowed, resolve }: HttpToolOptions): Tool => {
  const guard = new OutboundGuard(allowed, resolve);
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
    idempotency: (args) => (isSafeMethod(args['method'] as string) ? 'safe' : 'unknown'),
    sees: [],
    dependency: (args) => hostOf(args['url'] as string),
    isTroubled: (answer) => {
      const { status } = answer as OutboundAnswer;
      return status >= 500 || status === 429;
    },
    run: async (args, context) => {
      const question = questionOf(args, context);
      const answer = await follow(guard, args['url'] as string, question, context.signal).catch(
        asToolError(question.method),
      );
      return shown(answer);
    },
  };
};

/** Where nothing answers for a URL that is none, there is nothing to leave alone. */
const hostOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).host : undefined);

const questionOf = (args: ToolArguments, context: ToolContext): OutboundRequest => {
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
  guard: OutboundGuard,
  url: string,
  asked: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> => {
  let target: OutboundTarget = await guard.target(url);
  let question = asked;
  for (let hops = 0; ; hops += 1) {
    const answer = await exchange(target, question, signal);
    const location = redirectOf(answer.status, answer.headers['location']);
    if (location === undefined) return answer;
    if (hops === MOST_REDIRECTS)
      throw new ToolError('too-many-redirects', `More than ${MOST_REDIRECTS} redirects`);
    const next = await guard.target(location, target.url);
    const sentOn = redirected(question, answer.status, target.url.origin !== next.url.origin);
    // What was approved for one host is not done at another.
    if (!sentOn)
      throw new ToolError(
        'redirect-refused',
        `The server answered ${answer.status} and sends the request on to another host`,
      );
    question = sentOn;
    target = next;
  }
};

const shown = ({ status, headers, body, truncated }: OutboundAnswer): unknown => {
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
