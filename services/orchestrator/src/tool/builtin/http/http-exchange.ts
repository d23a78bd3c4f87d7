import { request as requestPlain, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP } from 'node:net';

import { ToolError } from '../../tool.js';
import type { HttpTarget } from './http-target.js';

export const LARGEST_BODY_BYTES = 256 * 1024;

export interface HttpQuestion {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body went on behind what is given. */
  readonly truncated: boolean;
}

const SAFE_METHODS: readonly string[] = ['GET', 'HEAD'];
export const isSafeMethod = (method: string): boolean => SAFE_METHODS.includes(method);

/**
 * One request and its answer, on a connection of its own to the address that was looked at.
 * @throws ToolError `http-failed` where surely nothing was done; another error where that is open
 */
export const exchange = (
  target: HttpTarget,
  question: HttpQuestion,
  signal: AbortSignal,
): Promise<HttpAnswer> =>
  new Promise((resolve, reject) => {
    let isSent = false;
    const fail = (error: Error): void => {
      const isHarmless = !isSent || isSafeMethod(question.method);
      if (signal.aborted) reject(signal.reason as Error);
      else
        reject(
          isHarmless ? new ToolError('http-failed', `The request failed: ${reasonOf(error)}`, true) : error,
        );
    };
    let request;
    try {
      request = (target.url.protocol === 'https:' ? requestTls : requestPlain)(optionsOf(target, question));
    } catch (error) {
      // Node refuses header names and values that are none.
      reject(new ToolError('http-failed', `The request is not valid: ${reasonOf(error as Error)}`));
      return;
    }
    const abort = (): void => void request.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    request.on('close', () => signal.removeEventListener('abort', abort));
    request.on('socket', (socket) => {
      socket.once(target.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (isSent = true));
    });
    request.on('error', fail);
    request.on('response', (response) => {
      readCapped(response).then(
        ({ body, truncated }) =>
          resolve({ status: response.statusCode ?? 0, headers: headersOf(response), body, truncated }),
        fail,
      );
    });
    if (signal.aborted) abort();
    else request.end(question.body ?? undefined);
  });

const optionsOf = (target: HttpTarget, { method, headers, body }: HttpQuestion): RequestOptions => ({
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

const readCapped = async (response: IncomingMessage): Promise<{ body: Buffer; truncated: boolean }> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    // Leaving the loop ends the connection: what follows is not wanted.
    if (size > LARGEST_BODY_BYTES) break;
  }
  const body = Buffer.concat(chunks);
  return { body: body.subarray(0, LARGEST_BODY_BYTES), truncated: size > LARGEST_BODY_BYTES };
};

const headersOf = (response: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );

const reasonOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? error.message;
