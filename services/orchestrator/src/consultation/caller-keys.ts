import { BatonError, type RequestContext } from '@baton/contracts';
import { IDEMPOTENCY_KEEP_MS, type IdempotencyRecord, type Outcome } from '@baton/event-store';

/** Tenant is implied; a key is one caller's on one route. */
export const callerScope = ({ idempotency }: RequestContext): string | undefined =>
  idempotency && `key|${idempotency.route}|${idempotency.caller}|${idempotency.key}`;

/** The caller's `Idempotency-Key` as it is recorded with what it did. */
export const callerKeys = (
  ctx: RequestContext,
  answer: Readonly<Record<string, string>>,
  subject: string,
): readonly IdempotencyRecord[] => {
  const scope = callerScope(ctx);
  if (scope === undefined || !ctx.idempotency) return [];
  return [{ scope, bodyHash: ctx.idempotency.body_hash, answer, keepMs: IDEMPOTENCY_KEEP_MS, subject }];
};

/**
 * What the first use of the key was answered with.
 * @throws BatonError `idempotency-key-reused` where it came with another body
 */
export const replayOf = <T>(ctx: RequestContext, { bodyHash, answer }: Replayed): T => {
  if (bodyHash !== ctx.idempotency?.body_hash)
    throw new BatonError('idempotency-key-reused', 'This idempotency key came with another body before');
  return answer as T;
};

export type Replayed = Extract<Outcome, { kind: 'replayed' }>;
