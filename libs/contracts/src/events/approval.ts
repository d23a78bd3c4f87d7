import { z } from 'zod';

import { CallerToken } from '../ids.js';
import { Timestamp } from '../time.js';
import { defineEvent, type EventOf } from './define-event.js';
import { StaffRole } from './shared.js';

/** Lowest first. */
export const RISK_TIERS = ['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const;
export const RiskTier = z.enum(RISK_TIERS);
export type RiskTier = z.infer<typeof RiskTier>;

/**
 * `tool`: one call of a tool; `plan`: what an approval node of the workflow plans; `draft`: a reply that a person sends;
 * `reconnect`: a tool's connection is missing or dead, and somebody has to connect it again.
 */
export const APPROVAL_KINDS = ['tool', 'plan', 'draft', 'reconnect'] as const;
export const ApprovalKind = z.enum(APPROVAL_KINDS);
export type ApprovalKind = z.infer<typeof ApprovalKind>;

export const APPROVAL_STATUSES = [
  'PENDING',
  'APPROVED',
  'REJECTED',
  'EDITED',
  'RESPONDED',
  'EXPIRED',
  'CANCELLED',
  'EXECUTING',
  'EXECUTED',
  'FAILED',
] as const;
export const ApprovalStatus = z.enum(APPROVAL_STATUSES);
export type ApprovalStatus = z.infer<typeof ApprovalStatus>;

export const APPROVAL_DECISIONS = ['APPROVE', 'REJECT', 'EDIT', 'RESPOND'] as const;
export const ApprovalDecision = z.enum(APPROVAL_DECISIONS);
export type ApprovalDecision = z.infer<typeof ApprovalDecision>;

export const PlannedStep = z.object({
  tool: z.string(),
  args: z.unknown(),
  /** Why, in the planner's words: never to be taken for what would be done. */
  reason: z.string().nullable(),
});
export type PlannedStep = z.infer<typeof PlannedStep>;

export const ActionPlan = z.object({
  /** What is asked for, rendered by Baton from the tool and its arguments. */
  request: z.string(),
  steps: z.array(PlannedStep),
});
export type ActionPlan = z.infer<typeof ActionPlan>;

export const RiskAssessment = z.object({
  risk_tier: RiskTier,
  /** 0–100 */
  risk_score: z.number(),
  reasons: z.array(z.string()),
});
export type RiskAssessment = z.infer<typeof RiskAssessment>;

/** One value of an edited plan: `steps[0].args.amount`, as it was and as it is now. */
export const PlanChange = z.object({ path: z.string(), old: z.unknown(), new: z.unknown() });
export type PlanChange = z.infer<typeof PlanChange>;

/** Whose approval it is: in every event of its stream. */
const Of = {
  approval_id: z.string(),
  run_id: z.string(),
  conversation_id: z.string().nullable(),
};
const of = { approval_id: 'appr_1', run_id: 'run_1', conversation_id: 'conv_123' };

/** A run asks for one exact action: bound by its digest to tool, arguments, run, step, workflow version and tenant. */
export const approvalRequested = defineEvent({
  type: 'approval.requested',
  version: 1,
  schema: z.object({
    ...Of,
    kind: ApprovalKind,
    workflow: z.object({ name: CallerToken, version: z.int().min(0) }),
    node_id: z.string(),
    /** The call in its node; an approval node has one only. */
    call_id: z.string(),
    /** Keyed SHA-256 over the canonical action (RFC 8785). */
    action_digest: z.string(),
    plan: ActionPlan,
    risk_assessment: RiskAssessment,
    /** The least role of whoever decides. */
    required_role: StaffRole,
    /** How many people have to approve. */
    approvals_needed: z.int().min(1),
    /** The human agent who set the run off, where the policy keeps them from deciding. */
    excluded_agent_ids: z.array(z.string()),
    expires_at: Timestamp,
    /** The approval that this one is the edit of. */
    edited_from: z.string().nullable(),
  }),
  personal: ['plan', 'risk_assessment'],
  example: {
    ...of,
    kind: 'tool',
    workflow: { name: 'order_management', version: 1 },
    node_id: 'handle',
    call_id: 'c2',
    action_digest: '3b1f09',
    plan: {
      request: 'orders.refund',
      steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 600 }, reason: 'It came broken' }],
    },
    risk_assessment: { risk_tier: 'CRITICAL', risk_score: 90, reasons: ['Scored 90: from 90 on'] },
    required_role: 'senior',
    approvals_needed: 2,
    excluded_agent_ids: [],
    expires_at: '2026-11-22T11:00:00.000Z',
    edited_from: null,
  },
});

/** One person's decision; `status` is what the approval is after it. */
export const approvalDecided = defineEvent({
  type: 'approval.decided',
  version: 1,
  schema: z.object({
    ...Of,
    decision: ApprovalDecision,
    status: z.enum(['PENDING', 'APPROVED', 'REJECTED', 'EDITED', 'RESPONDED']),
    decided_by: z.object({ agent_id: z.string(), role: StaffRole }),
    action_digest: z.string(),
    message: z.string().nullable(),
    /** Of an EDIT: the plan as it is now, what changed, and the approval that the new action has. */
    edited_plan: ActionPlan.nullable(),
    changes: z.array(PlanChange),
    edited_to: z.string().nullable(),
  }),
  personal: ['message', 'edited_plan', 'changes'],
  example: {
    ...of,
    decision: 'APPROVE',
    status: 'APPROVED',
    decided_by: { agent_id: 'lena', role: 'senior' },
    action_digest: '3b1f09',
    message: 'The photos show it',
    edited_plan: null,
    changes: [],
    edited_to: null,
  },
});

export const ESCALATION_STEPS = ['remind', 'widen', 'supervisor'] as const;

/** Nobody has decided yet: those who may are reminded, then everybody whose role suffices, then supervisors. */
export const approvalEscalated = defineEvent({
  type: 'approval.escalated',
  version: 1,
  schema: z.object({
    ...Of,
    step: z.enum(ESCALATION_STEPS),
    required_role: StaffRole,
    expires_at: Timestamp,
  }),
  personal: [],
  example: { ...of, step: 'remind', required_role: 'senior', expires_at: '2026-11-22T11:00:00.000Z' },
});

/** A question was asked about it: it stays open long enough for the answer to be thought about. */
export const approvalExtended = defineEvent({
  type: 'approval.extended',
  version: 1,
  schema: z.object({ ...Of, expires_at: Timestamp }),
  personal: [],
  example: { ...of, expires_at: '2026-11-22T11:05:00.000Z' },
});

/** Nobody decided in time: that is a no. */
export const approvalExpired = defineEvent({
  type: 'approval.expired',
  version: 1,
  schema: z.object(Of),
  personal: [],
  example: of,
});

export const approvalCancelled = defineEvent({
  type: 'approval.cancelled',
  version: 1,
  schema: z.object({ ...Of, reason: z.string() }),
  personal: [],
  example: { ...of, reason: 'The conversation was resolved' },
});

/** Written with the start of the action itself, so that it is begun once. */
export const approvalExecutionStarted = defineEvent({
  type: 'approval.execution_started',
  version: 1,
  schema: z.object({ ...Of, action_digest: z.string(), idempotency_key: z.string() }),
  personal: [],
  example: { ...of, action_digest: '3b1f09', idempotency_key: 'run_1:handle:c2' },
});

/** One step of a plan is done; the last one makes it executed. */
export const approvalStepExecuted = defineEvent({
  type: 'approval.step_executed',
  version: 1,
  schema: z.object({ ...Of, steps_left: z.int().positive() }),
  personal: [],
  example: { ...of, steps_left: 1 },
});

export const approvalExecuted = defineEvent({
  type: 'approval.executed',
  version: 1,
  schema: z.object(Of),
  personal: [],
  example: of,
});

/** The action said no, or nobody knows whether it was done (`unsettled`): a person should look. */
export const approvalFailed = defineEvent({
  type: 'approval.failed',
  version: 1,
  schema: z.object({ ...Of, error: z.object({ code: z.string(), message: z.string() }) }),
  personal: ['error'],
  example: { ...of, error: { code: 'unsettled', message: 'Begun, and not known whether it was done' } },
});

export const approvalEvents = [
  approvalRequested,
  approvalDecided,
  approvalEscalated,
  approvalExtended,
  approvalExpired,
  approvalCancelled,
  approvalExecutionStarted,
  approvalStepExecuted,
  approvalExecuted,
  approvalFailed,
] as const;
export type ApprovalEvent = EventOf<(typeof approvalEvents)[number]>;
