import type { ActionPlan, ApprovalKind, RiskAssessment, StaffRole } from '@baton/contracts';

/** What a step asks people to decide. */
export interface ActionRequest {
  readonly kind: ApprovalKind;
  readonly node_id: string;
  readonly call_id: string;
  readonly plan: ActionPlan;
  readonly risk: RiskAssessment;
  readonly required: ApprovalRequirement;
}

/** Who decides, how many of them, and by when. */
export interface ApprovalRequirement {
  readonly role: StaffRole;
  readonly approvals: number;
  /** Whoever set the run off may not decide. */
  readonly fourEyes: boolean;
  readonly expiresAfterMs: number;
}

/**
 * Thrown by the gate in front of an action that people must decide first: the step stops where it is, and its run
 * pauses. Nothing between the gate and the step may catch it.
 */
export class ApprovalNeeded extends Error {
  override readonly name = 'ApprovalNeeded';

  constructor(readonly request: ActionRequest) {
    super(`${request.plan.request} needs a person's approval`);
  }
}
