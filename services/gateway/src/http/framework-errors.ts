import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

import { BatonError, PROBLEMS, toProblemDetails } from '@baton/contracts';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';

import { idsOf } from './identify.js';

const UNREADABLE_URL = new BatonError(
  'validation-failed',
  'The URL is not percent-encoded UTF-8, or a part of it is too long',
);
const UNREADABLE_REQUEST = new BatonError(
  'validation-failed',
  'This is not an HTTP request that can be read',
);
const HEADERS_TOO_LARGE = new BatonError('validation-failed', 'The headers are too large');

/**
 * What the router and Node's parser refuse before there is a request to speak of never reaches Nest's filters:
 * problems all the same. Node's `clientError` has one listener, Fastify's; ours takes its place.
 */
export const useProblemsBelowRouting = (app: NestFastifyApplication): void => {
  const adapter = app.getHttpAdapter() as FastifyAdapter;
  adapter.registerSecurityHook((request: FastifyRequest, response) => {
    // The router calls it with a request that was not routed, and answers itself unless it is answered here.
    if (request.params !== null) return undefined;
    const body = problem(UNREADABLE_URL, request.url.split('?', 1)[0]);
    const headers = { 'content-type': 'application/problem+json', ...idsOf(request.headers) };
    (response as ServerResponse).writeHead(400, headers).end(body);
    return undefined;
  });
  const server = app.getHttpServer();
  server.removeAllListeners('clientError');
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    refuseOnSocket(socket, error.code === 'HPE_HEADER_OVERFLOW' ? HEADERS_TOO_LARGE : UNREADABLE_REQUEST);
  });
};

/** Answers on a connection that has no response object, and ends it. */
export const refuseOnSocket = (socket: Duplex, error: BatonError, path?: string): void => {
  const { status, title } = PROBLEMS[error.code];
  const body = problem(error, path);
  const { 'x-request-id': requestId, traceparent } = idsOf();
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `X-Request-Id: ${requestId}\r\nTraceparent: ${traceparent}\r\n` +
      `${status === 503 ? 'Retry-After: 1\r\n' : ''}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
};

const problem = (error: BatonError, path: string | undefined): string =>
  JSON.stringify(toProblemDetails(error, path));
