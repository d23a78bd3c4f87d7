import { Clock } from '@baton/service';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import { actorOf, callerOf, type Principal } from '../auth/principal.js';
import { CONVERSATION_ID } from '../dto/caller-ids.js';
import { idsOf } from '../http/identify.js';
import { type AuditDetails, type AuditEntry, type AuditObject, traceIdOf } from './audit-entry.js';
import { AuditWriter } from './audit-writer.js';
import { AUDITED_ROUTES, AUDITED_SOCKETS, type AuditedRoute } from './audited-routes.js';
import { RecentLooks } from './recent-looks.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whoever takes the response over for a stream says so: it may be open for days. */
    streamOpened: (() => void) | null;
    /** Undefined for a route that leaves no row, and until the request was let in. */
    audited: AuditedRoute | undefined;
    /** What a route that shows codes of its answer has answered. */
    auditedAnswer: string | null;
  }
}

/**
 * The one place where a request becomes a row of the trail: what a route of {@link AUDITED_ROUTES} did, and whoever was refused
 * anything. Reads cost the caller nothing; what changes Baton is written before it is answered.
 */
@Injectable()
export class RequestAudit {
  private readonly looks = new RecentLooks();

  constructor(
    private readonly writer: AuditWriter,
    private readonly clock: Clock,
  ) {}

  register(fastify: FastifyInstance): void {
    fastify.decorateRequest('streamOpened', null);
    fastify.decorateRequest('audited', undefined);
    fastify.decorateRequest('auditedAnswer', null);
    fastify.addHook('preHandler', (request, _reply, done) => {
      request.audited = routeOf(request);
      if (request.audited?.when === 'read') request.streamOpened = () => this.opened(request);
      done();
    });
    fastify.addHook('onSend', (request, reply, payload, done) => {
      const route = request.audited;
      if (route?.answer && typeof payload === 'string') request.auditedAnswer = payload;
      if (route?.when !== 'first' || !request.principal || !isSuccess(reply)) return done(null, payload);
      void this.writer.now(this.entryOf(request, request.principal, route)).then(() => done(null, payload));
    });
    fastify.addHook('onResponse', (request, reply, done) => {
      if (reply.statusCode === 403) this.refused(request);
      else if (isSuccess(reply) && !reply.hasHeader('idempotency-replayed')) this.done(request);
      done();
    });
  }

  /** A WebSocket is one look too, when it is let in. */
  socketOpened({ headers }: Pick<FastifyRequest, 'headers'>, principal: Principal, path: string): void {
    const socket = AUDITED_SOCKETS.find(([prefix]) => path.startsWith(prefix));
    if (!socket || principal.kind === 'customer') return;
    const [prefix, action, type] = socket;
    const rest = path.slice(prefix.length);
    const ids = idsOf(headers);
    this.writer.soon({
      tenantId: principal.tenantId,
      at: this.clock.nowIso(),
      actor: actorOf(principal),
      action,
      object: { type, id: rest === '' ? '*' : shown(rest) },
      outcome: 'SUCCEEDED',
      requestId: ids['x-request-id'],
      traceId: traceIdOf(ids.traceparent),
    });
  }

  /** A stream is one look, when it begins; its end is none. */
  private opened(request: FastifyRequest): void {
    this.done(request);
    request.audited = undefined;
  }

  private done(request: FastifyRequest): void {
    const { principal, audited: route } = request;
    if (!route || !principal || route.when === 'first' || route.when === 'elsewhere') return;
    if (route.when === 'read') {
      // A customer looks at what is the customer's own.
      if (principal.kind === 'customer') return;
      const { id } = objectOf(request, route);
      const isNew = this.looks.isNew(`${principal.tenantId} ${callerOf(principal)} ${route.action} ${id}`);
      if (!isNew) return;
    }
    this.writer.soon(this.entryOf(request, principal, route));
  }

  private refused(request: FastifyRequest): void {
    const { principal } = request;
    if (!principal) return;
    const route = routeOf(request);
    const url = request.routeOptions.url ?? '';
    const details = { route: `${request.method} ${url}` };
    const look = `${principal.tenantId} ${callerOf(principal)} refused ${request.method} ${request.url}`;
    if (!this.looks.isNew(look)) return;
    this.writer.soon({
      ...this.common(request, principal),
      action: route?.action ?? 'route.called',
      object: route ? objectOf(request, route) : { type: 'route', id: details.route },
      conversationId: route && conversationOf(request, route),
      outcome: 'REFUSED',
      details,
    });
  }

  private entryOf(request: FastifyRequest, principal: Principal, route: AuditedRoute): AuditEntry {
    return {
      ...this.common(request, principal),
      action: route.action,
      object: objectOf(request, route),
      conversationId: conversationOf(request, route),
      outcome: 'SUCCEEDED',
      details: { ...filtersOf(request, route), ...fieldsOf(request, route) },
    };
  }

  private common(request: FastifyRequest, principal: Principal) {
    return {
      tenantId: principal.tenantId,
      at: this.clock.nowIso(),
      actor: actorOf(principal),
      requestId: request.requestId,
      traceId: traceIdOf(request.traceparent),
    };
  }
}

const routeOf = (request: FastifyRequest): AuditedRoute | undefined =>
  AUDITED_ROUTES.get(`${request.method} ${request.routeOptions.url ?? ''}`);

const isSuccess = ({ statusCode }: FastifyReply): boolean => statusCode >= 200 && statusCode < 400;

const objectOf = (request: FastifyRequest, { object, id }: AuditedRoute): AuditObject => ({
  type: object,
  id: id === undefined ? '*' : shown(valueOf(request, id)),
});

const conversationOf = (request: FastifyRequest, { isConversation, id }: AuditedRoute): string | null => {
  const found = isConversation && id !== undefined ? valueOf(request, id) : undefined;
  return typeof found === 'string' && CONVERSATION_ID.test(found) ? found : null;
};

const BODY = 'body.';

const valueOf = ({ params, body }: FastifyRequest, id: string): unknown =>
  id.startsWith(BODY)
    ? (body as Record<string, unknown> | null | undefined)?.[id.slice(BODY.length)]
    : (params as Record<string, unknown> | undefined)?.[id];

/** What a stranger writes where an id belongs may be anything. */
const shown = (value: unknown): string =>
  typeof value === 'string' && /^[A-Za-z0-9_:.-]{1,128}$/.test(value) ? value : 'no-id';

const filtersOf = ({ query }: FastifyRequest, { query: names }: AuditedRoute): AuditDetails => {
  const given = (names ?? []).filter((name) => Object.hasOwn(query ?? {}, name));
  return given.length === 0 ? {} : { filters: given };
};

/** Only what the route names, and only where it is a code or a number. */
const fieldsOf = ({ auditedAnswer }: FastifyRequest, { answer: names }: AuditedRoute): AuditDetails => {
  if (names === undefined || !auditedAnswer) return {};
  const body = JSON.parse(auditedAnswer) as Record<string, unknown> | null;
  const found = names.filter((name) => ['string', 'number', 'boolean'].includes(typeof body?.[name]));
  return Object.fromEntries(found.map((name) => [name, body?.[name]])) as AuditDetails;
};
