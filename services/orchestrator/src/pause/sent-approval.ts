import { SYSTEM_ACTOR } from '@baton/contracts';

import { approvalDecider } from '../approval/approval.decider.js';
import { type ApprovalAppend, appendApproval } from '../approval/approval.repository.js';
import type { RequestedApproval } from '../approval/approval.state.js';

/** A draft is begun and done with the commit that sends it. */
export const sentApproval = (
  tenantId: string,
  before: { readonly state: RequestedApproval; readonly version: number },
  now: string,
): ApprovalAppend => {
  const { action_digest, run_id, node_id, call_id } = before.state;
  const started = approvalDecider.decide(
    { type: 'StartExecution', action_digest, idempotency_key: `${run_id}:${node_id}:${call_id}` },
    before.state,
  );
  const executing = started.reduce(
    (state, event) => approvalDecider.evolve(state, { ...event, occurred_at: now }),
    before.state as ReturnType<typeof approvalDecider.initialState>,
  );
  const finished = approvalDecider.decide({ type: 'FinishExecution', error: null }, executing);
  return appendApproval(tenantId, before, [...started, ...finished], now, SYSTEM_ACTOR);
};
