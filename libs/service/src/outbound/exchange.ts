import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP } from 'node:net';

import { OutboundError } from './outbound-error.js';
import type { OutboundTarget } from './outbound-guard.js';

const LARGEST_BODY_BYTES = 256 * 1024;

export interface OutboundRequest {
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer | null;
}

export interface OutboundAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body went on behind what is given. */
  readonly truncated: boolean;
}

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD'];
export const isSafeMethod = (method: string): boolean => SAFE_METHODS.includes(method);

/**
 * One request and its answer, on a connection of its own to the address that was looked at; redirects are answers.
 * @param maxBytes of the answer's body; the rest is not read
 * @throws OutboundError; the signal's reason
 */
export const exchange = async (
  target: OutboundTarget,
  question: OutboundRequest,
  signal: AbortSignal,
  maxBytes = LARGEST_BODY_BYTES,
): Promise<OutboundAnswer> => {
  const response = await send(target, question, signal);
  try {
    const { body, truncated } = await readCapped(response, maxBytes);
    return { status: response.statusCode ?? 0, headers: headersOf(response), body, truncated };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw failed(error as Error, true);
  }
};

/**
 * Sends a request; resolves with the head of its answer, whose body is still to come.
 * @throws OutboundError; the signal's reason
 */
export const send = (
  target: OutboundTarget,
  question: OutboundRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const isTls = target.url.protocol === 'https:';
    let isSent = false;
    let request;
    try {
      request = (isTls ? requestTls : requestPlain)(optionsOf(target, question));
    } catch (error) {
      // Node refuses header names and values that are none.
      reject(new OutboundError('http-failed', `The request is not valid: ${reasonOf(error as Error)}`));
      return;
    }
    const abort = (): void => void request.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    request.on('close', () => signal.removeEventListener('abort', abort));
    request.on('socket', (socket) => {
      socket.once(isTls ? 'secureConnect' : 'connect', () => (isSent = true));
    });
    request.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : failed(error, isSent)));
    request.on('response', resolve);
    if (signal.aborted) abort();
    else request.end(question.body ?? undefined);
  });

const failed = (error: Error, mayHaveArrived: boolean): OutboundError =>
  new OutboundError(
    'http-failed',
    `The request failed: ${reasonOf(error)}`,
    { mayHaveArrived, isTrouble: true },
    { cause: error },
  );

const optionsOf = (target: OutboundTarget, { method, headers, body }: OutboundRequest): RequestOptions => ({
  host: target.address,
  port: target.port,
  path: `${target.url.pathname}${target.url.search}`,
  method,
  // No pool: a kept connection could be another name's.
  agent: false,
  setHost: false,
  // The certificate must be the name's, though we connect to an address.
  ...(isIP(target.hostname) === 0 && { servername: target.hostname }),
  headers: {
    'user-agent': 'baton',
    accept: '*/*',
    ...headers,
    host: target.url.host,
    'accept-encoding': 'identity',
    ...(body !== null && { 'content-length': String(Buffer.byteLength(body)) }),
  },
});

const readCapped = async (
  response: IncomingMessage,
  maxBytes: number,
): Promise<{ body: Buffer; truncated: boolean }> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    // Leaving the loop ends the connection: what follows is not wanted.
    if (size > maxBytes) break;
  }
  return { body: Buffer.concat(chunks).subarray(0, maxBytes), truncated: size > maxBytes };
};

export const headersOf = (response: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );

const reasonOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? error.message;
