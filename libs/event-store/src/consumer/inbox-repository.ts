import type { RecordedEvent } from '@baton/contracts';

import type { LogDatabase } from '../log-database.js';
import { type StreamRef, streamKey, streamOf } from '../stream-ref.js';

interface StreamRow {
  readonly tenant_id: string;
  readonly stream_type: string;
  readonly stream_id: string;
}

/** A position that no version is past: nothing of a parked stream may be handled. */
const PARKED = 2_147_483_647;
const MOST_RELEASED = 1000;
const LONGEST_REASON = 2000;

/** Positions, failures and dead letters of durable consumers, in the consumer's own schema. */
export class InboxRepository {
  constructor(private readonly database: LogDatabase) {}

  async position(consumer: string, ref: StreamRef): Promise<{ version: number; parked: boolean }> {
    const [row] = await this.database.system<{ version: number; parked: boolean }>(
      `SELECT coalesce((SELECT version FROM ${this.schema}.inbox
                         WHERE tenant_id = $1 AND consumer = $2 AND stream_type = $3 AND stream_id = $4), 0) AS version,
              coalesce((SELECT parked FROM ${this.schema}.handler_failures
                         WHERE tenant_id = $1 AND consumer = $2 AND stream_type = $3 AND stream_id = $4), false) AS parked`,
      [ref.tenantId, consumer, ref.streamType, ref.streamId],
    );
    return row ?? { version: 0, parked: false };
  }

  /** Those events that the consumer has not handled yet and may. */
  async behind(consumer: string, events: readonly RecordedEvent[]): Promise<RecordedEvent[]> {
    if (events.length === 0) return [];
    const refs = [...new Map(events.map((event) => [streamKey(streamOf(event)), streamOf(event)])).values()];
    const rows = await this.database.system<StreamRow & { readonly version: number }>(
      `SELECT i.tenant_id, i.stream_type, i.stream_id, i.version FROM ${this.schema}.inbox i
         JOIN unnest($2::text[], $3::text[], $4::text[]) AS r(tenant_id, stream_type, stream_id)
           ON i.tenant_id = r.tenant_id AND i.stream_type = r.stream_type AND i.stream_id = r.stream_id
        WHERE i.consumer = $1
       UNION ALL
       SELECT f.tenant_id, f.stream_type, f.stream_id, ${PARKED} FROM ${this.schema}.handler_failures f
         JOIN unnest($2::text[], $3::text[], $4::text[]) AS r(tenant_id, stream_type, stream_id)
           ON f.tenant_id = r.tenant_id AND f.stream_type = r.stream_type AND f.stream_id = r.stream_id
        WHERE f.consumer = $1 AND f.parked`,
      [
        consumer,
        refs.map((ref) => ref.tenantId),
        refs.map((ref) => ref.streamType),
        refs.map((ref) => ref.streamId),
      ],
    );
    const at = new Map<string, number>();
    for (const row of rows) {
      const key = streamKey(refOf(row));
      at.set(key, Math.max(at.get(key) ?? 0, row.version));
    }
    return events.filter((event) => event.version > (at.get(streamKey(streamOf(event))) ?? 0));
  }

  async countFailure(consumer: string, event: RecordedEvent, reason: string): Promise<number> {
    const [row] = await this.database.system<{ attempts: number }>(
      `INSERT INTO ${this.schema}.handler_failures AS f (tenant_id, consumer, stream_type, stream_id, version, attempts, reason)
       VALUES ($1, $2, $3, $4, $5, 1, $6)
       ON CONFLICT (tenant_id, consumer, stream_type, stream_id) DO UPDATE SET
         attempts = CASE WHEN f.version = excluded.version THEN f.attempts + 1 ELSE 1 END,
         version = excluded.version, reason = excluded.reason, failed_at = now()
       RETURNING attempts`,
      [event.tenant_id, consumer, event.stream_type, event.stream_id, event.version, storable(reason)],
    );
    return row?.attempts ?? 1;
  }

  async park(consumer: string, event: RecordedEvent, reason: string, attempts: number): Promise<void> {
    await this.database.system(
      `WITH parked AS (
         UPDATE ${this.schema}.handler_failures SET parked = true
          WHERE tenant_id = $1 AND consumer = $2 AND stream_type = $3 AND stream_id = $4 AND NOT parked RETURNING 1)
       INSERT INTO ${this.schema}.dead_letters (tenant_id, consumer, stream_type, stream_id, version, type, reason, attempts)
       SELECT $1, $2, $3, $4, $5, $6, $7, $8 FROM parked`,
      [
        event.tenant_id,
        consumer,
        event.stream_type,
        event.stream_id,
        event.version,
        event.type,
        storable(reason),
        attempts,
      ],
    );
  }

  /** Streams that a person let go (their letter was replayed or dropped) and that wait to be taken on. */
  async released(consumer: string): Promise<StreamRef[]> {
    const rows = await this.database.system<StreamRow>(
      `SELECT DISTINCT tenant_id, stream_type, stream_id FROM ${this.schema}.dead_letters
        WHERE consumer = $1 AND asked IS NOT NULL AND settled_at IS NULL LIMIT ${MOST_RELEASED}`,
      [consumer],
    );
    return rows.map(refOf);
  }

  /** The stream was taken on, or is parked once more: its pending letters are settled. */
  async settle(consumer: string, ref: StreamRef, isParkedAgain: boolean): Promise<void> {
    await this.database.system(
      `UPDATE ${this.schema}.dead_letters SET settled_at = now(), outcome =
          CASE WHEN asked = 'drop' THEN 'dropped' WHEN $5 THEN 'failed-again' ELSE 'handled' END
        WHERE tenant_id = $1 AND consumer = $2 AND stream_type = $3 AND stream_id = $4
          AND asked IS NOT NULL AND settled_at IS NULL`,
      [ref.tenantId, consumer, ref.streamType, ref.streamId, isParkedAgain],
    );
  }

  async watermark(consumer: string): Promise<string | null> {
    const [row] = await this.database.system<{ cursor: string }>(
      `SELECT cursor FROM ${this.schema}.watermarks WHERE consumer = $1`,
      [consumer],
    );
    return row?.cursor ?? null;
  }

  async saveWatermark(consumer: string, cursor: string): Promise<void> {
    await this.database.system(
      `INSERT INTO ${this.schema}.watermarks (consumer, cursor) VALUES ($1, $2)
       ON CONFLICT (tenant_id, consumer) DO UPDATE SET cursor = excluded.cursor`,
      [consumer, cursor],
    );
  }

  private get schema(): string {
    return this.database.schema;
  }
}

const refOf = (row: StreamRow): StreamRef => ({
  tenantId: row.tenant_id,
  streamType: row.stream_type,
  streamId: row.stream_id,
});

/** An error may quote what it choked on: PostgreSQL takes no NUL, and a reason is read by people. */
const storable = (reason: string): string =>
  reason.replaceAll('\0', '\uFFFD').toWellFormed().slice(0, LONGEST_REASON);
