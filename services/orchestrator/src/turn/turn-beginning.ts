import { type RunEvent, SYSTEM_ACTOR } from '@baton/contracts';
import { type Append, type EventStore, type Stamped, withRetry } from '@baton/event-store';
import { type Clock, newId } from '@baton/service';

import { decide } from '../conversation/conversation.decider.js';
import { conversationKeyId } from '../conversation/conversation-ref.js';
import { type ConversationRepository, type Loaded } from '../conversation/conversation.repository.js';
import type { AiProcessing, OpenTurn } from '../conversation/conversation.state.js';
import { runRef } from '../run/run-ref.js';
import { type BegunTurn, messageOf, type RunningTurn } from './begun-turn.js';
import type { TurnRunner } from './turn-runner.port.js';

const BEGIN_WITHIN_MS = 10_000;

/** Starts the due turn, or takes over one whose worker was lost, with the run's own stream in the same commit. */
export class TurnBeginning {
  constructor(
    private readonly repository: ConversationRepository,
    private readonly store: EventStore,
    private readonly runner: Pick<TurnRunner, 'kept'>,
    private readonly clock: Clock,
  ) {}

  /** Undefined where nothing is to be begun any more. */
  async begin(tenantId: string, conversationId: string): Promise<BegunTurn | undefined> {
    const run_id = newId('run');
    const { begun } = await withRetry(Date.now() + BEGIN_WITHIN_MS, async () => {
      const loaded = await this.repository.recall(tenantId, conversationId);
      const now = this.clock.nowIso();
      const { state } = loaded;
      const lost = state.status === 'AI_PROCESSING' && state.running?.run_id ? state.running : null;
      const events = lost
        ? decide({ type: 'RetakeTurn', now, turn_number: lost.turn_number, attempt: lost.attempt }, state)
        : decide({ type: 'StartTurn', now, run_id }, state);
      if (events.length === 0)
        return { outcome: { kind: 'committed', events: [] } as const, begun: undefined };
      const run = lost
        ? await this.resumeRun(tenantId, loaded, lost)
        : await this.startRun(tenantId, loaded, run_id);
      const after = await this.repository.commit({
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
          running: conversation.running as RunningTurn,
          started: run.events.length === 1 && !lost ? startedAt(run, now) : null,
        },
      };
    });
    return begun;
  }

  private async startRun(tenantId: string, { state }: Loaded, run_id: string): Promise<Append> {
    const conversation = state as Exclude<typeof state, { status: 'NOT_STARTED' }>;
    const turn = (
      conversation.status === 'AI_PROCESSING' ? conversation.running : conversation.collecting
    ) as OpenTurn;
    const { conversation_id } = conversation;
    const kept = turn.restart
      ? await this.runner.kept(tenantId, conversation_id, turn.restart.cancelled_run_id)
      : [];
    return {
      ref: runRef(tenantId, run_id),
      expectedVersion: 0,
      metadata: { actor: SYSTEM_ACTOR },
      keyId: conversationKeyId(conversation_id),
      events: [
        {
          type: 'run.started',
          data: {
            run_id,
            workflow: conversation.workflow,
            mode: 'conversation',
            conversation_id,
            turn_number: turn.turn_number,
            input: { message: messageOf(turn) },
          },
        },
        ...kept,
      ],
    };
  }

  /** The run's stream moves too, so that the worker that was lost can't journal another step. */
  private async resumeRun(tenantId: string, { state }: Loaded, lost: OpenTurn): Promise<Append> {
    const conversation = state as AiProcessing;
    const ref = runRef(tenantId, lost.run_id as string);
    const keyId = conversationKeyId(conversation.conversation_id);
    const { version } = await this.store.load(ref, NOTHING, { keyId });
    return {
      ref,
      expectedVersion: version,
      metadata: { actor: SYSTEM_ACTOR },
      keyId,
      events: [{ type: 'run.resumed', data: { attempt: lost.attempt + 1 } }],
    };
  }
}

const startedAt = ({ events }: Append, now: string): Stamped<RunEvent> =>
  ({ ...events[0], occurred_at: now }) as Stamped<RunEvent>;

const NOTHING = { initialState: (): null => null, evolve: (): null => null };
