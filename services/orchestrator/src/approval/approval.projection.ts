import type { RequestedApproval } from './approval.state.js';
import type { ApprovalRow } from './approval.tables.js';

/** An approval's row in the list, from its state. */
export const approvalRow = (tenantId: string, approval: RequestedApproval, version: number): ApprovalRow => ({
  tenant_id: tenantId,
  approval_id: approval.approval_id,
  run_id: approval.run_id,
  conversation_id: approval.conversation_id,
  kind: approval.kind,
  status: approval.status,
  required_role: approval.required_role,
  risk_tier: approval.risk_assessment.risk_tier,
  requested_at: approval.requested_at,
  expires_at: approval.expires_at,
  updated_at: approval.updated_at,
  version,
});
