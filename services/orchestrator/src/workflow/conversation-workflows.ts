import { type Customer, languageOf } from '@baton/contracts';
import { keyedHash } from '@baton/service';

import type { HoursNow } from '../conversation/conversation.commands.js';
import type {
  ConversationWorkflows,
  Gathering,
  Routing,
  WorkflowRef,
} from '../conversation/workflows.port.js';
import type { ExpressionEngine } from './expression/expression-engine.js';
import { isOpen, nextOpening } from './opening-hours.js';
import { laterRules } from './later-rules.js';
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
    private readonly customerHashKey: Buffer,
  ) {}

  async newest(tenantId: string, name: string | undefined): Promise<WorkflowRef> {
    const found = await this.registry.newest(tenantId, name ?? this.defaultName);
    return { name: found.name, version: found.version };
  }

  async gathering(tenantId: string, ref: WorkflowRef): Promise<Gathering> {
    const { conversation, human } = await this.workflow(tenantId, ref);
    return { ...conversation, human_cost_per_hour: decimal(human.human_cost_per_hour) };
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

  async hours(tenantId: string, ref: WorkflowRef): Promise<HoursNow> {
    const { opening_hours } = (await this.workflow(tenantId, ref)).human;
    const now = new Date(this.nowMs());
    const is_open = isOpen(opening_hours, now);
    return {
      is_open,
      opens_at: is_open ? null : (nextOpening(opening_hours, now)?.toISOString() ?? null),
      timezone: opening_hours?.timezone ?? 'UTC',
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
    const later = await laterRules(workflow, this.engine, scope, moment);
    return {
      required_skills: rule.required_skills,
      priority: rule.priority,
      queue: rule.queue,
      routing: {
        ...routingPolicy(workflow.human, rule),
        ...this.customerOf(tenantId, scope),
        ...(later.length > 0 && { reroute: later }),
      },
    };
  }

  /** What routing may know of a customer: their language, and whether they were here before. */
  private customerOf(
    tenantId: string,
    scope: Readonly<Record<string, unknown>>,
  ): Pick<Routing['routing'], 'language' | 'customer_key'> {
    const { customer } = (scope['conversation'] ?? {}) as { readonly customer?: Customer | null };
    const language = languageOf(customer?.locale);
    return {
      ...(language !== undefined && { language }),
      ...(customer && {
        customer_key: keyedHash(this.customerHashKey, JSON.stringify([tenantId, customer.id])),
      }),
    };
  }

  private async workflow(tenantId: string, { name, version }: WorkflowRef): Promise<Workflow> {
    return (await this.registry.version(tenantId, name, version)).workflow;
  }
}

/** Without an exponent, whatever the size. */
const decimal = (value: number): string =>
  value.toLocaleString('en', { useGrouping: false, maximumFractionDigits: 20 });
