import {
  type AnswerOf,
  BatonError,
  type BodyOf,
  type RequestContext,
  type RunView,
  type workflowRequests,
} from '@baton/contracts';
import { newId } from '@baton/service';

import { validate } from '../workflow/json-schema.js';
import type { VersionedWorkflow, WorkflowRegistry } from '../workflow/workflow.registry.js';
import type { RunReads } from './run.reads.js';
import type { StandaloneRunWorker } from './standalone-run.worker.js';

type Body = BodyOf<typeof workflowRequests.execute>;
type Answer = Promise<AnswerOf<typeof workflowRequests.execute>>;

/** How often a run that is played elsewhere is looked at. */
const LOOK_EVERY_MS = 100;

/** `POST /api/v1/workflows/execute`: one run without a conversation. */
export class ExecuteWorkflowHandler {
  constructor(
    private readonly registry: WorkflowRegistry,
    private readonly worker: StandaloneRunWorker,
    private readonly reads: RunReads,
  ) {}

  async handle(ctx: RequestContext, body: Body): Answer {
    // 1. Find the workflow and hold the input against it
    const found = await this.find(ctx.tenant_id, body);
    const { input } = found.workflow;
    const errors = input ? validate(input, body.input_data, 'input_data') : [];
    if (errors.length > 0)
      throw new BatonError('validation-failed', `The input is not what "${found.name}" takes`, { errors });
    // 2. Write its start
    const run_id = newId('run');
    const { name, version } = found;
    const outcome = await this.worker.start({
      ctx,
      run_id,
      workflow: { name, version },
      input: body.input_data,
    });
    // 3. Wait as long as the caller does
    if (outcome.kind === 'replayed') {
      if (outcome.bodyHash !== ctx.idempotency?.body_hash)
        throw new BatonError('idempotency-key-reused', 'This idempotency key came with another body before');
      const earlier = (outcome.answer as { run_id: string }).run_id;
      return { result: await this.settled(ctx.tenant_id, earlier, body.wait_ms), replayed: true };
    }
    if (outcome.kind !== 'committed')
      throw new BatonError('version-conflict', 'The run could not be started');
    return { result: await this.settled(ctx.tenant_id, run_id, body.wait_ms), replayed: false };
  }

  private find(tenantId: string, { workflow_name, version }: Body): Promise<VersionedWorkflow> {
    return version === undefined
      ? this.registry.newest(tenantId, workflow_name)
      : this.registry.version(tenantId, workflow_name, version);
  }

  /** The run as it is when it has ended or the caller has waited long enough. */
  private async settled(tenantId: string, runId: string, waitMs: number): Promise<RunView> {
    const until = performance.now() + waitMs;
    for (;;) {
      await this.worker.settled(runId, until - performance.now());
      const view = await this.reads.get(tenantId, runId);
      const left = until - performance.now();
      if (view.status !== 'RUNNING' || left <= 0) return view;
      await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY_MS, left)));
    }
  }
}
