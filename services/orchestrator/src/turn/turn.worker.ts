import { type BusClient } from '@baton/bus';
import {
  type Delta,
  isBatonError,
  type RecordedEvent,
  type RunEvent,
  type CompletionDelta,
  subjects,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import {
  type Append,
  crashPoint,
  type EventStore,
  type Stamped,
  type StreamRef,
  withRetry,
} from '@baton/event-store';
import { type Clock, type Leases, newId, runWithLogContext } from '@baton/service';
import { Logger } from '@nestjs/common';

import { contentHash } from '../conversation/content-hash.js';
import type { CompleteTurn, TurnResult } from '../conversation/conversation.commands.js';
import { decide } from '../conversation/conversation.decider.js';
import {
  conversationKeyId,
  type ConversationRepository,
  type Loaded,
} from '../conversation/conversation.repository.js';
import type { AiProcessing, OpenTurn } from '../conversation/conversation.state.js';
import { scopeOf } from '../conversation/handover.handler.js';
import { HANDOVER_MESSAGES, handoverPackage } from '../conversation/handover-package.js';
import type { ConversationSummaries } from '../conversation/summaries.port.js';
import type { ConversationWorkflows } from '../conversation/workflows.port.js';
import type { TurnContexts } from './turn-context.js';
import { nextStep } from './next-step.js';
import type { PlayedTurn, TurnContext, TurnRunner } from './turn-runner.port.js';

const LEASE_MS = 10_000;
/** Somebody else has the turn: how long until we look whether they still do. */
const BUSY_RETRY_MS = 1000;
const COMPLETE_WITHIN_MS = 10_000;

export interface TurnWorkerParts {
  readonly repository: ConversationRepository;
  readonly store: EventStore;
  readonly runner: TurnRunner;
  readonly contexts: TurnContexts;
  readonly summaries: ConversationSummaries;
  readonly workflows: ConversationWorkflows;
  readonly leases: Leases;
  readonly clock: Clock;
  readonly bus: BusClient;
  readonly hashKey: Buffer;
}

interface Begun {
  readonly conversation: AiProcessing;
  readonly running: OpenTurn & { readonly run_id: string };
  /** The run's first event, where this worker wrote it. */
  readonly started: Stamped<RunEvent> | null;
}

/** Takes the AI's turn in a conversation: wait out the window, lease, play the run, commit its end. */
export class TurnWorker {
  private readonly logger = new Logger('TurnWorker');
  private readonly active = new Set<string>();

  constructor(private readonly parts: TurnWorkerParts) {}

  /**
   * Brings a conversation as far as it can go now, seen at `version` at least; without one, as it is.
   * @returns in how many milliseconds to look again; undefined where an event will tell
   */
  async drive(tenantId: string, conversationId: string, version?: number): Promise<number | undefined> {
    const key = `${tenantId}/${conversationId}`;
    if (this.active.has(key)) return undefined;
    const { repository } = this.parts;
    const { state } =
      version === undefined
        ? await repository.load(tenantId, conversationId)
        : await repository.recall(tenantId, conversationId, version);
    const step = nextStep(state, this.parts.clock.nowIso());
    if (step.kind === 'nothing') return undefined;
    if (step.kind === 'wait') return step.ms;
    if (this.active.has(key)) return undefined;
    this.active.add(key);
    try {
      // The lease saves model calls that would be refused at the commit; the attempt in the log decides.
      const lease = await this.parts.leases.with(
        `conversation_lock:${tenantId}:${conversationId}`,
        LEASE_MS,
        (signal) =>
          runWithLogContext({ tenant_id: tenantId, conversation_id: conversationId }, () =>
            this.takeTurn(tenantId, conversationId, signal),
          ),
      );
      return lease.held ? undefined : BUSY_RETRY_MS;
    } finally {
      this.active.delete(key);
    }
  }

  /** Ends a turn that failed too often: a person gets it. */
  async giveUp(tenantId: string, conversationId: string, why: string): Promise<void> {
    const { state } = await this.parts.repository.load(tenantId, conversationId);
    if (state.status !== 'AI_PROCESSING' || !state.running) return;
    const running = state.running as Begun['running'];
    const failed = await this.parts.runner.fail(tenantId, running.run_id, why);
    await this.complete(tenantId, { conversation: state, running, started: null }, failed);
  }

  private async takeTurn(tenantId: string, conversationId: string, lease: AbortSignal): Promise<void> {
    const begun = await this.begin(tenantId, conversationId);
    if (!begun) return;
    crashPoint('turn.after_start');
    const watch = this.watch(tenantId, begun, lease);
    try {
      const played = await this.play(tenantId, begun, watch.signal);
      crashPoint('turn.before_complete');
      await this.complete(tenantId, begun, played);
      crashPoint('turn.after_complete');
    } catch (error) {
      const lost = isBatonError(error, 'stale-owner') || isBatonError(error, 'erased');
      if (!watch.signal.aborted && !lost) throw error;
      await this.lost(tenantId, begun);
    } finally {
      watch.stop();
    }
  }

  /** Hears at once that the turn is over or another's, and stops the run at its next step. */
  private watch(
    tenantId: string,
    { conversation, running }: Begun,
    lease: AbortSignal,
  ): { readonly signal: AbortSignal; readonly stop: () => void } {
    const taken = new AbortController();
    const stop = this.parts.bus.subscribeEvents(
      subjects.eventsOfStream(tenantId, 'conversation', conversation.conversation_id),
      (event) => {
        if (endsTurn(event, running)) taken.abort();
      },
    );
    return { signal: AbortSignal.any([lease, taken.signal]), stop };
  }

  /** By a human, or by another worker: what this one had is refused anyway. A turn that is over ends its run. */
  private async lost(tenantId: string, { conversation, running }: Begun): Promise<void> {
    this.logger.log({ turn_number: running.turn_number, attempt: running.attempt }, 'Lost the turn');
    const { state } = await this.parts.repository.load(tenantId, conversation.conversation_id);
    const goesOn = state.status === 'AI_PROCESSING' && state.running?.run_id === running.run_id;
    if (!goesOn) await this.parts.runner.cancel(tenantId, running.run_id, 'The turn was taken over');
  }

  /** Starts the due turn, or takes over one whose worker was lost, with the run's own stream in the same commit. */
  private async begin(tenantId: string, conversationId: string): Promise<Begun | undefined> {
    const { parts } = this;
    const run_id = newId('run');
    const { begun } = await withRetry(Date.now() + COMPLETE_WITHIN_MS, async () => {
      const loaded = await parts.repository.recall(tenantId, conversationId);
      const now = parts.clock.nowIso();
      const { state } = loaded;
      const lost = state.status === 'AI_PROCESSING' ? state.running : null;
      const events = lost
        ? decide({ type: 'RetakeTurn', now, turn_number: lost.turn_number, attempt: lost.attempt }, state)
        : decide({ type: 'StartTurn', now, run_id }, state);
      if (events.length === 0)
        return { outcome: { kind: 'committed', events: [] } as const, begun: undefined };
      const run = lost
        ? await this.resumeRun(tenantId, loaded, lost)
        : this.startRun(tenantId, loaded, run_id);
      const after = await parts.repository.commit({
        tenantId,
        conversationId,
        before: loaded,
        events,
        actor: SYSTEM_ACTOR,
        now,
        with: [run],
      });
      const conversation = after.state as AiProcessing;
      return {
        outcome: after.outcome,
        begun: {
          conversation,
          running: conversation.running as Begun['running'],
          started: lost ? null : ({ ...run.events[0], occurred_at: now } as Stamped<RunEvent>),
        },
      };
    });
    return begun;
  }

  private startRun(tenantId: string, { state }: Loaded, run_id: string): Append {
    const conversation = state as Exclude<typeof state, { status: 'NOT_STARTED' }>;
    const turn = conversation.collecting as OpenTurn;
    return {
      ref: runRef(tenantId, run_id),
      expectedVersion: 0,
      metadata: { actor: SYSTEM_ACTOR },
      keyId: conversationKeyId(conversation.conversation_id),
      events: [
        {
          type: 'run.started',
          data: {
            run_id,
            workflow: conversation.workflow,
            mode: 'conversation',
            conversation_id: conversation.conversation_id,
            turn_number: turn.turn_number,
            input: { message: messageOf(turn) },
          },
        },
      ],
    };
  }

  /** The run's stream moves too, so that the worker that was lost can't journal another step. */
  private async resumeRun(tenantId: string, { state }: Loaded, lost: OpenTurn): Promise<Append> {
    const conversation = state as AiProcessing;
    const ref = runRef(tenantId, lost.run_id as string);
    const { version } = await this.parts.store.load(ref, NOTHING, {
      keyId: conversationKeyId(conversation.conversation_id),
    });
    return {
      ref,
      expectedVersion: version,
      metadata: { actor: SYSTEM_ACTOR },
      keyId: conversationKeyId(conversation.conversation_id),
      events: [{ type: 'run.resumed', data: { attempt: lost.attempt + 1 } }],
    };
  }

  private async play(tenantId: string, begun: Begun, signal: AbortSignal): Promise<PlayedTurn> {
    const { parts } = this;
    const { conversation, running } = begun;
    const settings = await parts.workflows.contextLimits(tenantId, conversation.workflow);
    const asked = messageOf(running);
    const [{ context, last }, humanRequested] = await Promise.all([
      parts.contexts.gather(tenantId, conversation, asked, settings),
      settings.detectsHumanRequest && asked !== ''
        ? parts.contexts.humanRequested(tenantId, asked)
        : Promise.resolve(false),
    ]);
    const streamTo = subjects.runDeltas(running.run_id);
    const stop = this.forwardTokens(tenantId, begun, streamTo);
    try {
      return await parts.runner.play({
        tenantId,
        conversation,
        runId: running.run_id,
        started: begun.started,
        turnNumber: running.turn_number,
        attempt: running.attempt,
        // Told to go on without a new message: the latest one still stands.
        message: asked === '' ? (last.findLast((each) => each.role === 'user')?.content ?? '') : asked,
        context: this.behindBoundary(conversation, context),
        humanRequested,
        streamTo,
        signal,
      });
    } finally {
      stop();
    }
  }

  /** After a human stretch the AI begins behind it: the boundary's summary stands for what was said before. */
  private behindBoundary(conversation: AiProcessing, context: TurnContext): TurnContext {
    if (conversation.human_summary === null) return context;
    return {
      ...context,
      recent: context.recent.filter((message) => message.owner_epoch >= conversation.owner_epoch),
    };
  }

  /** A model's tokens to whoever listens to the conversation: provisional, and marked with whose they are. */
  private forwardTokens(tenantId: string, { conversation, running }: Begun, from: string): () => void {
    const { bus } = this.parts;
    const to = subjects.deltas(tenantId, conversation.conversation_id);
    const mark = {
      turn_number: running.turn_number,
      attempt: running.attempt,
      owner_epoch: conversation.owner_epoch,
    };
    const reset = (): void => bus.publish(to, { type: 'delta.reset', ...mark } satisfies Delta);
    if (running.attempt > 1) reset();
    let speaking: string | undefined;
    return bus.subscribe(from, (payload) => {
      const { call_id, text } = payload as CompletionDelta;
      // What was said beside a tool call is not the answer: the next call begins anew.
      if (speaking !== undefined && speaking !== call_id) reset();
      speaking = call_id;
      bus.publish(to, { type: 'delta', ...mark, content: text } satisfies Delta);
    });
  }

  private async complete(tenantId: string, begun: Begun, played: PlayedTurn): Promise<void> {
    const { parts } = this;
    const conversationId = begun.conversation.conversation_id;
    const result = await this.resultOf(tenantId, begun, played);
    await withRetry(Date.now() + COMPLETE_WITHIN_MS, async () => {
      const before = await parts.repository.recall(tenantId, conversationId);
      const now = parts.clock.nowIso();
      const command: CompleteTurn = {
        type: 'CompleteTurn',
        now,
        turn_number: begun.running.turn_number,
        attempt: begun.running.attempt,
        result,
        usage: played.usage,
      };
      const { outcome } = await parts.repository.commit({
        tenantId,
        conversationId,
        before,
        events: decide(command, before.state),
        actor: { type: 'ai', id: begun.conversation.workflow.name },
        now,
        with: [
          {
            ref: runRef(tenantId, begun.running.run_id),
            expectedVersion: played.ending.expectedVersion,
            events: played.ending.events,
            metadata: { actor: SYSTEM_ACTOR },
            keyId: conversationKeyId(conversationId),
          },
        ],
        rows: played.ending.rows,
      });
      return { outcome };
    });
    if (result.kind !== 'FINISH') this.withdrawTokens(tenantId, begun);
  }

  /** What was said provisionally is not the answer. */
  private withdrawTokens(tenantId: string, { conversation, running }: Begun): void {
    this.parts.bus.publish(subjects.deltas(tenantId, conversation.conversation_id), {
      type: 'delta.reset',
      turn_number: running.turn_number,
      attempt: running.attempt,
      owner_epoch: conversation.owner_epoch,
    } satisfies Delta);
  }

  private async resultOf(tenantId: string, { conversation }: Begun, played: PlayedTurn): Promise<TurnResult> {
    const { parts } = this;
    const { decision } = played;
    if (decision.kind === 'FINISH') {
      return {
        kind: 'FINISH',
        reply: {
          message_id: newId('msg'),
          content: decision.reply,
          confidence: decision.confidence,
        },
        agent_response_hash: contentHash(parts.hashKey, decision.reply),
      };
    }
    const scope = {
      nodes: {},
      ...played.scope,
      conversation: scopeOf(conversation),
      turn_count: conversation.turn_count,
    };
    const [routing, summary, last_messages] = await Promise.all([
      parts.workflows.route(tenantId, conversation.workflow, { ...scope, waited_seconds: 0 }),
      parts.summaries.of(tenantId, conversation.conversation_id),
      parts.contexts.lastMessages(tenantId, conversation.conversation_id, HANDOVER_MESSAGES),
    ]);
    return {
      kind: 'HANDOVER',
      failed: decision.failed,
      handover: handoverPackage({
        handover_id: newId('ho'),
        reason: decision.reason,
        note: decision.note,
        routing,
        summary,
        intent: played.intent,
        confidence: played.confidence,
        tried: played.tried,
        last_messages,
      }),
    };
  }
}

const NOTHING = { initialState: (): null => null, evolve: (): null => null };

export const runRef = (tenantId: string, runId: string): StreamRef => ({
  tenantId,
  streamType: 'run',
  streamId: runId,
});

/** True where this event means that the worker of this attempt has nothing left to do. */
const endsTurn = (event: RecordedEvent, running: OpenTurn): boolean => {
  switch (event.type) {
    case 'conversation.handed_over':
    case 'conversation.assigned':
    case 'conversation.erased':
      return true;
    case 'conversation.turn_attempt_started':
      return Number(event.data['attempt']) > running.attempt;
    default:
      return false;
  }
};

const messageOf = (turn: OpenTurn): string => turn.inputs.map((input) => input.content).join('\n');
