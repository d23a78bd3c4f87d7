import type { RecordedEvent } from '@baton/contracts';
import { type Keyring, toRecorded } from '@baton/event-store';
import type { Database, TenantQuery } from '@baton/service';

import { conversationKeyId } from '../conversation/conversation-ref.js';
import { ConversationProjection, type ConversationRows } from '../conversation/conversation.projection.js';

const PAGE = 500;
const ERASED_EVENT = 'conversation.erased';
type StoredRow = Parameters<typeof toRecorded>[0];

/**
 * Recreates the rows of one read model from the log, conversation by conversation, beside live traffic: the
 * conversation's row is locked, so an append waits until its past is told again.
 */
export class ConversationRebuild {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
  ) {}

  /** @returns how many conversations were told again */
  async run(table: keyof ConversationRows, onProgress: (done: number) => void): Promise<number> {
    const streams = await this.database.system<{ tenant_id: string; stream_id: string }>(
      `SELECT tenant_id, stream_id FROM ${this.database.schema}.events
        WHERE stream_type = 'conversation' AND version = 1 ORDER BY tenant_id, stream_id`,
    );
    let done = 0;
    for (const { tenant_id, stream_id } of streams) {
      await this.database.tenant(tenant_id, (q) => this.again(q, table, tenant_id, stream_id));
      done += 1;
      if (done % 100 === 0) onProgress(done);
    }
    return done;
  }

  private async again(
    q: TenantQuery,
    table: keyof ConversationRows,
    tenantId: string,
    conversationId: string,
  ): Promise<void> {
    const { schema } = this.database;
    await q.query(
      `SELECT 1 FROM ${schema}.conversations WHERE tenant_id = $1 AND conversation_id = $2 FOR UPDATE`,
      [tenantId, conversationId],
    );
    const projection = new ConversationProjection();
    let last: RecordedEvent | undefined;
    for (let version = 0; ;) {
      const page = await q.query<StoredRow>(
        `SELECT * FROM ${schema}.events WHERE tenant_id = $1 AND stream_type = 'conversation' AND stream_id = $2
            AND version > $3 ORDER BY version LIMIT ${PAGE}`,
        [tenantId, conversationId, version],
      );
      for (const row of page) {
        last = await this.keyring.openEvent(toRecorded(row));
        projection.apply(last);
      }
      version = page.at(-1)?.version ?? version;
      if (page.length < PAGE) break;
    }
    if (last && last.type !== ERASED_EVENT && (await this.keyIsDestroyed(tenantId, conversationId)))
      projection.apply({ ...last, type: ERASED_EVENT, data: { conversation_id: conversationId } });
    await q.query(`DELETE FROM ${schema}.${table} WHERE tenant_id = $1 AND conversation_id = $2`, [
      tenantId,
      conversationId,
    ]);
    await q.query(`SELECT ${schema}.apply_rows($1::jsonb)`, [
      JSON.stringify({ [table]: projection.rows()[table] }),
    ]);
  }

  /**
   * An older log that was restored with keys of a later day: what was erased since is erased, though the log does not
   * know it yet.
   */
  private async keyIsDestroyed(tenantId: string, conversationId: string): Promise<boolean> {
    return (await this.keyring.stored(tenantId, conversationKeyId(conversationId))) === 'erased';
  }
}
