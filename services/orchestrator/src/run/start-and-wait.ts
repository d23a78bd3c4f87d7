import { BatonError, type Replayable, type RequestContext, type RunView } from '@baton/contracts';
import { newId } from '@baton/service';

import { validate } from '../workflow/json-schema.js';
import type { VersionedWorkflow } from '../workflow/workflow.registry.js';
import type { RunReads } from './run.reads.js';
import type { StandaloneRunWorker } from './standalone-run.worker.js';

/** What is to be run, and with what. */
export interface RunRequest extends VersionedWorkflow {
  /** The workflow's text where no registry has it. */
  readonly definition?: string;
  readonly input: Record<string, unknown>;
  /** The name that the caller knows the input by, for what is wrong with it. */
  readonly inputName: string;
  readonly waitMs: number;
}

/** So often it is looked whether to wait on. */
const LONGEST_WAIT_MS = 1_000;
/** A replica that drains waits on this long: less than it gives its requests. */
const LEAVING_WAIT_MS = 5_000;
/** How often a run that is played elsewhere is looked at. */
const LOOK_EVERY_MS = 100;

/** Starts a run without a conversation and waits for it as long as its caller does. */
export class StartAndWait {
  private leavesAt = Infinity;

  /** @param leaving aborts when this process begins to drain */
  constructor(
    private readonly worker: StandaloneRunWorker,
    private readonly reads: RunReads,
    leaving: AbortSignal,
  ) {
    leaving.addEventListener('abort', () => (this.leavesAt = performance.now() + LEAVING_WAIT_MS), {
      once: true,
    });
  }

  /** @throws BatonError `validation-failed` with the paths of the input, `idempotency-key-reused` */
  async run(ctx: RequestContext, request: RunRequest): Promise<Replayable<RunView>> {
    // 1. Hold the input against the workflow
    const { name, version, workflow, definition, input, inputName, waitMs } = request;
    const errors = workflow.input ? validate(workflow.input, input, inputName) : [];
    if (errors.length > 0)
      throw new BatonError('validation-failed', `The input is not what "${name}" takes`, { errors });
    // 2. Write its start
    const run_id = newId('run');
    const outcome = await this.worker.start({
      ctx,
      run_id,
      workflow: { name, version },
      ...(definition !== undefined && { definition }),
      input,
    });
    // 3. Wait as long as the caller does
    if (outcome.kind === 'replayed') {
      if (outcome.bodyHash !== ctx.idempotency?.body_hash)
        throw new BatonError('idempotency-key-reused', 'This idempotency key came with another body before');
      const earlier = (outcome.answer as { run_id: string }).run_id;
      return { result: await this.settled(ctx.tenant_id, earlier, waitMs), replayed: true };
    }
    if (outcome.kind !== 'committed')
      throw new BatonError('version-conflict', 'The run could not be started');
    return { result: await this.settled(ctx.tenant_id, run_id, waitMs), replayed: false };
  }

  /** The run as it is when it has ended, the caller has waited long enough, or this process is about to end. */
  private async settled(tenantId: string, runId: string, waitMs: number): Promise<RunView> {
    const wanted = performance.now() + waitMs;
    const leftMs = (): number => Math.min(wanted, this.leavesAt) - performance.now();
    for (;;) {
      await this.worker.settled(runId, Math.min(leftMs(), LONGEST_WAIT_MS));
      const view = await this.reads.get(tenantId, runId);
      const left = leftMs();
      if (view.status !== 'RUNNING' || left <= 0) return view;
      await new Promise((resolve) => setTimeout(resolve, Math.min(LOOK_EVERY_MS, left)));
    }
  }
}
