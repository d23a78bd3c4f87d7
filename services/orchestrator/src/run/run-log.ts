import { BatonError, type RunEvent } from '@baton/contracts';
import { crashPoint } from '@baton/event-store';

import type {
  AgentThought,
  FinishedTool,
  RecordedDecision,
  RunJournal,
  StartedTool,
} from '../tool/run-journal.port.js';
import { runDecider } from './run.decider.js';
import { type RunningRun, toolKey } from './run.state.js';

/** Where a run's events go. Never called again before it has answered. */
export interface RunAppender {
  /** @throws BatonError `stale-owner` where another worker goes on with the run */
  append(events: readonly RunEvent[]): Promise<void>;
}

/**
 * The state of a run that is at work, and the way into its log. What is recorded counts at once; it is written
 * by the next append, together with everything else that waits: parallel nodes share commits, and one write is
 * under way at a time.
 */
export class RunLog implements RunJournal {
  private waiting: RunEvent[] = [];
  private underWay: Promise<void> | undefined;
  private behind: Promise<void> | undefined;
  private broken: { readonly error: unknown } | undefined;

  constructor(
    private run: RunningRun,
    private readonly appender: RunAppender,
    private readonly nowIso: () => string,
    /** Goes before whatever is written first; a run that ends in one commit has no need of it. */
    private opening: readonly RunEvent[] = [],
  ) {}

  get state(): RunningRun {
    return this.run;
  }

  /** Why the log takes no more, where it does not: the run is then another's, or nobody knows where it stands. */
  get failure(): { readonly error: unknown } | undefined {
    return this.broken;
  }

  append(events: readonly RunEvent[]): Promise<void> {
    this.note(events);
    return this.flush();
  }

  note(events: readonly RunEvent[]): void {
    const occurred_at = this.nowIso();
    for (const event of events) {
      const after = runDecider.evolve(this.run, { ...event, occurred_at });
      if (after.status !== 'RUNNING') throw new BatonError('internal', `${event.type} is not for a step`);
      this.run = after;
      this.waiting.push(event);
    }
  }

  /** Resolves once everything recorded so far is in the log. */
  flush(): Promise<void> {
    if (this.waiting.length === 0) return this.underWay ?? Promise.resolve();
    this.behind ??= (this.underWay ?? Promise.resolve()).then(() => {
      this.behind = undefined;
      this.underWay = this.write();
      return this.underWay;
    });
    return this.behind;
  }

  /** What is recorded and not written: for the commit that ends the run. */
  takeWaiting(): readonly RunEvent[] {
    const events = this.waiting;
    this.waiting = [];
    return events;
  }

  startedTool(nodeId: string, callId: string): StartedTool | undefined {
    return this.run.tools_started[toolKey(nodeId, callId)];
  }

  finishedTool(nodeId: string, callId: string): FinishedTool | undefined {
    return this.run.tools_finished[toolKey(nodeId, callId)];
  }

  decision(nodeId: string, callId: string): RecordedDecision | undefined {
    return this.run.decisions[toolKey(nodeId, callId)];
  }

  agreedPlans(): readonly RecordedDecision[] {
    return Object.values(this.run.decisions).filter(
      ({ kind, decision }) => kind === 'plan' && decision === 'APPROVED',
    );
  }

  startedWith(approvalId: string): readonly StartedTool[] {
    return Object.values(this.run.tools_started).filter(({ approval_id }) => approval_id === approvalId);
  }

  thoughts(nodeId: string): readonly AgentThought[] {
    return this.run.thoughts[nodeId] ?? [];
  }

  private async write(): Promise<void> {
    const events = [...this.opening, ...this.takeWaiting()];
    try {
      crashPoint('run.before_append');
      await this.appender.append(events);
      this.opening = [];
      crashPoint('run.after_append');
    } catch (error) {
      this.broken ??= { error };
      throw error;
    } finally {
      this.underWay = undefined;
    }
  }
}
