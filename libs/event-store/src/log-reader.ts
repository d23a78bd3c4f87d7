import { BatonError, type LogPage, type RecordedEvent } from '@baton/contracts';

import type { LogDatabase } from './log-database.js';
import { type StoredEvent, toRecorded } from './stored-event.js';
import type { StreamRef } from './stream-ref.js';

export interface ReadOptions {
  readonly afterVersion?: number;
  readonly limit?: number;
  readonly types?: readonly string[];
}

/** Pages of the log, personal fields sealed: as the bus carries them. */
export class LogReader {
  constructor(private readonly database: LogDatabase) {}

  /** A page of one stream, oldest first. */
  async stream(ref: StreamRef, options: ReadOptions = {}): Promise<RecordedEvent[]> {
    const rows = await this.database.hot<StoredEvent>(
      `SELECT * FROM ${this.database.schema}.read_stream($1, $2, $3, $4, $5, $6)`,
      [
        ref.tenantId,
        ref.streamType,
        ref.streamId,
        options.afterVersion ?? 0,
        options.types ?? null,
        options.limit ?? 500,
      ],
    );
    return rows.map(toRecorded);
  }

  /**
   * The whole log in commit order for a reader that keeps a cursor. Only events whose transaction, and every
   * older one, has ended: nothing can appear behind the cursor later. A transaction that stays open stalls
   * this reader, and nobody else: what must be quick goes by the bus. Read by types, the cursor goes on to the end of
   * what was looked through, so that what is of no interest is looked through once.
   */
  async log(page: {
    readonly streamTypes: readonly string[];
    readonly types?: readonly string[];
    readonly after: string | null;
    readonly limit: number;
  }): Promise<LogPage> {
    const [xid, position] = parseCursor(page.after);
    const rows = await this.database.system<
      (StoredEvent | { event_id: null }) & { xid: string; open: string }
    >(
      `SELECT e.*, h.open::text FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS open) h
         LEFT JOIN LATERAL (SELECT * FROM ${this.database.schema}.events
            WHERE (xid, global_position) > ($1::text::xid8, $2::bigint) AND xid < h.open
              AND stream_type = ANY($3) AND ($5::text[] IS NULL OR type = ANY($5))
            ORDER BY xid, global_position LIMIT $4) e ON true`,
      [xid, position, page.streamTypes, page.limit, page.types ?? null],
    );
    const found = rows.filter(
      (row): row is StoredEvent & { xid: string; open: string } => row.event_id !== null,
    );
    const isEnd = found.length < page.limit;
    const last = found.at(-1);
    const read = last ? `${last.xid}-${last.global_position}` : page.after;
    const next = page.types && isEnd ? behindAllBefore((rows[0] as { open: string }).open) : read;
    return { events: found.map(toRecorded), next, isEnd };
  }
}

/** A cursor behind everything that transactions before this one wrote. */
const behindAllBefore = (xid: string): string => `${BigInt(xid) - 1n}-9223372036854775807`;

const parseCursor = (cursor: string | null): [string, string] => {
  if (cursor === null) return ['0', '0'];
  const match = /^(\d{1,20})-(\d{1,19})$/.exec(cursor);
  if (!match) throw new BatonError('validation-failed', `"${cursor}" is not a cursor of this log`);
  return [match[1] as string, match[2] as string];
};
