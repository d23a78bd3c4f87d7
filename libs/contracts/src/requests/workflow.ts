import { z } from 'zod';

import type { RunStatus, StepStatus } from '../events/run.js';
import type { Usage } from '../events/shared.js';
import { CallerToken } from '../ids.js';
import type { FieldError } from '../problem/baton-error.js';
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
  readonly usage: Usage;
  readonly steps: readonly {
    readonly id: string;
    readonly status: StepStatus;
    readonly attempts: number;
    readonly duration_ms: number;
    readonly output: unknown;
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

export interface ToolView {
  readonly name: string;
  readonly source: 'builtin' | 'http' | 'mcp' | 'composio';
  readonly description: string;
  readonly input_schema: Record<string, unknown>;
  readonly risk_tier: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL';
  readonly connected: boolean;
}

const yaml = z.object({ yaml: z.string().max(1_048_576) });
const named = z.object({ name: CallerToken });

export const workflowRequests = {
  execute: defineRequest<Replayable<RunView>>()(
    'workflow.execute',
    z.object({
      workflow_name: CallerToken,
      version: z.int().positive().optional(),
      input_data: z.record(z.string(), z.unknown()),
      /** Answer when the run has ended or this has passed, whichever is first; 0 answers at once. */
      wait_ms: z.int().min(0).max(120_000),
    }),
  ),
  getRun: defineRequest<RunView>()('run.get', z.object({ run_id: z.string() })),
  listRuns: defineRequest<Page<RunView>>()(
    'run.list',
    PageQuery.extend({
      status: z.enum(['RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED']).optional(),
    }),
  ),
  cancelRun: defineRequest<Replayable<RunView>>()('run.cancel', z.object({ run_id: z.string() })),
  list: defineRequest<Page<WorkflowView>>()('workflow.list', PageQuery),
  get: defineRequest<WorkflowView>()('workflow.get', named),
  put: defineRequest<WorkflowView>()('workflow.put', named.extend(yaml.shape)),
  delete: defineRequest<null>()('workflow.delete', named),
  validate: defineRequest<{ readonly valid: boolean; readonly errors: readonly FieldError[] }>()(
    'workflow.validate',
    yaml,
  ),
  listTools: defineRequest<Page<ToolView>>()('tool.list', PageQuery),
} as const;
