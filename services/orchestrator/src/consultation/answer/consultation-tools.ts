import { isBatonError, type ToolSpec } from '@baton/contracts';

import { CONVERSATION_HANDOVER } from '../../tool/builtin/conversation-handover.tool.js';
import { ApprovalNeeded } from '../../tool/approval-needed.js';
import type { NodeScope } from '../../tool/node-scope.js';
import { hasSideEffect, idempotencyOf, type Tool } from '../../tool/tool.js';
import { checkArguments } from '../../tool/tool-arguments.js';
import type { ToolExecutor } from '../../tool/tool-executor.js';
import type { ToolOutcome } from '../../tool/tool-outcome.js';
import type { Workflow, WorkflowNode } from '../../workflow/workflow.js';

type FindTool = (name: string, tenantId: string) => Promise<Tool | undefined>;

/** What a consulted agent may look at with: the reads of its workflow's tools, through the one door of all tools. */
export class ConsultationTools {
  constructor(
    private readonly executor: Pick<ToolExecutor, 'specs' | 'execute'>,
    private readonly find: FindTool,
    private readonly scope: NodeScope,
  ) {}

  /** The tools that could be run here at all: what always has an effect, or is above LOW, would only be refused. */
  async specs(): Promise<ToolSpec[]> {
    const tools = await Promise.all(this.scope.tools.map((name) => this.find(name, this.scope.tenantId)));
    const readable = tools.filter((tool) => tool !== undefined).filter((tool) => this.mayRead(tool));
    return this.executor.specs({ ...this.scope, tools: readable.map(({ name }) => name) });
  }

  /** Runs a read of low risk. Anything else is refused, with that said: never paused for, never run. */
  async read(call: {
    readonly id: string;
    readonly tool: string;
    readonly args: unknown;
  }): Promise<ToolOutcome> {
    const tool = this.scope.tools.includes(call.tool)
      ? await this.find(call.tool, this.scope.tenantId)
      : undefined;
    if (tool) {
      const checked = checkArguments(tool, call.args);
      if (checked.problem !== undefined) return refused('invalid-arguments', checked.problem);
      if (hasSideEffect(tool, checked.ok))
        return refused('read-only', `${tool.name} changes something: ${NOT_HERE}`);
    }
    try {
      const [outcome] = await this.executor.execute(
        [{ callId: call.id, tool: call.tool, args: call.args }],
        this.scope,
      );
      return outcome ?? refused('not-run', `${call.tool} gave nothing`);
    } catch (error) {
      if (error instanceof ApprovalNeeded)
        return refused('read-only', `${call.tool} is ${error.request.risk.risk_tier}, not LOW: ${NOT_HERE}`);
      if (isBatonError(error, 'forbidden')) return refused('read-only', `${call.tool}: ${NOT_HERE}`);
      throw error;
    }
  }

  private mayRead(tool: Tool): boolean {
    if (typeof tool.idempotency !== 'function' && idempotencyOf(tool, {}) !== 'safe') return false;
    const rule = this.scope.approvals.get(tool.name)?.risk;
    if (!rule) return tool.riskTier === 'LOW';
    return rule.kind === 'score' || rule.tier === 'LOW';
  }
}

const NOT_HERE = 'in a consultation the agent only reads. It was not run';

const refused = (code: string, message: string): ToolOutcome => ({ kind: 'error', error: { code, message } });

/** Every tool that the workflow names, but the one that decides where the conversation goes. */
export const toolsOf = (workflow: Pick<Workflow, 'nodes'>): readonly string[] => [
  ...new Set([...workflow.nodes.values()].flatMap(ofNode)),
];

const ofNode = (node: WorkflowNode): readonly string[] => {
  switch (node.type) {
    case 'agent':
      return node.tools.filter((name) => name !== CONVERSATION_HANDOVER);
    case 'tool':
      return node.tool === CONVERSATION_HANDOVER ? [] : [node.tool];
    case 'map':
      return ofNode(node.item);
    default:
      return [];
  }
};
