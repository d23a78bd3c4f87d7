import { z } from 'zod';

import type { FittedContext, RunStatus, StepStatus } from '../events/run.js';
import type { Usage } from '../events/shared.js';
import { CallerToken } from '../ids.js';
import type { FieldError } from '../problem/baton-error.js';
import type { EventView } from './conversation.js';
import { defineRequest, type Page, PageQuery, type Replayable } from './define-request.js';

export interface RunView {
  readonly run_id: string;
  readonly workflow: { readonly name: string; readonly version: number };
  readonly conversation_id: string | null;
  readonly status: RunStatus;
  readonly sink: 'FINISH' | 'HANDOVER' | null;
  readonly output: unknown;
  readonly handover: { readonly reason: string; readonly note: string | null } | null;
  readonly error: { readonly code: string; readonly message: string; readonly node_id: string | null } | null;
  /** What a paused run waits for. */
  readonly approval_id: string | null;
  readonly consultation_id: string | null;
  readonly usage: Usage;
  readonly steps: readonly {
    readonly id: string;
    readonly status: StepStatus;
    readonly attempts: number;
    readonly duration_ms: number;
    readonly output: unknown;
    /** What of the conversation an agent was shown; absent where there is none. */
    readonly context?: FittedContext | undefined;
  }[];
  readonly created_at: string;
  readonly updated_at: string;
}

export interface WorkflowView {
  readonly name: string;
  readonly version: number;
  readonly digest: string;
  readonly description: string | null;
  /** `builtin` came from the folder and serves every tenant; `tenant` was PUT. */
  readonly source: 'builtin' | 'tenant';
  readonly yaml?: string;
}

/** A type of agent that a node may name. */
export interface AgentTypeView {
  readonly type: string;
  readonly description: string;
  /** The tier of a node that names no model. */
  readonly default_model: string;
  /** Whether a node may give it tools. */
  readonly takes_tools: boolean;
  readonly available: boolean;
  /** Why it is not available. */
  readonly unavailable_reason: string | null;
}

export interface ToolView {
  readonly name: string;
  readonly source: 'builtin' | 'http' | 'mcp' | 'composio';
  readonly description: string;
  readonly input_schema: Record<string, unknown>;
  readonly risk_tier: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly connected: boolean;
}

/** One call of a tool, alone: a run of its own. */
export interface ToolExecutionView {
  readonly run_id: string;
  readonly status: RunStatus;
  /** What has to be decided first; set while it is PAUSED. */
  readonly approval_id: string | null;
  /** Null while it runs on. */
  readonly result: unknown;
}

/** Answer when the run has ended or this has passed, whichever is first; 0 answers at once. */
const wait_ms = z.int().min(0).max(120_000);
const yaml = z.object({ yaml: z.string().max(1_048_576) });
const LARGEST_DEFINITION = 262_144;
const named = z.object({ name: CallerToken });

export const workflowRequests = {
  execute: defineRequest<Replayable<RunView>>()(
    'workflow.execute',
    z.object({
      workflow_name: CallerToken.optional(),
      version: z.int().positive().optional(),
      /** The workflow itself, in YAML, instead of a name: for this run alone. */
      definition: z.string().max(LARGEST_DEFINITION).optional(),
      input_data: z.record(z.string(), z.unknown()),
      wait_ms,
    }),
  ),
  getRun: defineRequest<RunView>()('run.get', z.object({ run_id: z.string() })),
  listRuns: defineRequest<Page<RunView>>()(
    'run.list',
    PageQuery.extend({
      status: z.enum(['RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED']).optional(),
    }),
  ),
  /** What happened in it, oldest first. */
  runEvents: defineRequest<Page<EventView>>()('run.events', PageQuery.extend({ run_id: z.string() })),
  cancelRun: defineRequest<Replayable<RunView>>()('run.cancel', z.object({ run_id: z.string() })),
  list: defineRequest<Page<WorkflowView>>()('workflow.list', PageQuery),
  get: defineRequest<WorkflowView>()(
    'workflow.get',
    /** The newest unless told; an older one is kept for whoever began with it. */
    named.extend({ version: z.int().positive().optional() }),
  ),
  put: defineRequest<WorkflowView>()('workflow.put', named.extend(yaml.shape)),
  delete: defineRequest<null>()('workflow.delete', named),
  validate: defineRequest<{ readonly valid: boolean; readonly errors: readonly FieldError[] }>()(
    'workflow.validate',
    yaml,
  ),
  listAgents: defineRequest<Page<AgentTypeView>>()('agent.list', PageQuery),
  /** One agent run alone: a run of a workflow that is that agent. */
  executeAgent: defineRequest<Replayable<RunView>>()(
    'agent.execute',
    z.object({
      type: CallerToken,
      /** Text is the message; an object what a workflow's `input_data` would be. */
      input: z.union([z.string(), z.record(z.string(), z.unknown())]),
      model: z.string().optional(),
      prompt: z.string().optional(),
      tools: z.array(z.string()).optional(),
      max_steps: z.number().optional(),
      output: z.record(z.string(), z.unknown()).optional(),
      wait_ms,
    }),
  ),
  listTools: defineRequest<Page<ToolView>>()('tool.list', PageQuery),
  /** One tool alone, by its own tier: above LOW it pauses for an approval. */
  executeTool: defineRequest<Replayable<ToolExecutionView>>()(
    'tool.execute',
    z.object({ name: z.string(), args: z.unknown(), wait_ms }),
  ),
} as const;
