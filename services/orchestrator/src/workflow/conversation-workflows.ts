import type {
  ConversationWorkflows,
  Gathering,
  Routing,
  WorkflowRef,
} from '../conversation/workflows.port.js';
import type { ExpressionEngine } from './expression/expression-engine.js';
import { fittingRule, routingPolicy } from './routing.js';
import type { WorkflowRegistry } from './workflow.registry.js';
import type { Workflow } from './workflow.js';

/** What conversations ask of workflows, answered from the registry. */
export class RegisteredWorkflows implements ConversationWorkflows {
  constructor(
    private readonly registry: WorkflowRegistry,
    private readonly engine: ExpressionEngine,
    private readonly defaultName: string,
    private readonly nowMs: () => number,
  ) {}

  async newest(tenantId: string, name: string | undefined): Promise<WorkflowRef> {
    const found = await this.registry.newest(tenantId, name ?? this.defaultName);
    return { name: found.name, version: found.version };
  }

  async gathering(tenantId: string, ref: WorkflowRef): Promise<Gathering> {
    return (await this.workflow(tenantId, ref)).conversation;
  }

  async contextLimits(
    tenantId: string,
    ref: WorkflowRef,
  ): Promise<{ recentTurns: number; memories: number; dedupLast: number; detectsHumanRequest: boolean }> {
    const { conversation, human } = await this.workflow(tenantId, ref);
    return {
      recentTurns: conversation.context.recent_turns,
      memories: conversation.context.memories,
      dedupLast: conversation.dedup.last,
      detectsHumanRequest: human.triggers.explicit_request,
    };
  }

  async route(
    tenantId: string,
    ref: WorkflowRef,
    scope: Readonly<Record<string, unknown>>,
  ): Promise<Routing> {
    const workflow = await this.workflow(tenantId, ref);
    const moment = { now: this.nowMs(), seed: `${ref.name}/route` };
    const rule = await fittingRule(workflow, this.engine, scope, moment);
    return {
      required_skills: rule.required_skills,
      priority: rule.priority,
      queue: rule.queue,
      routing: routingPolicy(workflow.human, rule),
    };
  }

  private async workflow(tenantId: string, { name, version }: WorkflowRef): Promise<Workflow> {
    return (await this.registry.version(tenantId, name, version)).workflow;
  }
}
