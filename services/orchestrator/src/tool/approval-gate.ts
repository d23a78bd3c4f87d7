import type { ActionPlan, RiskTier } from '@baton/contracts';

import { actionDigest, canonicalText } from '../approval/action-digest.js';
import { DEFAULT_DECIDERS, DEFAULT_EXPIRES_AFTER } from '../workflow/file/approval-policy.schema.js';
import { toMs } from '../workflow/file/duration.js';
import type { ApprovalPolicy } from '../workflow/workflow.js';
import type { ActionRequest, ApprovalRequirement } from './approval-needed.js';
import type { NodeScope } from './node-scope.js';
import type { RiskAssessment } from './risk.js';
import type { RecordedDecision } from './run-journal.port.js';
import type { Tool, ToolArguments } from './tool.js';

/** A call before the gate. */
export interface GatedCall {
  readonly tool: Pick<Tool, 'name'>;
  readonly callId: string;
  readonly args: ToolArguments;
}

/** What lets an action through, once. */
export interface Grant {
  readonly id: string;
  readonly digest: string;
}

/** What people said to a call, if they were asked. */
export type Verdict =
  | { readonly kind: 'open' }
  /** It may be done once, with these arguments. */
  | {
      readonly kind: 'granted';
      readonly approval: Grant;
      readonly args: unknown;
      readonly isEdited: boolean;
    }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** The decision on this very call; else a plan that people agreed to and that has it as a step not yet done. */
export const verdictOn = (call: GatedCall, scope: NodeScope): Verdict => {
  const own = scope.journal.decision(scope.nodeId, call.callId);
  if (own) return own.decision === 'APPROVED' ? granted(own, call, scope) : refusal(own);
  for (const plan of scope.journal.agreedPlans()) {
    if (hasOpenStep(plan, call, scope))
      return { kind: 'granted', approval: grantOf(plan), args: call.args, isEdited: false };
  }
  return { kind: 'open' };
};

/** Fails closed: what is agreed to is the action whose digest was, and no other. */
const granted = (decision: RecordedDecision, call: GatedCall, scope: NodeScope): Verdict => {
  const step = decision.plan?.steps[0];
  const isTheOne =
    step !== undefined &&
    step.tool === call.tool.name &&
    decision.action_digest === digestOf(call.callId, [step], scope);
  if (!isTheOne)
    return {
      kind: 'refused',
      code: 'approval-mismatch',
      message: `What was agreed to is another action than this one of ${call.tool.name}: it is not done`,
    };
  return {
    kind: 'granted',
    approval: grantOf(decision),
    args: step.args,
    isEdited: decision.is_edited,
  };
};

const grantOf = ({ approval_id, action_digest }: RecordedDecision): Grant => ({
  id: approval_id,
  digest: action_digest ?? '',
});

const refusal = ({ decision, message, decided_by }: RecordedDecision): Verdict => {
  const who = decided_by.length > 0 ? 'A person of our team' : 'Nobody of our team';
  const said = message ? `: ${message}` : '';
  switch (decision) {
    case 'REJECTED':
      return {
        kind: 'refused',
        code: 'approval-rejected',
        message: `${who} said no to this${said}. It was not done`,
      };
    case 'RESPONDED':
      return {
        kind: 'refused',
        code: 'approval-responded',
        message: `${who} answered instead of agreeing${said}. It was not done: plan again with that in mind`,
      };
    case 'EXPIRED':
      return {
        kind: 'refused',
        code: 'approval-expired',
        message: 'Nobody of our team decided in time, which is a no. It was not done',
      };
    default:
      return {
        kind: 'refused',
        code: 'approval-cancelled',
        message: `It was taken back${said}. It was not done`,
      };
  }
};

/** A step as often as the plan has it, and not once more. */
const hasOpenStep = (plan: RecordedDecision, call: GatedCall, scope: NodeScope): boolean => {
  const wanted = canonicalText({ tool: call.tool.name, args: call.args });
  const same = ({ tool, args }: { readonly tool: string; readonly args?: unknown }): boolean =>
    canonicalText({ tool, args: args ?? null }) === wanted;
  const planned = plan.plan?.steps.filter(same).length ?? 0;
  return scope.journal.startedWith(plan.approval_id).filter(same).length < planned;
};

export const digestOf = (callId: string, steps: ActionPlan['steps'], scope: ActionScope): string =>
  actionDigest(scope.digestKey, {
    tenant_id: scope.tenantId,
    run_id: scope.runId,
    workflow: scope.workflow,
    node_id: scope.nodeId,
    call_id: callId,
    steps,
  });

/** What an action is bound to beside tool and arguments. */
export type ActionScope = Pick<NodeScope, 'tenantId' | 'runId' | 'workflow' | 'nodeId' | 'digestKey'>;

/** What people are asked about one call of a tool. The words are Baton's, made from what would be done. */
export const requestFor = (
  call: GatedCall,
  risk: RiskAssessment,
  policy: ApprovalPolicy | undefined,
  nodeId: string,
  reason: string | null,
): ActionRequest => ({
  kind: 'tool',
  node_id: nodeId,
  call_id: call.callId,
  plan: {
    request: `${call.tool.name} ${JSON.stringify(call.args)}`,
    steps: [{ tool: call.tool.name, args: call.args, reason }],
  },
  risk: { ...risk, reasons: [...risk.reasons] },
  required: requirementOf(risk.risk_tier, policy),
});

/** So long a run waits for somebody to connect what it needs. */
const RECONNECT_EXPIRES_MS = 24 * 3_600_000;

/** What people are asked where a call lacks its connection: yes means that it is connected now, and tried again. */
export const reconnectRequest = (
  { callId, tool, args }: { readonly callId: string; readonly tool: string; readonly args: unknown },
  error: { readonly code: string; readonly message: string },
  nodeId: string,
): ActionRequest => ({
  kind: 'reconnect',
  node_id: nodeId,
  call_id: callId,
  plan: { request: error.message, steps: [{ tool, args, reason: null }] },
  risk: { risk_tier: 'LOW', risk_score: 0, reasons: [`${tool} can't be used: ${error.code}`] },
  required: { role: 'agent', approvals: 1, fourEyes: false, expiresAfterMs: RECONNECT_EXPIRES_MS },
});

/** Whether people have said, since a call came back without its connection, that it is there now; or that it will not be. */
export const isReconnectDecided = (
  decision: RecordedDecision | undefined,
  finished: { readonly approval_id?: string | undefined },
): boolean => decision?.kind === 'reconnect' && decision.approval_id !== finished.approval_id;

/** Who decides on what is so risky. */
export const requirementOf = (tier: RiskTier, policy: ApprovalPolicy | undefined): ApprovalRequirement => ({
  ...decidersOf(tier, policy),
  fourEyes: policy?.four_eyes ?? false,
  expiresAfterMs: policy?.expires_after_ms ?? toMs(DEFAULT_EXPIRES_AFTER),
});

const decidersOf = (tier: RiskTier, policy: ApprovalPolicy | undefined) =>
  tier === 'LOW' ? DEFAULT_DECIDERS.MEDIUM : (policy?.require[tier] ?? DEFAULT_DECIDERS[tier]);
