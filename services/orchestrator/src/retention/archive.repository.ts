import { gunzipSync, gzipSync } from 'node:zlib';

import { type ArchivedView, BatonError, type EventView, type Page } from '@baton/contracts';
import { type Database, openSealed, seal, type SealingKey } from '@baton/service';

import { decodeCursor, encodeCursor } from '../conversation/cursor.js';

/** Conversations that were taken out of service and kept: their whole log, sealed under a key of their tenant. */
export class ArchiveRepository {
  constructor(
    private readonly database: Database,
    /** Derives the key of a tenant from the root secret. */
    private readonly keyOf: (tenantId: string) => SealingKey,
  ) {}

  /** Again for the same conversation it replaces what was there: the log has only grown. */
  async save(
    tenantId: string,
    conversationId: string,
    events: readonly EventView[],
    at: Date,
  ): Promise<void> {
    const sealed = seal(this.keyOf(tenantId), gzipSync(JSON.stringify(events)), conversationId);
    await this.database.tenant(tenantId, (q) =>
      q.query(
        `INSERT INTO ${this.table} (tenant_id, conversation_id, archived_at, events, sealed) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, conversation_id) DO UPDATE
            SET archived_at = excluded.archived_at, events = excluded.events, sealed = excluded.sealed`,
        [tenantId, conversationId, at, events.length, sealed],
      ),
    );
  }

  async delete(tenantId: string, conversationId: string): Promise<void> {
    await this.database.tenant(tenantId, (q) =>
      q.query(`DELETE FROM ${this.table} WHERE tenant_id = $1 AND conversation_id = $2`, [
        tenantId,
        conversationId,
      ]),
    );
  }

  /** Newest first. */
  async list(
    tenantId: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<ArchivedView>> {
    const [before, beforeId] = decodeCursor(cursor, 2);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<{ conversation_id: string; archived_at: Date; events: number }>(
        `SELECT conversation_id, archived_at, events FROM ${this.table}
          WHERE tenant_id = $1 AND ($2::timestamptz IS NULL OR (archived_at, conversation_id) < ($2, $3))
          ORDER BY archived_at DESC, conversation_id DESC LIMIT $4`,
        [tenantId, before ?? null, beforeId ?? null, limit + 1],
      ),
    );
    const items = rows.slice(0, limit).map((row) => ({ ...row, archived_at: row.archived_at.toISOString() }));
    const last = items.at(-1);
    return {
      items,
      next_cursor:
        rows.length > limit && last ? encodeCursor([last.archived_at, last.conversation_id]) : null,
    };
  }

  /** The events of one, oldest first. */
  async read(
    tenantId: string,
    conversationId: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<Page<EventView>> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ sealed: string }>(
        `SELECT sealed FROM ${this.table} WHERE tenant_id = $1 AND conversation_id = $2`,
        [tenantId, conversationId],
      ),
    );
    if (!row) throw new BatonError('not-found', 'There is no such archived conversation');
    const events = JSON.parse(
      gunzipSync(openSealed(this.keyOf(tenantId), row.sealed, conversationId)).toString('utf8'),
    ) as EventView[];
    const [after] = decodeCursor(cursor, 1);
    const from = events.findIndex(({ version }) => version > Number(after ?? 0));
    const items = from === -1 ? [] : events.slice(from, from + limit);
    const last = items.at(-1);
    return {
      items,
      next_cursor: last && last !== events.at(-1) ? encodeCursor([String(last.version)]) : null,
    };
  }

  private get table(): string {
    return `${this.database.schema}.archived_conversations`;
  }
}
