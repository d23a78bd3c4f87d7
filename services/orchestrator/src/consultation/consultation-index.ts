import type { Outcome } from '@baton/event-store';
import type { Database } from '@baton/service';

/** Finds consultations by what they are about: the list, and never what was said. */
export class ConsultationIndex {
  constructor(private readonly database: Database) {}

  /** The active ones about any of these, and all that there ever were about the approval: oldest first. */
  async about(
    tenantId: string,
    about: {
      readonly approval_id: string | null;
      readonly run_id: string | null;
      readonly conversation_id: string | null;
    },
  ): Promise<readonly string[]> {
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<{ consultation_id: string }>(
        `SELECT consultation_id FROM ${this.database.schema}.consultations
          WHERE tenant_id = $1 AND (approval_id = $2
             OR (status = 'ACTIVE' AND run_id = $3) OR (status = 'ACTIVE' AND conversation_id = $4))
          ORDER BY consultation_id`,
        [tenantId, about.approval_id, about.run_id, about.conversation_id],
      ),
    );
    return rows.map(({ consultation_id }) => consultation_id);
  }

  /** The active one about the same, which whoever starts another joins. */
  async active(tenantId: string, subject: string): Promise<string | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ consultation_id: string }>(
        `SELECT consultation_id FROM ${this.database.schema}.consultations
          WHERE tenant_id = $1 AND subject = $2 AND status = 'ACTIVE'`,
        [tenantId, subject],
      ),
    );
    return row?.consultation_id;
  }

  /** What an earlier use of a key answered. */
  async idempotency(
    tenantId: string,
    scope: string,
  ): Promise<Extract<Outcome, { kind: 'replayed' }> | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ scope: string; body_hash: string; answer: unknown }>(
        `SELECT scope, body_hash, answer FROM ${this.database.schema}.idempotency
          WHERE tenant_id = $1 AND scope = $2 AND (expires_at IS NULL OR expires_at > now())`,
        [tenantId, scope],
      ),
    );
    return row && { kind: 'replayed', scope: row.scope, bodyHash: row.body_hash, answer: row.answer };
  }
}
