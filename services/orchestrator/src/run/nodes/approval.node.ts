import type { ActionPlan, ApprovalKind } from '@baton/contracts';

import { requirementOf } from '../../tool/approval-gate.js';
import { ApprovalNeeded } from '../../tool/approval-needed.js';
import { jsonSafe } from '../../tool/json-safe.js';
import { DEFAULT_THRESHOLDS, judgeRisk } from '../../tool/risk.js';
import type { RecordedDecision } from '../../tool/run-journal.port.js';
import { asText } from '../../workflow/expression/template.js';
import type { ApprovalNode, Workflow } from '../../workflow/workflow.js';
import { toolKey } from '../run.state.js';
import { momentOf } from '../run-scope.js';
import { planRisk, type WholeRisk } from '../plan-risk.js';
import { completed, type NodeEnd, type NodeWork, renderAll } from './node-work.js';

/** A node asks once. */
export const PLAN_CALL = 'plan';

/** Pauses the run until people have decided on what the workflow plans; the decision is the node's result. */
export const runApproval = async (node: ApprovalNode, work: NodeWork): Promise<NodeEnd> => {
  const decision = work.log.state.decisions[toolKey(work.nodeId, PLAN_CALL)];
  const plan = await planOf(node, work);
  if (decision) return completed(decisionResult(decision, plan));
  const { risk, policy } = await planRisk(plan, nodeRisk(node), {
    policies: work.play.workflow.approvals,
    tool: (name) => work.ports.findTool(name, work.play.tenantId),
    score: async (expression, args) => {
      const scope = args === undefined ? work.scope : { ...work.scope, args };
      const [score] = await work.ports.expressions.evaluateAll(
        [expression],
        scope,
        momentOf(work.log.state, work.nodeId),
      );
      return score;
    },
  });
  throw new ApprovalNeeded({
    kind: 'plan',
    node_id: work.nodeId,
    call_id: PLAN_CALL,
    plan,
    risk: { ...risk, reasons: [...risk.reasons] },
    required: requirementOf(risk.risk_tier, policy),
  });
};

const planOf = async (node: ApprovalNode, work: NodeWork): Promise<ActionPlan> => {
  const [rendered] = await renderAll(work, [node.plan]);
  const { request, steps } = jsonSafe(rendered) as {
    readonly request: unknown;
    readonly steps: readonly { readonly tool: string; readonly args?: unknown; readonly reason?: unknown }[];
  };
  return {
    request: asText(request),
    steps: steps.map(({ tool, args, reason }) => ({
      tool,
      args: args ?? {},
      reason: reason === undefined || reason === null ? null : asText(reason),
    })),
  };
};

/** What the node itself says of the risk. */
const nodeRisk = ({ id, risk }: ApprovalNode): WholeRisk => {
  if (risk === null) return () => Promise.resolve(undefined);
  const policy = { risk, tiers: DEFAULT_THRESHOLDS };
  return (score) => judgeRisk({ name: id, riskTier: 'HIGH' }, policy, score);
};

/** The same of a plan that people have changed; nothing of what no approval node asked. */
export const nodePlanRisk = (
  { nodes }: Pick<Workflow, 'nodes'>,
  { kind, node_id }: { readonly kind: ApprovalKind; readonly node_id: string },
): WholeRisk => {
  const node = nodes.get(node_id.split('[', 1)[0] ?? node_id);
  const asking = node?.type === 'map' ? node.item : node;
  return kind === 'plan' && asking?.type === 'approval' ? nodeRisk(asking) : () => Promise.resolve(undefined);
};

const decisionResult = (
  { decision, is_edited, message, plan: agreed, decided_by, approval_id }: RecordedDecision,
  asked: ActionPlan,
): Record<string, unknown> => ({
  approval_id,
  decision: is_edited && decision === 'APPROVED' ? 'EDIT' : WORDS[decision],
  approved: decision === 'APPROVED',
  message,
  plan: agreed ?? asked,
  decided_by,
});

const WORDS: Readonly<Record<RecordedDecision['decision'], string>> = {
  APPROVED: 'APPROVE',
  REJECTED: 'REJECT',
  RESPONDED: 'RESPOND',
  EXPIRED: 'EXPIRED',
  CANCELLED: 'CANCELLED',
};
