import {
  isSafeMethod,
  type OutboundAnswer,
  OutboundGuard,
  type OutboundRequest,
  type ResolveName,
} from '@baton/service';

import { asToolError } from '../../outbound/as-tool-error.js';
import { follow } from '../../outbound/follow.js';
import { readableBody } from '../../outbound/readable-body.js';
import { type Tool, type ToolArguments, type ToolContext, ToolError } from '../../tool.js';

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

const shown = (answer: OutboundAnswer): unknown => {
  const { status, headers, truncated } = answer;
  const { 'set-cookie': _cookies, ...rest } = headers;
  return { status, headers: rest, body: readableBody(answer), truncated };
};
