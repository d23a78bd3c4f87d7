import { type RunEvent, SYSTEM_ACTOR } from '@baton/contracts';

import { actionDigest } from '../approval/action-digest.js';
import { approvalDecider } from '../approval/approval.decider.js';
import { type ApprovalAppend, appendApproval, NEW_APPROVAL } from '../approval/approval.repository.js';
import type { RunFacts } from '../run/run.state.js';
import type { ActionRequest } from '../tool/approval-needed.js';

/** An approval that a run asks for, before it is in any log. */
export interface ApprovalToRequest {
  readonly approval_id: string;
  readonly request: ActionRequest;
  readonly action_digest: string;
  readonly run: Pick<RunFacts, 'run_id' | 'conversation_id' | 'workflow' | 'started_by'>;
}

export const approvalToRequest = (
  approval_id: string,
  request: ActionRequest,
  run: ApprovalToRequest['run'],
  tenant_id: string,
  digestKey: Buffer,
): ApprovalToRequest => ({
  approval_id,
  request,
  run,
  action_digest: actionDigest(digestKey, {
    tenant_id,
    run_id: run.run_id,
    workflow: run.workflow,
    node_id: request.node_id,
    call_id: request.call_id,
    steps: request.plan.steps,
  }),
});

/** Its part of the commit that pauses the run; the time to decide counts from there. */
export const requestedApproval = (
  tenantId: string,
  { approval_id, request, action_digest, run }: ApprovalToRequest,
  now: string,
  edited_from: string | null = null,
): ApprovalAppend => {
  const events = approvalDecider.decide(
    {
      type: 'RequestApproval',
      approval: {
        approval_id,
        run_id: run.run_id,
        conversation_id: run.conversation_id,
        kind: request.kind,
        workflow: run.workflow,
        node_id: request.node_id,
        call_id: request.call_id,
        action_digest,
        plan: request.plan,
        risk_assessment: request.risk,
        required_role: request.required.role,
        approvals_needed: request.required.approvals,
        excluded_agent_ids: request.required.fourEyes && run.started_by ? [run.started_by] : [],
        expires_at: new Date(Date.parse(now) + request.required.expiresAfterMs).toISOString(),
        edited_from,
      },
    },
    NEW_APPROVAL.state,
  );
  return appendApproval(tenantId, NEW_APPROVAL, events, now, SYSTEM_ACTOR);
};

/** The run's event where it waits for a question that people have about it. */
export const runPausedForConsultation = (consultation_id: string, node_id: string | null): RunEvent => ({
  type: 'run.paused',
  data: { approval_id: null, consultation_id, node_id },
});

/** The run's event for it. */
export const runPausedFor = ({ approval_id, request }: ApprovalToRequest): RunEvent => ({
  type: 'run.paused',
  data: { approval_id, consultation_id: null, node_id: request.node_id },
});
