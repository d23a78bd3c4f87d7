import {
  APPROVAL_DECISIONS,
  APPROVAL_KINDS,
  APPROVAL_STATUSES,
  type ApprovalDecision,
  type ApprovalDecisionView,
  type ApprovalKind,
  type ApprovalStatus,
  type ApprovalView,
  type EditedPlan,
  RISK_TIERS,
  type RiskTier,
  STAFF_ROLES,
  type StaffRole,
} from '@baton/contracts';

import { WorkflowRefDto } from '../conversation/conversation.dto.js';
import { CALLER_TOKEN, CONVERSATION_ID } from '../dto/caller-ids.js';
import { DateTime, Decimal, Int, JsonValue, ListOf, ListOfText, Nested, OneOf, Text } from '../dto/fields.js';
import { PageQueryDto } from '../dto/page.dto.js';

export class PlannedStepDto {
  @Text({ example: 'orders.refund' })
  tool!: string;

  @JsonValue({ example: { order_id: '1001', amount: 600 } })
  args!: unknown;

  @Text({ nullable: true, description: "Why, in the agent's words: never what would be done" })
  reason!: string | null;
}

export class ActionPlanDto {
  @Text({ description: 'What is asked for, by Baton, from the tool and its arguments' })
  request!: string;

  @ListOf(() => PlannedStepDto)
  steps!: PlannedStepDto[];
}

export class RiskAssessmentDto {
  @OneOf(RISK_TIERS)
  risk_tier!: RiskTier;

  @Decimal({ min: 0, max: 100 })
  risk_score!: number;

  @ListOfText()
  reasons!: string[];
}

export class DeciderDto {
  @Text({ example: 'lena' })
  agent_id!: string;

  @OneOf(STAFF_ROLES)
  role!: StaffRole;
}

export class PlanChangeDto {
  @Text({ example: 'steps[0].args.amount' })
  path!: string;

  @JsonValue()
  old!: unknown;

  @JsonValue()
  new!: unknown;
}

export class ApprovalDecisionDto implements ApprovalDecisionView {
  @OneOf(APPROVAL_DECISIONS)
  decision!: ApprovalDecision;

  @Nested(() => DeciderDto)
  decided_by!: DeciderDto;

  @Text({ nullable: true })
  message!: string | null;

  @DateTime()
  decided_at!: string;

  @Nested(() => ActionPlanDto, { nullable: true, description: 'Of an EDIT: the plan as it is now' })
  edited_plan!: ActionPlanDto | null;

  @ListOf(() => PlanChangeDto, { description: 'Of an EDIT: what it changed' })
  changes!: PlanChangeDto[];
}

export class ApprovalErrorDto {
  @Text({ example: 'unsettled', description: '`unsettled`: begun, and not known whether it was done' })
  code!: string;

  @Text()
  message!: string;
}

export class ApprovalDto implements ApprovalView {
  @Text({ example: 'appr_1' })
  approval_id!: string;

  @Text({ example: 'run_1' })
  run_id!: string;

  @Text({ nullable: true, description: 'Null for a run of its own' })
  conversation_id!: string | null;

  @Nested(() => WorkflowRefDto)
  workflow!: WorkflowRefDto;

  @Text({ example: 'handle', description: 'The node that asks' })
  node_id!: string;

  @OneOf(APPROVAL_KINDS)
  kind!: ApprovalKind;

  @Text({ description: 'Of the exact action: another argument is another action' })
  action_digest!: string;

  @Nested(() => ActionPlanDto)
  plan!: ActionPlanDto;

  @Nested(() => RiskAssessmentDto)
  risk_assessment!: RiskAssessmentDto;

  @OneOf(STAFF_ROLES, { description: 'The least role of whoever decides' })
  required_role!: StaffRole;

  @Int({ min: 1, description: 'How many different people have to approve' })
  approvals_needed!: number;

  @ListOfText({ description: 'Who set it off, where the policy keeps them from deciding (`four_eyes`)' })
  excluded_agent_ids!: string[];

  @ListOf(() => ApprovalDecisionDto)
  decisions!: ApprovalDecisionDto[];

  @OneOf(APPROVAL_STATUSES)
  status!: ApprovalStatus;

  @DateTime()
  requested_at!: string;

  @DateTime({ description: 'Nobody decided by then: that is a no' })
  expires_at!: string;

  @DateTime()
  updated_at!: string;

  @Text({ nullable: true, description: 'The approval that this one is the edit of' })
  edited_from!: string | null;

  @Text({ nullable: true, description: 'The approval of the edit that took its place' })
  edited_to!: string | null;

  @Nested(() => ApprovalErrorDto, { nullable: true, description: 'Of a failed one' })
  error!: ApprovalErrorDto | null;

  @Text({ nullable: true, description: 'Of a cancelled one' })
  cancelled_because!: string | null;
}

export class ApprovalQueryDto extends PageQueryDto {
  @OneOf(APPROVAL_STATUSES, { optional: true })
  status?: ApprovalStatus;

  @OneOf(STAFF_ROLES, { optional: true, description: 'Only what somebody of this role may decide' })
  role?: StaffRole;

  @Text({ optional: true, pattern: CONVERSATION_ID })
  conversation_id?: string;

  @Text({ optional: true, pattern: CALLER_TOKEN })
  run_id?: string;
}

export class EditedStepDto {
  @Text({ min: 1, max: 200, example: 'orders.refund' })
  tool!: string;

  @JsonValue({ optional: true, example: { order_id: '1001', amount: 300 } })
  args?: unknown;

  @Text({ optional: true, nullable: true, max: 10_000 })
  reason?: string | null;
}

export class EditedPlanDto {
  @Text({ optional: true, max: 10_000 })
  request?: string;

  @ListOf(() => EditedStepDto, { description: "Arguments are held against each tool's schema" })
  steps!: EditedStepDto[];
}

export class DecideApprovalDto {
  @OneOf(APPROVAL_DECISIONS)
  decision!: ApprovalDecision;

  @Nested(() => EditedPlanDto, { optional: true, description: 'With EDIT, and only then' })
  edited_plan?: EditedPlanDto & EditedPlan;

  @Text({
    optional: true,
    max: 32_000,
    description: 'Why, or what the agent should do instead; a RESPOND needs one',
  })
  message?: string;
}
