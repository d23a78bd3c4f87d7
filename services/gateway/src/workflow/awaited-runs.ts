import { setTimeout as sleep } from 'node:timers/promises';

import { BusClient } from '@baton/bus';
import { isBatonError, type RequestContext, type RunView, workflowRequests } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { LastCall } from '../http/last-call.js';

/** An orchestrator that drains finishes a request that takes so long. */
const FIRST_WAIT_MS = 5_000;
const LOOK_EVERY_MS = 200;
const ANSWER_MARGIN_MS = 10_000;

/** What the request that starts a run is to be sent with. */
export interface FirstWait {
  readonly waitMs: number;
  readonly timeoutMs: number;
}

/** Runs that a caller waits for, longer than the replica that began them may live. */
@Injectable()
export class AwaitedRuns {
  constructor(
    private readonly bus: BusClient,
    private readonly lastCall: LastCall,
  ) {}

  /** The first wait is the orchestrator's, which knows at once when a run that it plays has ended. */
  firstOf(waitMs: number): FirstWait {
    const first = Math.min(waitMs, FIRST_WAIT_MS);
    return { waitMs: first, timeoutMs: first + ANSWER_MARGIN_MS };
  }

  /**
   * The run as it is when it has ended or is paused, when `untilMs` (of `performance.now()`) has come, when the caller
   * has gone, or when this process is about to end.
   */
  async settled(ctx: RequestContext, first: RunView, untilMs: number, gone: AbortSignal): Promise<RunView> {
    const { idempotency: _, ...readContext } = ctx;
    let run = first;
    while (run.status === 'RUNNING') {
      const left = untilMs - performance.now();
      if (left <= 0 || gone.aborted || this.lastCall.signal.aborted) return run;
      await sleep(Math.min(LOOK_EVERY_MS, left));
      run = (await this.look(readContext, run.run_id)) ?? run;
    }
    return run;
  }

  /** Undefined where nobody can say just now. */
  private async look(ctx: RequestContext, run_id: string): Promise<RunView | undefined> {
    try {
      return await this.bus.request(workflowRequests.getRun, ctx, { run_id });
    } catch (error) {
      if (isBatonError(error) && error.retryable) return undefined;
      throw error;
    }
  }
}
