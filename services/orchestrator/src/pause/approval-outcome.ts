import type { RequestedApproval } from '../approval/approval.state.js';
import type { RecordedDecision } from '../tool/run-journal.port.js';

/** What an approval that is over means for the run that asked; nothing while it is open, or where an edit took its place. */
export const decisionFor = (approval: RequestedApproval): RecordedDecision | undefined => {
  const decision = RUN_DECISIONS[approval.status];
  if (decision === undefined) return undefined;
  const isYes = decision === 'APPROVED';
  const last = approval.decisions.at(-1);
  return {
    approval_id: approval.approval_id,
    kind: approval.kind,
    node_id: approval.node_id,
    call_id: approval.call_id,
    decision,
    action_digest: isYes ? approval.action_digest : null,
    // An answered draft is told again with the answer.
    plan: isYes || approval.kind === 'draft' ? approval.plan : null,
    is_edited: isYes && approval.edited_from !== null,
    message: last?.message ?? null,
    decided_by: approval.decisions.map(({ decided_by }) => decided_by.agent_id),
  };
};

const RUN_DECISIONS: Readonly<Partial<Record<RequestedApproval['status'], RecordedDecision['decision']>>> = {
  APPROVED: 'APPROVED',
  REJECTED: 'REJECTED',
  RESPONDED: 'RESPONDED',
  EXPIRED: 'EXPIRED',
  CANCELLED: 'CANCELLED',
};
