import type { ApprovalView } from '@baton/contracts';

import type { RequestedApproval } from './approval.state.js';

/** An approval as `GET /api/v1/approvals/{id}` shows it. */
export const approvalView = (approval: RequestedApproval): ApprovalView => ({
  approval_id: approval.approval_id,
  run_id: approval.run_id,
  conversation_id: approval.conversation_id,
  workflow: approval.workflow,
  node_id: approval.node_id,
  kind: approval.kind,
  action_digest: approval.action_digest,
  plan: approval.plan,
  risk_assessment: approval.risk_assessment,
  required_role: approval.required_role,
  approvals_needed: approval.approvals_needed,
  excluded_agent_ids: approval.excluded_agent_ids,
  decisions: approval.decisions,
  status: approval.status,
  requested_at: approval.requested_at,
  expires_at: approval.expires_at,
  updated_at: approval.updated_at,
  edited_from: approval.edited_from,
  edited_to: approval.edited_to,
  error: approval.error,
  cancelled_because: approval.cancelled_because,
});
