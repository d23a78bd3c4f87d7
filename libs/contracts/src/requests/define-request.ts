import { z } from 'zod';

import { Actor } from '../envelope.js';
import { TenantId } from '../ids.js';

/** The caller's idempotency key, scoped to route and caller; recorded by the owner of the effect in its own transaction. */
export const Idempotency = z.object({
  key: z.string().min(1).max(255),
  route: z.string(),
  caller: z.string(),
  body_hash: z.string(),
});
export type Idempotency = z.infer<typeof Idempotency>;

/** What every request carries beside its body. */
export const RequestContext = z.object({
  /** `*` only between services, for what concerns every tenant: reading a log, resolving a model. */
  tenant_id: z.union([TenantId, z.literal('*')]),
  actor: Actor,
  request_id: z.string(),
  idempotency: Idempotency.optional(),
});
export type RequestContext = z.infer<typeof RequestContext>;

/** A request/reply contract: its pattern on the bus, the schema of its body, the type of its answer. */
export interface RequestDefinition<B extends z.ZodType = z.ZodType, R = unknown> {
  /** `<noun>.<verb>`; on the bus `baton.request.<pattern>`. */
  readonly pattern: string;
  readonly body: B;
  /** Never present at run time: carries the answer's type. */
  readonly answer?: R;
}

export const defineRequest =
  <R>() =>
  <B extends z.ZodType>(pattern: string, body: B): RequestDefinition<B, R> => ({ pattern, body });

export type BodyOf<D> = D extends RequestDefinition<infer B, unknown> ? z.output<B> : never;
export type BodyInputOf<D> = D extends RequestDefinition<infer B, unknown> ? z.input<B> : never;
export type AnswerOf<D> = D extends RequestDefinition<z.ZodType, infer R> ? R : never;

/** An answer to a command that may be a replay of an earlier one with the same idempotency key. */
export interface Replayable<T> {
  readonly result: T;
  readonly replayed: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor: string | null;
}

/** `?limit=` (1–200, default 50) and `?cursor=`. */
export const PageQuery = z.object({
  limit: z.int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
});
