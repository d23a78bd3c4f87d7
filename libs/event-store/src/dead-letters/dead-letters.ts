import type { DeadLetterState } from '@baton/contracts';

import { type StreamRef, streamPartition } from '../stream-ref.js';

/** What the relay's own letters are filed under: the bus would not take the event. */
export const RELAY_CONSUMER = 'relay';

/** One row of `dead_letters`: a stream that a consumer parked, and what a person asked since. */
export interface StoredLetter {
  readonly dead_letter_id: string;
  readonly tenant_id: string;
  readonly consumer: string;
  readonly stream_type: string;
  readonly stream_id: string;
  readonly version: number;
  readonly type: string;
  readonly reason: string;
  readonly attempts: number;
  readonly parked_at: Date;
  readonly asked: 'replay' | 'drop' | null;
  readonly asked_by: string | null;
  readonly asked_reason: string | null;
  readonly asked_at: Date | null;
  readonly settled_at: Date | null;
  readonly outcome: 'handled' | 'failed-again' | 'dropped' | 'published' | null;
}

/** Letters without a filter are all; several filters must all fit. */
export interface LetterFilter {
  readonly consumer?: string;
  readonly tenantId?: string;
  readonly type?: string;
  readonly streamId?: string;
  readonly id?: string;
  /** Settled ones and pending ones too. */
  readonly all?: boolean;
}

/** A page of one tenant's letters, newest first. */
export interface LetterPage {
  readonly tenantId: string;
  readonly state?: DeadLetterState | undefined;
  /** Only letters before this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** The number goes out as text; who orders by it means the column, `letter.dead_letter_id`. */
const COLUMNS = `tenant_id, dead_letter_id::text, consumer, stream_type, stream_id, version, type, reason, attempts, parked_at,
              asked, asked_by, asked_reason, asked_at, settled_at, outcome`;

const STATES: Readonly<Record<DeadLetterState, string>> = {
  open: 'asked IS NULL',
  pending: 'asked IS NOT NULL AND settled_at IS NULL',
  settled: 'settled_at IS NOT NULL',
};

export interface Request {
  readonly kind: 'replay' | 'drop';
  /** Who asks: goes into the journal. */
  readonly by: string;
  /** Why; a drop must have one. */
  readonly reason: string | null;
}

/** What dead letters need of the database: one statement as the role that sees every tenant's rows. */
export interface LetterDatabase {
  readonly schema: string;
  system<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
  hot<Row extends object>(sql: string, params: readonly unknown[]): Promise<Row[]>;
}

/** The dead letters of one service: what `npm run dlq` shows and asks for. */
export class DeadLetters {
  constructor(private readonly database: LetterDatabase) {}

  list(filter: LetterFilter, limit: number): Promise<StoredLetter[]> {
    return this.database.system<StoredLetter>(
      `SELECT ${COLUMNS}
         FROM ${this.schema}.dead_letters letter
        WHERE ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR tenant_id = $2) AND ($3::text IS NULL OR type = $3)
          AND ($4::text IS NULL OR stream_id = $4) AND ($5::text IS NULL OR dead_letter_id = $5::bigint) AND ($6 OR asked IS NULL)
        ORDER BY letter.dead_letter_id LIMIT $7`,
      [
        filter.consumer ?? null,
        filter.tenantId ?? null,
        filter.type ?? null,
        filter.streamId ?? null,
        filter.id ?? null,
        filter.all ?? false,
        limit,
      ],
    );
  }

  /** In the order of the primary key, so that a page costs what it holds. */
  page({ tenantId, state, before, limit }: LetterPage): Promise<StoredLetter[]> {
    return this.database.system<StoredLetter>(
      `SELECT ${COLUMNS}
         FROM ${this.schema}.dead_letters letter
        WHERE tenant_id = $1 AND ($2::bigint IS NULL OR dead_letter_id < $2::bigint)${state ? ` AND ${STATES[state]}` : ''}
        ORDER BY letter.dead_letter_id DESC LIMIT $3`,
      [tenantId, before ?? null, limit],
    );
  }

  /** How many later events of the letter's stream are in this log: what waits behind it, where the log is this service's. */
  async lastVersion(ref: StreamRef): Promise<number | undefined> {
    const [row] = await this.database.system<{ version: number | null }>(
      `SELECT max(version) AS version FROM ${this.schema}.events
        WHERE tenant_id = $1 AND stream_type = $2 AND stream_id = $3`,
      [ref.tenantId, ref.streamType, ref.streamId],
    );
    return row?.version ?? undefined;
  }

  /**
   * Journals the request and lets the stream go, in one statement: replayed, its consumer begins at the event
   * that failed; dropped, behind it. False where somebody asked before. The consumer settles the letter.
   */
  async ask(letter: StoredLetter, request: Request): Promise<boolean> {
    const rows = await this.database.system(
      `WITH asked AS (
         UPDATE ${this.schema}.dead_letters SET asked = $3, asked_by = $4, asked_reason = $5, asked_at = now()
          WHERE tenant_id = $1 AND dead_letter_id = $2::bigint AND asked IS NULL
         RETURNING tenant_id, consumer, stream_type, stream_id, version),
       freed AS (
         DELETE FROM ${this.schema}.handler_failures f USING asked a
          WHERE f.tenant_id = a.tenant_id AND f.consumer = a.consumer AND f.stream_type = a.stream_type AND f.stream_id = a.stream_id),
       skipped AS (
         INSERT INTO ${this.schema}.inbox AS i (tenant_id, consumer, stream_type, stream_id, version)
         SELECT tenant_id, consumer, stream_type, stream_id, version FROM asked WHERE $3 = 'drop'
         ON CONFLICT (tenant_id, consumer, stream_type, stream_id) DO UPDATE SET version = excluded.version
          WHERE i.version < excluded.version)
       SELECT 1 FROM asked`,
      [letter.tenant_id, letter.dead_letter_id, request.kind, request.by, request.reason],
    );
    return rows.length > 0;
  }

  /** A letter of the relay: no stream is parked. Replayed, the event goes into the outbox once more. */
  async askRelay(letter: StoredLetter, request: Request): Promise<boolean> {
    const outcome = request.kind === 'drop' ? 'dropped' : 'published';
    const asked = await this.database.system(
      `UPDATE ${this.schema}.dead_letters SET asked = $3, asked_by = $4, asked_reason = $5, asked_at = now(),
              settled_at = now(), outcome = $6
        WHERE tenant_id = $1 AND dead_letter_id = $2::bigint AND asked IS NULL RETURNING 1`,
      [letter.tenant_id, letter.dead_letter_id, request.kind, request.by, request.reason, outcome],
    );
    if (asked.length === 0) return false;
    if (request.kind === 'replay') {
      const ref = {
        tenantId: letter.tenant_id,
        streamType: letter.stream_type,
        streamId: letter.stream_id,
      };
      await this.database.hot(
        `WITH tenant AS MATERIALIZED (SELECT set_config('app.tenant', $1, true) AS id)
         INSERT INTO ${this.schema}.outbox (global_position, tenant_id, partition)
         SELECT e.global_position, e.tenant_id, $5::smallint FROM tenant t, ${this.schema}.events e
          WHERE e.tenant_id = t.id AND e.stream_type = $2 AND e.stream_id = $3 AND e.version = $4
         ON CONFLICT DO NOTHING`,
        [ref.tenantId, ref.streamType, ref.streamId, letter.version, streamPartition(ref)],
      );
    }
    return true;
  }

  /** Journals what was asked of a letter that only the bus kept (a message that could not be read). */
  async journal(
    letter: Pick<
      StoredLetter,
      'tenant_id' | 'consumer' | 'stream_type' | 'stream_id' | 'version' | 'type' | 'reason' | 'attempts'
    >,
    request: Request,
  ): Promise<void> {
    await this.database.system(
      `INSERT INTO ${this.schema}.dead_letters (tenant_id, consumer, stream_type, stream_id, version, type, reason, attempts,
              asked, asked_by, asked_reason, asked_at, settled_at, outcome)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now(), now(), $12)`,
      [
        letter.tenant_id,
        letter.consumer,
        letter.stream_type,
        letter.stream_id,
        letter.version,
        letter.type,
        letter.reason,
        letter.attempts,
        request.kind,
        request.by,
        request.reason,
        request.kind === 'drop' ? 'dropped' : 'published',
      ],
    );
  }

  private get schema(): string {
    return this.database.schema;
  }
}
