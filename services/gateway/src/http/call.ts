import { createHash } from 'node:crypto';

import { BatonError, type Idempotency, type Replayable, type RequestContext } from '@baton/contracts';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

import { actorOf, callerOf, type Principal } from '../auth/principal.js';

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Whom the request comes from; on a route that {@link Allow} guards there always is one. */
export const principalOf = (request: FastifyRequest): Principal => {
  if (!request.principal) throw new BatonError('unauthenticated', 'This needs a token');
  return request.principal;
};

/** What a request carries to the services, the caller's idempotency key included. */
export const contextOf = (request: FastifyRequest): RequestContext => {
  const principal = principalOf(request);
  const idempotency = request.method === 'POST' ? idempotencyOf(request, principal) : undefined;
  return {
    tenant_id: principal.tenantId,
    actor: actorOf(principal),
    request_id: request.requestId,
    ...(idempotency && { idempotency }),
  };
};

const idempotencyOf = (request: FastifyRequest, principal: Principal): Idempotency | undefined => {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    throw new BatonError('validation-failed', 'The request is not valid', {
      errors: [{ path: 'Idempotency-Key', message: 'must be 1 to 255 printable ASCII characters' }],
    });
  }
  const path = request.url.split('?', 1)[0] ?? request.url;
  return {
    key,
    // The path as it was called: the same key on another conversation is another command.
    route: `${request.method} ${path}`,
    caller: callerOf(principal),
    body_hash: createHash('sha256').update(canonicalJson(request.body)).digest('hex'),
  };
};

/** JSON with sorted keys: two bodies that say the same are the same. */
export const canonicalJson = (value: unknown): string =>
  JSON.stringify(value ?? null, (_key, child: unknown) =>
    typeof child === 'object' && child !== null && !Array.isArray(child)
      ? Object.fromEntries(Object.entries(child).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : child,
  );

/** The answer itself; a replay is said in a header. */
export const unwrap = <T>(answer: Replayable<T>, reply: FastifyReply): T => {
  if (answer.replayed) void reply.header('idempotency-replayed', 'true');
  return answer.result;
};

/** The {@link RequestContext} of a request. */
export const Context = createParamDecorator((_: unknown, host: ExecutionContext) =>
  contextOf(host.switchToHttp().getRequest<FastifyRequest>()),
);

/** The {@link Principal} of a request. */
export const Caller = createParamDecorator((_: unknown, host: ExecutionContext) =>
  principalOf(host.switchToHttp().getRequest<FastifyRequest>()),
);
