import type {
  ActionPlan,
  ApprovalDecision,
  approvalRequested,
  ESCALATION_STEPS,
  EventOf,
  PlanChange,
  StaffRole,
} from '@baton/contracts';

/** A run asks. */
export interface RequestApproval {
  readonly type: 'RequestApproval';
  readonly approval: EventOf<typeof approvalRequested>['data'];
}
/** The editor of an action agrees to what they made of it: its first approval. */
export interface Decide {
  readonly type: 'Decide';
  readonly decision: ApprovalDecision;
  readonly decided_by: { readonly agent_id: string; readonly role: StaffRole };
  readonly message: string | null;
  /** With EDIT: what became of the plan, and the approval that the new action has. */
  readonly edit: {
    readonly plan: ActionPlan;
    readonly changes: readonly PlanChange[];
    readonly edited_to: string;
  } | null;
  /** The database's time. */
  readonly now: string;
}
export interface Escalate {
  readonly type: 'Escalate';
  readonly step: (typeof ESCALATION_STEPS)[number];
}
/** It must not expire before. */
export interface Extend {
  readonly type: 'Extend';
  readonly not_before: string;
}
export interface Expire {
  readonly type: 'Expire';
  readonly now: string;
}
export interface Cancel {
  readonly type: 'Cancel';
  readonly reason: string;
}
export interface StartExecution {
  readonly type: 'StartExecution';
  readonly action_digest: string;
  readonly idempotency_key: string;
}
export interface FinishExecution {
  readonly type: 'FinishExecution';
  readonly error: { readonly code: string; readonly message: string } | null;
}
export type ApprovalCommand =
  RequestApproval | Decide | Escalate | Extend | Expire | Cancel | StartExecution | FinishExecution;
