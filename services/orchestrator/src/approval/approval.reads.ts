import { type ApprovalView, BatonError, type Page, STAFF_ROLES, type StaffRole } from '@baton/contracts';
import { ERASED } from '@baton/event-store';
import type { Database } from '@baton/service';

import { decodeCursor, encodeCursor } from '../conversation/cursor.js';
import { runKeyId } from '../run/run-ref.js';
import type { ApprovalRepository } from './approval.repository.js';
import type { RequestedApproval } from './approval.state.js';
import { approvalView } from './approval.view.js';

interface Listed {
  readonly approval_id: string;
  readonly run_id: string;
  readonly conversation_id: string | null;
  readonly requested_at: Date;
}

export interface ApprovalQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly status?: string | undefined;
  /** Only what somebody of this role may decide. */
  readonly role?: StaffRole | undefined;
  readonly conversation_id?: string | undefined;
  readonly run_id?: string | undefined;
}

/** Looks at approvals: the list of them, and the log for what is in them. */
export class ApprovalReads {
  constructor(
    private readonly database: Database,
    private readonly repository: ApprovalRepository,
  ) {}

  /** @throws BatonError `not-found`, `erased` with its conversation */
  async get(tenantId: string, approvalId: string): Promise<ApprovalView> {
    const [{ state }, isListed] = await Promise.all([
      this.repository.existing(tenantId, approvalId),
      this.isListed(tenantId, approvalId),
    ]);
    // Its row goes with its conversation; the key may be remembered for a moment longer.
    if (!isListed || isErased(state))
      throw new BatonError('erased', 'The approval was erased with its conversation');
    return approvalView(state);
  }

  private async isListed(tenantId: string, approvalId: string): Promise<boolean> {
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query(`SELECT 1 FROM ${this.database.schema}.approvals WHERE tenant_id = $1 AND approval_id = $2`, [
        tenantId,
        approvalId,
      ]),
    );
    return rows.length > 0;
  }

  /** Newest first. */
  async list(tenantId: string, query: ApprovalQuery): Promise<Page<ApprovalView>> {
    const [before, beforeId] = decodeCursor(query.cursor, 2);
    const roles = query.role === undefined ? null : STAFF_ROLES.slice(0, STAFF_ROLES.indexOf(query.role) + 1);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<Listed>(
        `SELECT approval_id, run_id, conversation_id, requested_at FROM ${this.database.schema}.approvals
          WHERE tenant_id = $1 AND ($2::text IS NULL OR status = $2) AND ($3::text[] IS NULL OR required_role = ANY($3))
            AND ($4::text IS NULL OR conversation_id = $4) AND ($5::text IS NULL OR run_id = $5)
            AND ($6::timestamptz IS NULL OR (requested_at, approval_id) < ($6::timestamptz, $7))
          ORDER BY requested_at DESC, approval_id DESC LIMIT $8`,
        [
          tenantId,
          query.status ?? null,
          roles,
          query.conversation_id ?? null,
          query.run_id ?? null,
          before ?? null,
          beforeId ?? null,
          query.limit + 1,
        ],
      ),
    );
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    const loaded = await Promise.all(
      page.map((row) => this.repository.existing(tenantId, row.approval_id, runKeyId(row))),
    );
    return {
      items: loaded.filter(({ state }) => !isErased(state)).map(({ state }) => approvalView(state)),
      next_cursor:
        rows.length > query.limit && last
          ? encodeCursor([last.requested_at.toISOString(), last.approval_id])
          : null,
    };
  }
}

/** The key of its personal fields is gone. */
const isErased = ({ plan }: RequestedApproval): boolean => (plan as unknown) === ERASED;
