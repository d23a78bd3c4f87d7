import type { LiveRun } from './run.state.js';
import type { RunRow } from './run.tables.js';

/** A run's row in the list of runs, from its state. */
export const runRow = (tenantId: string, run: LiveRun): RunRow => ({
  tenant_id: tenantId,
  run_id: run.run_id,
  workflow_name: run.workflow.name,
  workflow_version: run.workflow.version,
  mode: run.mode,
  conversation_id: run.conversation_id,
  status: run.status,
  sink: run.status === 'COMPLETED' ? run.sink.kind : null,
  created_at: run.started_at,
  updated_at: run.updated_at,
  alive_at: run.updated_at,
});
