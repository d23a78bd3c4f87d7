import { conversationKeyId } from '../conversation/conversation-ref.js';
import type { InterruptibleRun, InterruptibleRuns } from '../conversation/interruptible-runs.port.js';
import { runDecider } from './run.decider.js';
import type { RunRepository } from './run.repository.js';
import { usageOf } from './run.state.js';

const WHY = 'New input came; the turn begins anew with it';

/** Runs of conversations that new input may cut short: until the first tool with a side effect has started. */
export class CancellableRuns implements InterruptibleRuns {
  constructor(
    private readonly repository: RunRepository,
    private readonly nowIso: () => string,
  ) {}

  async interruptible(
    tenantId: string,
    conversationId: string,
    runId: string,
  ): Promise<InterruptibleRun | null> {
    const before = await this.repository.load(tenantId, runId, conversationKeyId(conversationId));
    const { state } = before;
    if (state.status !== 'RUNNING' || Object.keys(state.tools_started).length > 0) return null;
    // A tool that starts meanwhile moves the run's stream: the commit then finds a conflict and looks again.
    const events = runDecider.decide({ type: 'CancelRun', reason: WHY }, state);
    const { append, rows } = this.repository.append(tenantId, before, events, this.nowIso());
    return { restart: { run_id: runId, usage: usageOf(state) }, append, rows };
  }
}
