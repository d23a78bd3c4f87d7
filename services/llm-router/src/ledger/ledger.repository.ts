import { isBatonError } from '@baton/contracts';
import { GroupCommit } from '@baton/event-store';
import { Clock, Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { LedgerRow } from './ledger-row.js';
import { PRESENCE_LOCK_CLASS } from './ledger.schema.js';

/** What the ledger says before an attempt. */
export type OpenVerdict =
  | {
      readonly kind: 'opened';
      readonly attempt: number;
      /** 1 where an attempt that a crash cut off was closed as `unknown` on the way. */
      readonly cutOff: number;
      /** Version of the last event about this call. */
      readonly reported: number;
    }
  /** Answered before: the sealed result, null where it was erased. */
  | { readonly kind: 'settled'; readonly model: string; readonly result: unknown }
  /** It was cancelled: it is not made again. */
  | { readonly kind: 'cancelled' }
  /** Another replica is making this call, or died doing so and has not been given up yet. */
  | { readonly kind: 'running'; readonly owner: number; readonly alive: boolean };

export interface OpenRequest {
  readonly row: LedgerRow;
  /** The attempt before this one, closed. */
  readonly closed?: LedgerRow;
  /** A replica that was seen to be gone before, and is gone for good if it still is. */
  readonly gone?: number;
}

export interface AbandonedCall {
  readonly row: LedgerRow;
  readonly reported: number;
}

@Injectable()
export class LedgerRepository {
  private readonly opens = new GroupCommit<OpenRequest, OpenVerdict>((batch) => this.openBatch(batch), {
    maxBatch: 64,
    parallel: 2,
    isOnesFault: (error) => !isBatonError(error, 'unavailable'),
  });

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** One commit, shared with other callers' where they come together. */
  open(request: OpenRequest): Promise<OpenVerdict> {
    return this.opens.submit(request);
  }

  /** Attempts whose replica is gone and that nobody asked for again. */
  async abandoned(olderThanMs: number, limit: number): Promise<AbandonedCall[]> {
    const { schema } = this.database;
    const before = new Date(this.clock.now().getTime() - olderThanMs).toISOString();
    const rows = await this.database.system<{ row: LedgerRow; reported: number }>(
      `SELECT to_jsonb(c) || jsonb_build_object('cost_usd', c.cost_usd::text) AS row,
              (SELECT coalesce(max(o.event_version), 0) FROM ${schema}.llm_calls o
                WHERE o.tenant_id = c.tenant_id AND o.call_id = c.call_id)::int AS reported
         FROM ${schema}.llm_calls c
        WHERE c.outcome = 'open' AND c.started_at < $1
          AND NOT EXISTS (SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
                AND l.classid::bigint = ${PRESENCE_LOCK_CLASS} AND l.objid::bigint = c.owner
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))
        ORDER BY c.started_at LIMIT $2`,
      [before, limit],
    );
    return rows.map(({ row, reported }) => ({ row, reported }));
  }

  private async openBatch(batch: readonly OpenRequest[]): Promise<readonly OpenVerdict[]> {
    const [row] = await this.database.hot<{ verdicts: OpenVerdict[] }>(
      `SELECT ${this.database.schema}.open_llm_calls($1::jsonb) AS verdicts`,
      [JSON.stringify(batch)],
    );
    return row?.verdicts ?? [];
  }
}
