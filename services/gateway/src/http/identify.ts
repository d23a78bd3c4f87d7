import { newId, traceparentOr } from '@baton/service';
import type { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { requestIdOf } from './request-ids.js';

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
  adapter.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done) => {
    identify(request, reply);
    done();
  });
};

const identify = (request: FastifyRequest, reply: FastifyReply): void => {
  const ids = idsOf(request.headers);
  request.requestId = ids['x-request-id'];
  request.traceparent = ids.traceparent;
  void reply.headers(ids);
};

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;
