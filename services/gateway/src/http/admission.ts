import { type CallContext, runWithCallContext } from '@baton/bus';
import { BatonError } from '@baton/contracts';
import { Metrics } from '@baton/service';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { type Access, forbidden, requireAccess } from '../auth/access.js';
import { Authenticator } from '../auth/authenticator.js';
import { whyOpen } from '../auth/open-routes.js';
import type { Principal } from '../auth/principal.js';
import { AgentLinks } from '../link/agent-links.js';
import { EventLoopDelay } from '../overload/event-loop-delay.js';
import { RateLimits } from '../rate-limit/rate-limits.js';
import { endRequestSpan } from './request-span.js';
import { badText } from './storable.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on every route that is not open to all. */
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}

/**
 * What happens to every request before its body is read: who it is, whether they may, how fast they go. As hooks and not as a guard, because a guard runs after the body was read and parsed, and a stranger
 * shall not make us do that.
 */
@Injectable()
export class Admission {
  private readonly duration;

  constructor(
    private readonly authenticator: Authenticator,
    private readonly limits: RateLimits,
    private readonly loop: EventLoopDelay,
    private readonly links: AgentLinks,
    metrics: Metrics,
  ) {
    this.duration = metrics.histogram('baton_http_request_seconds', 'From the request to its answer', [
      'method',
      'route',
      'status',
    ]);
  }

  register(fastify: FastifyInstance): void {
    fastify.decorateRequest('principal', null);
    fastify.addHook('onRequest', async (request, reply) => this.admit(request, reply));
    // The body's own events carry no context: it begins here, where they have ended.
    fastify.addHook('preHandler', (request, _reply, done) => {
      runWithCallContext(callContextOf(request), done);
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      const route = request.routeOptions.url ?? 'none';
      this.duration.observe(
        { method: request.method, route, status: reply.statusCode },
        reply.elapsedTime / 1000,
      );
      endRequestSpan(request, reply);
      done();
    });
  }

  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (request.is404) return;
    requireReadablePath(request.url);
    const { access } = request.routeOptions.config;
    if (!access) {
      if (whyOpen(request.routeOptions.url ?? '') === undefined)
        throw forbidden('Nobody was given access to this route');
      return;
    }
    this.loop.admit();
    const principal = await this.authenticator.authenticate(request.headers.authorization);
    request.principal = principal;
    this.links.seen(principal);
    await this.limits.admitRequest(principal, reply);
    requireAccess(access, principal, (request.params as { id?: string } | undefined)?.id);
  }
}

/** What every log line of this request carries. */
const callContextOf = ({
  requestId,
  traceparent,
  principal,
  params,
  url,
  body,
}: FastifyRequest): CallContext => {
  const { id } = (params ?? {}) as { id?: string };
  const ofBody = (body as { conversation_id?: unknown } | null | undefined)?.conversation_id;
  const conversation = /^\/api\/v1\/(?:hil|conversations)\//.test(url) ? (id ?? ofBody) : undefined;
  return {
    request_id: requestId,
    traceparent,
    ...(principal && { tenant_id: principal.tenantId }),
    ...(typeof conversation === 'string' && { conversation_id: conversation }),
  };
};

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
