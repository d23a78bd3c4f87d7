import type { Priority, RequiredSkills, RoutingPolicy } from '@baton/contracts';

import type { HoursNow } from './conversation.commands.js';

export interface WorkflowRef {
  readonly name: string;
  readonly version: number;
}

/** Where a handover goes, by the workflow's routing rules. */
export interface Routing {
  readonly required_skills: RequiredSkills;
  readonly priority: Priority;
  readonly queue: string;
  readonly routing: RoutingPolicy;
}

export interface Gathering {
  readonly debounce: { readonly quiet_ms: number; readonly max_wait_ms: number };
  /** What becomes of input that comes mid-turn. */
  readonly on_new_input: 'queue' | 'restart';
  /** A decimal string in USD. */
  readonly human_cost_per_hour: string;
}

/** What conversations ask of the workflow registry. */
export interface ConversationWorkflows {
  /**
   * The newest version of a workflow as the tenant sees it; the default one where none is named.
   * @throws BatonError `not-found`
   */
  newest(tenantId: string, name: string | undefined): Promise<WorkflowRef>;
  /** How messages are gathered into turns, and what an hour of a person costs. */
  gathering(tenantId: string, workflow: WorkflowRef): Promise<Gathering>;
  contextLimits(
    tenantId: string,
    workflow: WorkflowRef,
  ): Promise<{
    readonly recentTurns: number;
    readonly memories: number;
    /** Against how many of the latest replies a reply is held. */
    readonly dedupLast: number;
    /** The workflow hands over when the customer asks for a person. */
    readonly detectsHumanRequest: boolean;
  }>;
  /** Whether the workflow's people are there now, and when they are again. */
  hours(tenantId: string, workflow: WorkflowRef): Promise<HoursNow>;
  /** The first routing rule that fits; `scope` holds the names that its expressions may use. */
  route(tenantId: string, workflow: WorkflowRef, scope: Readonly<Record<string, unknown>>): Promise<Routing>;
}

export const CONVERSATION_WORKFLOWS = Symbol('ConversationWorkflows');
