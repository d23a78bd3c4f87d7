import type { RetentionAction } from '@baton/contracts';
import type { Database } from '@baton/service';

export interface EndedConversation {
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly updated_at: Date;
  readonly action: RetentionAction;
}

/** Which conversations have ended long ago, and what their tenants want of them. */
export class RetentionRepository {
  constructor(private readonly database: Database) {}

  async action(tenantId: string): Promise<RetentionAction> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ action: RetentionAction }>(
        `SELECT action FROM ${this.schema}.retention_policies WHERE tenant_id = $1`,
        [tenantId],
      ),
    );
    return row?.action ?? 'erase';
  }

  async choose(tenantId: string, action: RetentionAction): Promise<void> {
    await this.database.tenant(tenantId, (q) =>
      q.query(
        `INSERT INTO ${this.schema}.retention_policies (tenant_id, action) VALUES ($1, $2)
         ON CONFLICT (tenant_id) DO UPDATE SET action = excluded.action`,
        [tenantId, action],
      ),
    );
  }

  /** Those of every tenant that ended before a time and have no open run; oldest first, behind `after`. */
  ended(before: Date, after: EndedConversation | undefined, limit: number): Promise<EndedConversation[]> {
    return this.database.system<EndedConversation>(
      `SELECT c.tenant_id, c.conversation_id, c.updated_at, coalesce(p.action, 'erase') AS action
         FROM ${this.schema}.conversations c LEFT JOIN ${this.schema}.retention_policies p USING (tenant_id)
        WHERE c.state IN ('FINISHED', 'RESOLVED') AND NOT c.erased AND c.updated_at < $1
          AND ($2::timestamptz IS NULL OR (c.updated_at, c.tenant_id, c.conversation_id) > ($2, $3, $4))
          AND NOT EXISTS (SELECT 1 FROM ${this.schema}.runs r WHERE r.tenant_id = c.tenant_id
                             AND r.conversation_id = c.conversation_id AND r.status IN ('RUNNING', 'PAUSED'))
        ORDER BY c.updated_at, c.tenant_id, c.conversation_id LIMIT $5`,
      [before, after?.updated_at ?? null, after?.tenant_id ?? null, after?.conversation_id ?? null, limit],
    );
  }

  private get schema(): string {
    return this.database.schema;
  }
}
