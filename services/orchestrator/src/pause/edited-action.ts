import { type ActionPlan, BatonError, type EditedPlan, type FieldError } from '@baton/contracts';

import type { RequestedApproval } from '../approval/approval.state.js';
import { scopeOf } from '../conversation/handover.handler.js';
import type { Conversation } from '../conversation/conversation.state.js';
import { REPLY_ACTION } from '../run/draft.js';
import { nodePlanRisk } from '../run/nodes/approval.node.js';
import { planRisk } from '../run/plan-risk.js';
import { momentOf, scopeOfNode } from '../run/run-scope.js';
import type { RunFacts } from '../run/run.state.js';
import { requirementOf } from '../tool/approval-gate.js';
import type { ActionRequest } from '../tool/approval-needed.js';
import { jsonSafe } from '../tool/json-safe.js';
import { checkArguments } from '../tool/tool-arguments.js';
import type { ToolRegistry } from '../tool/tool-registry.js';
import type { ExpressionEngine } from '../workflow/expression/expression-engine.js';
import type { WorkflowRegistry } from '../workflow/workflow.registry.js';
import type { Workflow } from '../workflow/workflow.js';

const LONGEST_REPLY = 32_000;

/** What a person made of an action: held against the tools' schemas, and its risk found anew. */
export class EditedActions {
  constructor(
    private readonly workflows: WorkflowRegistry,
    private readonly tools: ToolRegistry,
    private readonly expressions: ExpressionEngine,
  ) {}

  /** @throws BatonError `validation-failed` naming each field of `edited_plan` */
  async of(
    tenantId: string,
    approval: RequestedApproval,
    run: RunFacts,
    conversation: Conversation | null,
    edited: EditedPlan,
  ): Promise<ActionRequest> {
    const plan = planOf(approval, edited);
    const errors = await this.faultsOf(tenantId, approval, plan);
    if (errors.length > 0)
      throw new BatonError('validation-failed', 'The edited plan is not valid', { errors });
    const asked = { kind: approval.kind, node_id: approval.node_id, call_id: approval.call_id };
    if (approval.kind === 'draft') return { ...asked, plan, ...asBefore(approval) };
    const workflow = await this.workflowOf(tenantId, run);
    const { risk, policy } = await planRisk(plan, nodePlanRisk(workflow, approval), {
      policies: workflow.approvals,
      tool: (name) => this.tools.find(name, tenantId),
      score: async (expression, args) => {
        const scope = scopeOfNode(
          run,
          conversation === null ? null : { ...scopeOf(conversation), conversation_id: run.conversation_id },
          workflow.graph,
          approval.node_id,
        );
        const moment = momentOf(run, approval.node_id);
        const names = args === undefined ? scope : { ...scope, args };
        const [score] = await this.expressions.evaluateAll([expression], names, moment);
        return score;
      },
    });
    return {
      ...asked,
      plan,
      risk: { ...risk, reasons: [...risk.reasons] },
      required: requirementOf(risk.risk_tier, policy),
    };
  }

  private async faultsOf(
    tenantId: string,
    approval: RequestedApproval,
    plan: ActionPlan,
  ): Promise<readonly FieldError[]> {
    if (approval.kind !== 'plan' && plan.steps.length !== 1)
      return [{ path: 'edited_plan.steps', message: 'must be the one step that is asked about' }];
    const faults = await Promise.all(
      plan.steps.map((step, index) =>
        this.stepFaults(tenantId, approval, step, `edited_plan.steps[${index}]`),
      ),
    );
    return faults.flat();
  }

  private async stepFaults(
    tenantId: string,
    approval: RequestedApproval,
    { tool: name, args }: ActionPlan['steps'][number],
    path: string,
  ): Promise<readonly FieldError[]> {
    const asked = approval.plan.steps[0]?.tool;
    if (approval.kind !== 'plan' && name !== asked)
      return [{ path: `${path}.tool`, message: `must be ${asked}: another tool is another plan` }];
    if (approval.kind === 'draft') return replyFaults(args, path);
    const tool = await this.tools.find(name, tenantId);
    if (!tool)
      return [{ path: `${path}.tool`, message: `must be a tool: there is no ${JSON.stringify(name)}` }];
    const { errors = [] } = checkArguments(tool, args);
    return errors.map((fault) => ({ ...fault, path: `${path}.${fault.path}` }));
  }

  private async workflowOf(tenantId: string, run: RunFacts): Promise<Workflow> {
    if (run.definition !== undefined) return this.workflows.unregistered(run.definition).workflow;
    return (await this.workflows.version(tenantId, run.workflow.name, run.workflow.version)).workflow;
  }
}

const planOf = (approval: RequestedApproval, edited: EditedPlan): ActionPlan => {
  const steps = edited.steps.map(({ tool, args, reason }, index) => ({
    tool,
    args: jsonSafe(args ?? {}),
    reason: reason ?? approval.plan.steps[index]?.reason ?? null,
  }));
  const [only] = steps;
  const request =
    approval.kind === 'tool' && only ? `${only.tool} ${JSON.stringify(only.args)}` : approval.plan.request;
  return { request: edited.request ?? request, steps };
};

const replyFaults = (args: unknown, path: string): readonly FieldError[] => {
  const { content } = (args ?? {}) as { readonly content?: unknown };
  const isText = typeof content === 'string' && content.trim() !== '' && content.length <= LONGEST_REPLY;
  return isText
    ? []
    : [
        {
          path: `${path}.args.content`,
          message: `must be 1 to ${LONGEST_REPLY} characters (${REPLY_ACTION})`,
        },
      ];
};

/** Who may send a reply does not depend on its words. */
const asBefore = ({
  risk_assessment,
  required_role,
  approvals_needed,
  expires_at,
  requested_at,
}: RequestedApproval) => ({
  risk: risk_assessment,
  required: {
    role: required_role,
    approvals: approvals_needed,
    fourEyes: false,
    expiresAfterMs: Date.parse(expires_at) - Date.parse(requested_at),
  },
});
