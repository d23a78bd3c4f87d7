import { type BusClient } from '@baton/bus';
import { BatonError, isBatonError, type MessageView, type RecordedEvent, subjects } from '@baton/contracts';
import { crashPoint } from '@baton/event-store';
import {
  BATON_ATTRIBUTES,
  type Clock,
  type LeaseResult,
  type Leases,
  type OpenSpan,
  runWithLogContext,
} from '@baton/service';
import { Logger } from '@nestjs/common';

import type { ConversationRepository, Loaded } from '../conversation/conversation.repository.js';
import type { AiProcessing } from '../conversation/conversation.state.js';
import type { TurnSlots } from '../conversation/turn-slots.js';
import type { ConversationWorkflows } from '../conversation/workflows.port.js';
import type { RepetitionChecks } from '../repetition/repetition-check.js';
import { type BegunTurn, messageOf, type RunningTurn } from './begun-turn.js';
import { nextStep } from './next-step.js';
import type { TurnBeginning } from './turn-beginning.js';
import type { TurnContexts } from './turn-context.js';
import type { TurnEnding } from './turn-ending.js';
import type { PlayedTurn, TurnContext, TurnRunner } from './turn-runner.port.js';
import { TurnTokens } from './turn-tokens.js';
import { inTurnTrace } from './turn-trace.js';
import { watchTurn } from './turn-watch.js';

const TAKEN = 'The turn was taken over';
const LEASE_MS = 10_000;
/** Somebody else has the turn: how long until we look whether they still do. */
const BUSY_RETRY_MS = 1000;
/** A wish for a person is looked for in the latest words. */
const LONGEST_DETECTED = 32_000;

/** `open`: a turn gathers messages, and nobody else may be looking after it. */
type TurnEnd = 'over' | 'open';

export interface TurnWorkerParts {
  readonly repository: ConversationRepository;
  readonly beginning: TurnBeginning;
  readonly ending: TurnEnding;
  readonly runner: TurnRunner;
  readonly contexts: TurnContexts;
  readonly repetition: RepetitionChecks;
  readonly workflows: ConversationWorkflows;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly bus: BusClient;
  readonly slots: TurnSlots;
}

/** Takes the AI's turn in a conversation: wait out the window, lease, play the run, commit its end. */
export class TurnWorker {
  private readonly logger = new Logger('TurnWorker');
  /** The conversations that are looked after here, and of which more was heard meanwhile. */
  private readonly active = new Map<string, { heard: boolean }>();
  private readonly leaving = new AbortController();

  constructor(private readonly parts: TurnWorkerParts) {}

  /**
   * Brings a conversation as far as it can go now, seen at `version` at least; without one, as it is.
   * @returns in how many milliseconds to look again; undefined where an event will tell
   */
  async drive(tenantId: string, conversationId: string, version?: number): Promise<number | undefined> {
    const key = `${tenantId}/${conversationId}`;
    if (this.isLookedAfter(key)) return undefined;
    const { repository } = this.parts;
    const loaded =
      version === undefined
        ? await repository.load(tenantId, conversationId)
        : await repository.recall(tenantId, conversationId, version);
    const step = nextStep(loaded.state, this.parts.clock.nowIso());
    if (step.kind === 'nothing') return undefined;
    if (step.kind === 'wait') return step.ms;
    if (this.isLookedAfter(key)) return undefined;
    const mine = { heard: false };
    this.active.set(key, mine);
    const lease = await this.inSlot(step.dueAt, () =>
      this.underLease(tenantId, conversationId, loaded),
    ).finally(() => this.active.delete(key));
    if (!lease?.held) return BUSY_RETRY_MS;
    return lease.value === 'open' || mine.heard ? this.drive(tenantId, conversationId) : undefined;
  }

  /** Whether somebody here has it, who is told that there is more: that turn may be over and not yet let go of. */
  private isLookedAfter(key: string): boolean {
    const other = this.active.get(key);
    if (!other) return false;
    other.heard = true;
    return true;
  }

  /** Nothing where the process is about to end: another one takes the turn. */
  private async inSlot<T>(dueAt: number, work: () => Promise<T>): Promise<T | undefined> {
    const slot = this.leaving.signal.aborted ? undefined : await this.parts.slots.enter(dueAt);
    if (!slot) return undefined;
    try {
      return await work();
    } finally {
      slot.leave();
    }
  }

  /** The lease saves model calls that would be refused at the commit; the attempt in the log decides. */
  private underLease(
    tenantId: string,
    conversationId: string,
    loaded: Loaded,
  ): Promise<LeaseResult<TurnEnd>> {
    return this.parts.leases.with(`conversation_lock:${tenantId}:${conversationId}`, LEASE_MS, (signal) =>
      runWithLogContext({ tenant_id: tenantId, conversation_id: conversationId }, () =>
        inTurnTrace(this.parts.repository, tenantId, conversationId, loaded, (span) =>
          this.takeTurn(tenantId, conversationId, signal, span),
        ),
      ),
    );
  }

  /**
   * Lets go of the turns that are still played here, with their leases: another replica goes on with each behind its
   * last journaled step, and finds the model call that is under way by its id.
   */
  handOver(): void {
    if (this.active.size > 0) this.logger.log(`Hands over ${this.active.size} turns`);
    this.leaving.abort(new Error('The service is stopping'));
  }

  /**
   * A turn that was taken from the AI takes its run with it, whoever had it: its worker, one that died, or none, where
   * people had just let it go on.
   */
  async endCancelledRun({ type, tenant_id, data }: RecordedEvent): Promise<void> {
    if (type !== 'conversation.turn_completed' || data['status'] !== 'CANCELLED') return;
    const runId = data['run_id'];
    if (typeof runId === 'string') await this.parts.runner.cancel(tenant_id, runId, TAKEN);
  }

  /** Ends a turn that failed too often: a person gets it. */
  async giveUp(tenantId: string, conversationId: string, why: string): Promise<void> {
    const { state } = await this.parts.repository.load(tenantId, conversationId);
    if (state.status !== 'AI_PROCESSING' || !state.running) return;
    // A restarted turn has no run yet: it is not what failed.
    if (state.running.run_id === null) return;
    const running = state.running as RunningTurn;
    const failed = await this.parts.runner.fail(tenantId, running.run_id, why);
    await this.complete(tenantId, { conversation: state, running, started: null }, failed);
  }

  private async takeTurn(
    tenantId: string,
    conversationId: string,
    lease: AbortSignal,
    span?: OpenSpan,
  ): Promise<TurnEnd> {
    const begun = await this.parts.beginning.begin(tenantId, conversationId);
    // Its window was kept open, and the news of it came while this worker was about to begin.
    if (!begun) {
      span?.discard();
      return 'open';
    }
    span?.set({
      [BATON_ATTRIBUTES.run]: begun.running.run_id,
      [BATON_ATTRIBUTES.turnAttempt]: begun.running.attempt,
    });
    crashPoint('turn.after_start');
    const watch = watchTurn(this.parts.bus, tenantId, begun, lease);
    try {
      const signal = AbortSignal.any([watch.signal, this.leaving.signal]);
      const played = await this.play(tenantId, begun, signal);
      span?.set({ [BATON_ATTRIBUTES.turnOutcome]: played.decision.kind });
      crashPoint('turn.before_complete');
      await this.complete(tenantId, begun, played);
      crashPoint('turn.after_complete');
      return 'over';
    } catch (error) {
      if (this.leaving.signal.aborted)
        throw new BatonError('unavailable', 'The service is stopping: another replica goes on', {
          cause: error,
        });
      const lost = isBatonError(error, 'stale-owner') || isBatonError(error, 'erased');
      if (!watch.signal.aborted && !lost) throw error;
      return await this.lost(tenantId, begun);
    } finally {
      watch.stop();
    }
  }

  /** By a human, another worker or new input: what this one had is refused anyway. A turn that is over ends its run. */
  private async lost(tenantId: string, { conversation, running }: BegunTurn): Promise<TurnEnd> {
    this.logger.log({ turn_number: running.turn_number, attempt: running.attempt }, 'Lost the turn');
    const { state } = await this.parts.repository.load(tenantId, conversation.conversation_id);
    const current = state.status === 'AI_PROCESSING' ? state.running : null;
    if (current?.run_id !== running.run_id) await this.parts.runner.cancel(tenantId, running.run_id, TAKEN);
    return current?.run_id === null ? 'open' : 'over';
  }

  private async play(tenantId: string, begun: BegunTurn, signal: AbortSignal): Promise<PlayedTurn> {
    const { parts } = this;
    const { conversation, running } = begun;
    const settings = await parts.workflows.contextLimits(tenantId, conversation.workflow);
    const asked = messageOf(running);
    const repetition = parts.repetition.begin({
      tenantId,
      conversation,
      turnNumber: running.turn_number,
      runId: running.run_id,
      inputs: running.inputs,
      message: asked,
      last: settings.dedupLast,
    });
    const [{ context, last }, humanRequested] = await Promise.all([
      parts.contexts.gather(tenantId, conversation, asked, settings),
      settings.detectsHumanRequest && asked !== ''
        ? parts.contexts.humanRequested(tenantId, asked.slice(-LONGEST_DETECTED).toWellFormed())
        : Promise.resolve(false),
    ]);
    const streamTo = subjects.runDeltas(running.run_id);
    const tokens = new TurnTokens(parts.bus, tenantId, begun);
    const stop = tokens.forward(streamTo);
    try {
      return await parts.runner.play({
        tenantId,
        conversation,
        runId: running.run_id,
        started: begun.started,
        turnNumber: running.turn_number,
        attempt: running.attempt,
        message: asked === '' ? wordsToGoOnWith(conversation, last) : asked,
        context: behindBoundary(conversation, context),
        humanRequested,
        repetition,
        streamTo,
        withdrawTokens: () => tokens.withdraw(),
        signal,
      });
    } finally {
      stop();
    }
  }

  private async complete(tenantId: string, begun: BegunTurn, played: PlayedTurn): Promise<void> {
    const { kind } = await this.parts.ending.complete(tenantId, begun, played);
    if (kind !== 'FINISH') new TurnTokens(this.parts.bus, tenantId, begun).withdraw();
  }
}

/** What an AI that is asked for then goes on with: the words that asked for a person would lead to one again. */
const GO_ON = 'Please go on.';

/** Told to go on without a new message: the latest one still stands, unless it asked for the person who has just left. */
const wordsToGoOnWith = (
  { handed_back, owner_epoch }: AiProcessing,
  last: readonly MessageView[],
): string => {
  const latest = last.findLast(({ role }) => role === 'user');
  const isSettled = handed_back?.reason === 'explicit_request' && latest?.owner_epoch !== owner_epoch - 1;
  return isSettled ? GO_ON : (latest?.content ?? '');
};

/** After a human stretch the AI begins behind it: the boundary's summary stands for what was said before. */
const behindBoundary = (conversation: AiProcessing, context: TurnContext): TurnContext => {
  if (conversation.human_summary === null) return context;
  return {
    ...context,
    recent: context.recent.filter((message) => message.owner_epoch >= conversation.owner_epoch),
  };
};
