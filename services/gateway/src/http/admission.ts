import { runWithCallContext } from '@baton/bus';
import { BatonError } from '@baton/contracts';
import { newId, traceparentOr } from '@baton/service';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { type Access, forbidden, requireAccess } from '../auth/access.js';
import { Authenticator } from '../auth/authenticator.js';
import type { Principal } from '../auth/principal.js';
import { RateLimits } from '../rate-limit/rate-limits.js';
import { badText } from './storable.js';
import { requestIdOf } from './request-ids.js';

declare module 'fastify' {
  interface FastifyRequest {
    requestId: string;
    traceparent: string;
    /** Set on every route that is not open to all. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}

/**
 * What happens to every request before its body is read: ids, who it is, whether they may, how fast they
 * go. As hooks and not as a guard, because a guard runs after the body was read and parsed, and a stranger
 * shall not make us do that.
 */
@Injectable()
export class Admission {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly limits: RateLimits,
  ) {}

  register(fastify: FastifyInstance): void {
    fastify.decorateRequest('requestId', '');
    fastify.decorateRequest('traceparent', '');
    fastify.decorateRequest('principal', null);
    fastify.addHook('onRequest', (request, reply, done) => {
      identify(request, reply);
      done();
    });
    fastify.addHook('onRequest', async (request, reply) => this.admit(request, reply));
    // The body's own events carry no context: it begins here, where they have ended.
    fastify.addHook('preHandler', (request, _reply, done) => {
      const { requestId: request_id, traceparent, principal } = request;
      const tenant = principal ? { tenant_id: principal.tenantId } : {};
      runWithCallContext({ request_id, traceparent, ...tenant }, done);
    });
  }

  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.is404) return;
    requireReadablePath(request.url);
    const { access } = request.routeOptions.config;
    if (!access) {
      if (request.url.startsWith('/api/')) throw forbidden('Nobody was given access to this route');
      return;
    }
    const principal = await this.authenticator.authenticate(request.headers.authorization);
    request.principal = principal;
    await this.limits.admitRequest(principal, reply);
    requireAccess(access, principal, (request.params as { id?: string } | undefined)?.id);
  }
}

const identify = (request: FastifyRequest, reply: FastifyReply): void => {
  request.requestId = requestIdOf(request.headers['x-request-id'], () => newId('req'));
  request.traceparent = traceparentOr(single(request.headers['traceparent']));
  void reply.header('x-request-id', request.requestId).header('traceparent', request.traceparent);
};

const single = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' ? header : undefined;

const requireReadablePath = (url: string): void => {
  if (!url.includes('%')) return;
  let text: string;
  try {
    text = decodeURIComponent(url);
  } catch {
    throw new BatonError('validation-failed', 'The URL is not percent-encoded UTF-8');
  }
  const problem = badText(text, 'url');
  if (problem) throw new BatonError('validation-failed', 'The URL is not valid', { errors: [problem] });
};
