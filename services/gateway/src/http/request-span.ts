import {
  beginSpan,
  BATON_ATTRIBUTES,
  HTTP_ATTRIBUTES as HTTP,
  isTracing,
  type OpenSpan,
} from '@baton/service';
import { SpanKind } from '@opentelemetry/api';
import type { FastifyReply, FastifyRequest } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    span: OpenSpan | null;
  }
}

/** What an operator's tools and browsers ask again and again, and nobody looks for in traces. */
const UNTRACED = /^\/(?:health|metrics|api\/v1\/docs)(?:\/|$)/;

/**
 * The span of a request, from its head to the end of its answer, in the trace that its caller names or in a new one.
 * It tells the route, never the path: that may name a person, and its query a secret.
 * @param parent the caller's own `traceparent`; undefined where it named none
 */
export const beginRequestSpan = (request: FastifyRequest, parent: string | undefined): OpenSpan | null => {
  if (!isTracing()) return null;
  const route = request.routeOptions.url;
  if (route === undefined || UNTRACED.test(route)) return null;
  return beginSpan(`${request.method} ${route}`, {
    kind: SpanKind.SERVER,
    mayBeRoot: true,
    parent,
    attributes: {
      [HTTP.method]: request.method,
      [HTTP.route]: route,
      [BATON_ATTRIBUTES.request]: request.requestId,
    },
  });
};

/** At the end of its answer. */
export const endRequestSpan = ({ span, principal }: FastifyRequest, { statusCode }: FastifyReply): void => {
  if (!span) return;
  span.set({
    [HTTP.status]: statusCode,
    ...(principal && { [BATON_ATTRIBUTES.tenant]: principal.tenantId }),
  });
  span.end(statusCode >= 500 ? new ServerError(statusCode) : undefined);
};

/** The span's `error.type` is the status, as the conventions have it. */
class ServerError extends Error {
  constructor(status: number) {
    super();
    this.name = String(status);
  }
}
