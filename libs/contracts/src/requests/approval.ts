import { z } from 'zod';

import {
  type ActionPlan,
  ApprovalDecision,
  type ApprovalKind,
  ApprovalStatus,
  type PlanChange,
  type RiskAssessment,
} from '../events/approval.js';
import { type StaffRole, StaffRole as StaffRoleSchema } from '../events/shared.js';
import { defineRequest, type Page, PageQuery, type Replayable } from './define-request.js';

/** One person's decision, as it is shown. */
export interface ApprovalDecisionView {
  readonly decision: ApprovalDecision;
  readonly decided_by: { readonly agent_id: string; readonly role: StaffRole };
  readonly message: string | null;
  readonly decided_at: string;
  /** Of an EDIT. */
  readonly edited_plan: ActionPlan | null;
  readonly changes: readonly PlanChange[];
}

export interface ApprovalView {
  readonly approval_id: string;
  readonly run_id: string;
  readonly conversation_id: string | null;
  readonly workflow: { readonly name: string; readonly version: number };
  readonly node_id: string;
  readonly kind: ApprovalKind;
  readonly action_digest: string;
  readonly plan: ActionPlan;
  readonly risk_assessment: RiskAssessment;
  readonly required_role: StaffRole;
  readonly approvals_needed: number;
  /** Who set it off, where the policy keeps them from deciding (`four_eyes`). */
  readonly excluded_agent_ids: readonly string[];
  readonly decisions: readonly ApprovalDecisionView[];
  readonly status: ApprovalStatus;
  readonly requested_at: string;
  readonly expires_at: string;
  readonly updated_at: string;
  /** The approval that this one is the edit of, and the one that took this one's place. */
  readonly edited_from: string | null;
  readonly edited_to: string | null;
  /** Of a failed one. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** Of a cancelled one. */
  readonly cancelled_because: string | null;
}

/** A plan as people send it: arguments are held against each tool's schema. */
const EditedPlan = z.object({
  request: z.string().max(10_000).optional(),
  steps: z
    .array(z.object({ tool: z.string(), args: z.unknown(), reason: z.string().max(10_000).nullish() }))
    .min(1)
    .max(100),
});
export type EditedPlan = z.output<typeof EditedPlan>;

export const approvalRequests = {
  /** Newest first. */
  list: defineRequest<Page<ApprovalView>>()(
    'approval.list',
    PageQuery.extend({
      status: ApprovalStatus.optional(),
      /** Only what somebody of this role may decide. */
      role: StaffRoleSchema.optional(),
      conversation_id: z.string().optional(),
      run_id: z.string().optional(),
    }),
  ),
  get: defineRequest<ApprovalView>()('approval.get', z.object({ approval_id: z.string() })),
  /** The caller's role travels in the context's actor. */
  decide: defineRequest<Replayable<ApprovalView>>()(
    'approval.decide',
    z.object({
      approval_id: z.string(),
      decision: ApprovalDecision,
      edited_plan: EditedPlan.optional(),
      message: z.string().max(32_000).optional(),
    }),
  ),
} as const;
