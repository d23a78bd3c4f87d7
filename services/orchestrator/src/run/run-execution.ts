import { setMaxListeners } from 'node:events';

import { BatonError, type HandoverReason, NO_USAGE, type RunEvent } from '@baton/contracts';

import { ExpressionError } from '../workflow/expression/expression-engine.js';
import { isTruthy } from '../workflow/expression/truth.js';
import type { SinkNode, WorkNode } from '../workflow/workflow.js';
import { evaluateAll, StepError } from './nodes/node-work.js';
import { ResultRoom } from './result-room.js';
import { budgetedJournal, overspent } from './run-budget.js';
import { RunLog } from './run-log.js';
import type { FailedOutcome, HandoverOutcome, PausedOutcome, PlayedRun, RunOutcome } from './run-outcome.js';
import { scopeOfNode } from './run-scope.js';
import type { RuntimePorts, RunToPlay } from './runtime.ports.js';
import { nextSteps } from './scheduler.js';
import { reachSink } from './sink.js';
import { runStep, type StepEnd } from './step-runner.js';

/**
 * Plays one run to its end from wherever its journal stands. A node begins when everything it depends on is in
 * the log; the steps that lead straight into a sink go into the log with the run's end, in one commit.
 */
export class RunExecution {
  private readonly log: RunLog;
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private readonly atWork = new Map<string, Promise<StepEnd>>();
  private readonly room: ResultRoom;
  private readonly conditions = new Map<string, boolean>();

  constructor(
    private readonly play: RunToPlay,
    private readonly ports: RuntimePorts,
    /** Of the execution that this one goes on behind. */
    log?: RunLog,
  ) {
    this.log = log ?? new RunLog(play.run, play.appender, () => ports.clock.nowIso(), play.opening);
    this.signal = AbortSignal.any([this.stop.signal, play.signal]);
    this.room = new ResultRoom(this.log.state, play.workflow);
    // Every step at work listens; a wide workflow is no leak.
    setMaxListeners(0, this.signal);
  }

  /** @throws BatonError of the log: `stale-owner`, `unavailable` */
  async run(): Promise<PlayedRun> {
    const timed = new AbortController();
    const overtime = this.overtime(timed.signal);
    try {
      const outcome = await this.steps(overtime);
      return { outcome, log: this.log };
    } finally {
      timed.abort();
      await this.stopAll();
    }
  }

  private async steps(overtime: Promise<FailedOutcome>): Promise<RunOutcome> {
    for (;;) {
      if (this.play.signal.aborted) {
        const cause: unknown = this.play.signal.reason;
        return this.end({ kind: 'CANCELLED', cause });
      }
      const next = nextSteps(this.play.workflow, this.log.state.steps, this.conditions);
      if (next.failed !== null) return this.end(this.failureOf(next.failed));
      const unsettled = await this.settle(next.undecided);
      if (unsettled) return this.end(unsettled);
      if (next.undecided.length > 0) continue;
      this.log.note(next.skipped.map(skipped));
      if (next.sink !== null) return this.end(await this.reach(next.sink));
      if (next.skipped.length > 0) continue;
      const begin = next.ready.filter((id) => !this.atWork.has(id));
      if (begin.length > 0) {
        const asked = this.ports.pauses.of(this.log.state.run_id);
        if (asked !== undefined)
          return this.end({
            kind: 'PAUSED',
            pause: { kind: 'consultation', consultation_id: asked, node_id: begin[0] ?? null },
          });
        const broke = overspent(this.log.state, this.play.workflow.limits.cost_usd);
        if (broke) return this.end(failed(broke.code, broke.message, null));
        await this.log.flush();
        for (const id of begin) this.begin(id);
      }
      if (this.atWork.size === 0) return this.end(NO_SINK);
      const late = await Promise.race([this.someStepEnds(), overtime]);
      if (late) return this.end(late);
      const stopped = this.record(await this.takeEnded());
      if (stopped) return this.end(stopped);
      // Parallel branches must not wait for this one's news to be written with theirs.
      if (this.atWork.size > 0) await this.log.flush();
    }
  }

  /** Evaluates the `when`s whose turn has come; what an expression breaks fails the run. */
  private async settle(ids: readonly string[]): Promise<FailedOutcome | undefined> {
    for (const id of ids) {
      const when = this.play.workflow.nodes.get(id)?.when;
      if (!when) continue;
      try {
        const [value] = await evaluateAll(this.scopeOf(id), [when]);
        this.conditions.set(id, isTruthy(value));
      } catch (error) {
        return notEvaluated(id, error);
      }
    }
    return undefined;
  }

  private async reach(id: string): Promise<RunOutcome> {
    try {
      const outcome = await reachSink(
        this.play.workflow.nodes.get(id) as SinkNode,
        this.play.workflow,
        this.scopeOf(id),
      );
      this.room.take([outcome.reply, outcome.output]);
      return outcome;
    } catch (error) {
      return notEvaluated(id, error);
    }
  }

  private begin(id: string): void {
    const node = this.play.workflow.nodes.get(id) as WorkNode;
    const step = runStep(node, {
      ...this.scopeOf(id),
      play: this.play,
      journal: budgetedJournal(this.log, this.play.workflow.limits.cost_usd),
      signal: this.signal,
      room: this.room,
    });
    // Looked at by whoever waits for it; until then nobody is to call it unhandled.
    step.catch(() => undefined);
    this.atWork.set(id, step);
  }

  /** Gives others that end in the same moment the chance to share a commit. */
  private async someStepEnds(): Promise<undefined> {
    await Promise.race(this.atWork.values());
    await new Promise((resolve) => setImmediate(resolve));
    return undefined;
  }

  private async takeEnded(): Promise<StepEnd[]> {
    const open = Symbol('open');
    const ends: StepEnd[] = [];
    for (const [id, step] of this.atWork) {
      const end = await Promise.race([step, Promise.resolve(open)]);
      if (typeof end === 'symbol') continue;
      this.atWork.delete(id);
      ends.push(end);
    }
    return ends;
  }

  /** Takes steps into the log's next write; one that needs a person ends the run, or has it stand still. */
  private record(ends: readonly StepEnd[]): HandoverOutcome | PausedOutcome | undefined {
    this.log.note(eventsOf(ends));
    for (const { nodeId, end } of ends)
      if (end.kind === 'needs-person') return handedOver(nodeId, end.reason, end.note, end.tried);
    // The others ask when they are played again.
    for (const { end } of ends) if (end.kind === 'paused') return { kind: 'PAUSED', pause: end.pause };
    return undefined;
  }

  private failureOf(nodeId: string): FailedOutcome {
    const error = this.log.state.steps[nodeId]?.error;
    return failed(error?.code ?? 'internal', error?.message ?? 'The step failed', nodeId);
  }

  /** The run is over: what still runs is stopped, and what came of it kept. */
  private async end<T extends RunOutcome>(outcome: T): Promise<T> {
    this.stop.abort(this.log.failure?.error ?? new BatonError('cancelled', 'The run has ended'));
    const ends = await Promise.all(this.atWork.values());
    this.atWork.clear();
    this.log.note(eventsOf(ends));
    if (this.log.failure) throw this.log.failure.error;
    return outcome;
  }

  private async stopAll(): Promise<void> {
    // Where the log went to another worker its model calls are that worker's: no end for them.
    this.stop.abort(this.log.failure?.error ?? new BatonError('cancelled', 'The run has ended'));
    await Promise.allSettled(this.atWork.values());
  }

  private async overtime(until: AbortSignal): Promise<FailedOutcome> {
    const { timeout_ms } = this.play.workflow.limits;
    await this.ports.clock.sleep(this.play.timeLeftMs ?? timeout_ms, until);
    return failed('deadline-exceeded', `The run took longer than ${timeout_ms} ms`, null);
  }

  private scopeOf(nodeId: string) {
    const { workflow, conversation } = this.play;
    const scope = scopeOfNode(this.log.state, conversation, workflow.graph, nodeId);
    return { ports: this.ports, log: this.log, nodeId, scope };
  }
}

const eventsOf = (ends: readonly StepEnd[]): RunEvent[] => ends.flatMap(({ event }) => event ?? []);

const skipped = (node_id: string): RunEvent => ({
  type: 'run.step_completed',
  data: {
    node_id,
    status: 'SKIPPED',
    output: null,
    error: null,
    attempts: 0,
    duration_ms: 0,
    usage: NO_USAGE,
  },
});

const failed = (code: string, message: string, node_id: string | null): FailedOutcome => ({
  kind: 'FAILED',
  reason: code === 'budget-exceeded' ? 'budget' : 'failure',
  error: { code, message, node_id },
});

const NO_SINK = failed('no-sink', 'The run reached no sink', null);

const notEvaluated = (nodeId: string, error: unknown): FailedOutcome => {
  if (error instanceof ExpressionError) return failed('expression-failed', error.message, nodeId);
  if (error instanceof StepError) return failed(error.code, error.message, nodeId);
  throw error;
};

const handedOver = (
  node_id: string,
  reason: HandoverReason,
  note: string | null,
  not_run: HandoverOutcome['not_run'],
): HandoverOutcome => ({
  kind: 'HANDOVER',
  node_id,
  reason,
  note,
  overrides: null,
  reply: null,
  confidence: null,
  output: null,
  not_run,
});
