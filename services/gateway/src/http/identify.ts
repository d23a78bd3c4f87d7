import { newId, traceparentOr } from '@baton/service';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { requestIdOf } from './request-ids.js';
import { beginRequestSpan } from './request-span.js';

declare module 'fastify' {
  interface FastifyRequest {
    requestId: string;
    traceparent: string;
  }
}

/** The ids that every answer carries, whoever gives it. */
export type RequestIds = Record<'x-request-id' | 'traceparent', string>;

/** The caller's own ids where they are some, else new ones. */
export const idsOf = (headers: FastifyRequest['headers'] = {}): RequestIds => ({
  'x-request-id': requestIdOf(headers['x-request-id'], () => newId('req')),
  traceparent: traceparentOr(single(headers['traceparent'])),
});

/** Nest answers preflights in a hook of its own: only this one comes before it, so that those carry the ids too. */
export const identifyRequests = (app: NestFastifyApplication): void => {
  const adapter = app.getHttpAdapter() as FastifyAdapter;
  const fastify = adapter.getInstance();
  fastify.decorateRequest('requestId', '');
  fastify.decorateRequest('traceparent', '');
  fastify.decorateRequest('span', null);
  adapter.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done) => {
    identify(request, reply);
    done();
  });
};

const identify = (request: FastifyRequest, reply: FastifyReply): void => {
  const ids = idsOf(request.headers);
  request.requestId = ids['x-request-id'];
  const given = single(request.headers['traceparent']) === ids.traceparent ? ids.traceparent : undefined;
  request.span = beginRequestSpan(request, given);
  request.traceparent = request.span?.traceparent ?? ids.traceparent;
  // A caller is told what it said; one that said nothing, where its request is to be found.
  void reply.headers({ ...ids, traceparent: given ?? request.traceparent });
};

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
