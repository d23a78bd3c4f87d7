import { BatonError, type Repetition } from '@baton/contracts';

import type { RepetitionFound } from '../repetition/repetition.js';
import type { TurnToPlay } from '../turn/turn-runner.port.js';
import type { SinkDecision, TriggerSignals } from '../workflow/handover-triggers.js';
import type { Scope } from '../workflow/expression/expression-engine.js';
import { RunExecution } from './run-execution.js';
import type { RunLog } from './run-log.js';
import type { FailedOutcome, PausedOutcome, PlayedRun, SinkOutcome } from './run-outcome.js';
import { scopeOfRun } from './run-scope.js';
import type { RunToPlay, RuntimePorts } from './runtime.ports.js';
import { speakersOf } from './speakers.js';
import { TurnDecision } from './turn-decision.js';

/** A run that was played, and what is to become of its outcome. */
export interface Replied {
  readonly outcome: SinkOutcome | FailedOutcome | PausedOutcome;
  readonly log: RunLog;
  readonly scope: Scope;
  readonly decision: SinkDecision | PausedOutcome;
  readonly repetition?: Repetition;
  readonly exactOnly: boolean;
}

interface Judged extends Replied {
  readonly found: RepetitionFound | null;
}

/**
 * Plays the run of a turn until it has an answer that says something new: one that repeats what was said is asked for
 * once more, with the repetition named; after that a person gets the conversation, where the workflow says so.
 */
export class RepliedTurn {
  private readonly decisions: TurnDecision;

  constructor(
    private readonly run: RunToPlay,
    private readonly turn: TurnToPlay,
    private readonly ports: RuntimePorts,
  ) {
    this.decisions = new TurnDecision(run.workflow, ports.expressions);
  }

  /** @throws BatonError `stale-owner` where the turn is no longer this worker's */
  async play(): Promise<Replied> {
    const began = this.ports.clock.elapsed();
    const first = await this.judged(await new RunExecution(this.run, this.ports).run());
    if (!first.found) return first;
    const second = (await this.again(first, first.found, began)) ?? first;
    const last = second.found ? await this.decidedAsRepetition(second) : second;
    const exactOnly = first.exactOnly || second.exactOnly;
    return { ...last, exactOnly, repetition: { ...first.found, outcome: becameOf(last, second.found) } };
  }

  /** Undefined where nobody could say it otherwise, or no time is left for it. */
  private async again(first: Judged, found: RepetitionFound, began: number): Promise<Judged | undefined> {
    const { decision, log } = first;
    const node_ids = [...speakersOf(this.run.workflow, sinkOf(first.outcome))];
    const timeLeftMs = this.run.workflow.limits.timeout_ms - (this.ports.clock.elapsed() - began);
    if (decision.kind !== 'FINISH' || node_ids.length === 0 || timeLeftMs <= 0) return undefined;
    this.turn.withdrawTokens();
    // Not written by itself: after a crash the same answer is found to be the same repetition.
    log.note([{ type: 'run.reply_repeated', data: { node_ids, ...found, reply: decision.reply } }]);
    const rest: RunToPlay = { ...this.run, run: log.state, timeLeftMs };
    return this.judged(await new RunExecution(rest, this.ports, log).run());
  }

  private async judged({ outcome, log }: PlayedRun): Promise<Judged> {
    if (outcome.kind === 'CANCELLED')
      throw new BatonError('stale-owner', 'The turn was taken from this worker');
    const scope = scopeOfRun(log.state, this.run.conversation);
    // Nothing is decided before people have had their say.
    if (outcome.kind === 'PAUSED')
      return { outcome, log, scope, decision: outcome, found: null, exactOnly: false };
    const decision = await this.decisions.of(log.state, scope, outcome, this.signals(false));
    const reply = { outcome, log, scope, decision };
    // What is not going to be said repeats nothing.
    if (decision.kind !== 'FINISH') return { ...reply, found: null, exactOnly: false };
    return { ...reply, ...(await this.turn.repetition.judge(decision.reply)) };
  }

  private signals(repetition: boolean): Omit<TriggerSignals, 'expressions'> {
    const { humanRequested, conversation } = this.turn;
    return { humanRequested, repetition, settled: conversation.handed_back?.reason ?? null };
  }

  private async decidedAsRepetition(judged: Judged): Promise<Judged> {
    const { log, scope, outcome } = judged;
    if (outcome.kind === 'PAUSED') return judged;
    const decision = await this.decisions.of(log.state, scope, outcome, this.signals(true));
    return { ...judged, decision };
  }
}

const sinkOf = (outcome: Replied['outcome']): string | null => {
  if (outcome.kind === 'FAILED' || outcome.kind === 'PAUSED') return null;
  return outcome.kind === 'FINISH' ? outcome.node_id : outcome.overrides;
};

const becameOf = ({ decision }: Replied, found: RepetitionFound | null): Repetition['outcome'] => {
  if (decision.kind === 'HANDOVER') return 'handed_over';
  return found ? 'sent' : 'regenerated';
};
