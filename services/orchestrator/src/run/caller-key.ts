import type { RequestContext } from '@baton/contracts';
import { IDEMPOTENCY_KEEP_MS, type IdempotencyRecord } from '@baton/event-store';

import { runKeyId } from './run-ref.js';

/** The caller's `Idempotency-Key` as it is recorded with what it did to a run. */
export const callerKey = (
  { idempotency }: RequestContext,
  run: { readonly run_id: string; readonly conversation_id: string | null },
): readonly IdempotencyRecord[] =>
  idempotency
    ? [
        {
          scope: `key|${idempotency.route}|${idempotency.caller}|${idempotency.key}`,
          bodyHash: idempotency.body_hash,
          answer: { run_id: run.run_id },
          keepMs: IDEMPOTENCY_KEEP_MS,
          subject: runKeyId(run),
        },
      ]
    : [];
