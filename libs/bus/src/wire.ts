import type { RequestContext, WireError } from '@baton/contracts';

/** A request as it travels: JSON, its trace in the `traceparent` header. */
export interface WireRequest {
  readonly ctx: RequestContext;
  readonly body: unknown;
  /** Epoch milliseconds after which nobody waits for the answer. */
  readonly deadline: number;
}

export type WireAnswer = { readonly ok: unknown } | { readonly error: WireError };

export const TRACEPARENT_HEADER = 'traceparent';

/**
 * True when this may be handled. Requests come from our own services only, so the context's shape is
 * checked, not its every field; the tenant `*` is the reader of all logs.
 */
export const isWireRequest = (value: unknown): value is WireRequest => {
  const request = value as Partial<WireRequest> | null;
  return (
    typeof request === 'object' &&
    request !== null &&
    typeof request.deadline === 'number' &&
    typeof request.ctx === 'object' &&
    request.ctx !== null &&
    typeof request.ctx.tenant_id === 'string' &&
    typeof request.ctx.request_id === 'string' &&
    typeof request.ctx.actor === 'object'
  );
};
