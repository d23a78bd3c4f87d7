import type {
  ActionPlan,
  ApprovalDecision,
  ApprovalStatus,
  approvalRequested,
  EventOf,
  PlanChange,
  StaffRole,
} from '@baton/contracts';

/** One person's decision. */
export interface RecordedDecision {
  readonly decision: ApprovalDecision;
  readonly decided_by: { readonly agent_id: string; readonly role: StaffRole };
  readonly message: string | null;
  readonly decided_at: string;
  readonly edited_plan: ActionPlan | null;
  readonly changes: readonly PlanChange[];
}

/** What was asked for, and what people said. */
export interface RequestedApproval extends Readonly<EventOf<typeof approvalRequested>['data']> {
  readonly status: ApprovalStatus;
  readonly decisions: readonly RecordedDecision[];
  /** Steps of its plan that are not done. */
  readonly steps_left: number;
  /** The approval that an edit made, in whose favour this one is over. */
  readonly edited_to: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly cancelled_because: string | null;
  readonly requested_at: string;
  readonly updated_at: string;
}

/** Before it is asked for. */
export interface NoApproval {
  readonly status: 'NONE';
}

export type Approval = NoApproval | RequestedApproval;

/** How many people have agreed so far. */
export const approvalsOf = ({ decisions }: RequestedApproval): number =>
  decisions.filter(({ decision }) => decision === 'APPROVE').length;
