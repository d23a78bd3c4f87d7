import type { RunView } from '@baton/contracts';

import { type LiveRun, usageOf } from './run.state.js';

/** A run as `GET /api/v1/runs/{id}` shows it; the items of a map are part of their map's output. */
export const runView = (run: LiveRun): RunView => ({
  run_id: run.run_id,
  workflow: run.workflow,
  conversation_id: run.conversation_id,
  status: run.status,
  sink: run.status === 'COMPLETED' ? run.sink.kind : null,
  output: run.status === 'COMPLETED' ? (run.output ?? null) : null,
  handover:
    run.status === 'COMPLETED' && run.sink.kind === 'HANDOVER'
      ? { reason: run.sink.reason ?? 'agent_decision', note: run.sink.note }
      : null,
  error: run.status === 'FAILED' ? run.error : null,
  approval_id: run.status === 'PAUSED' ? run.pending.approval_id : null,
  consultation_id: run.status === 'PAUSED' ? run.pending.consultation_id : null,
  usage: usageOf(run),
  steps: Object.entries(run.steps)
    .filter(([id]) => !id.includes('['))
    .map(([id, { status, attempts, duration_ms, output, context }]) => ({
      id,
      status,
      attempts,
      duration_ms,
      output: output ?? null,
      ...(context && { context }),
    })),
  created_at: run.started_at,
  updated_at: run.updated_at,
});
