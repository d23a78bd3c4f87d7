import { type ConversationEvent, type ConversationEventType, NO_USAGE } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';

import {
  AI_OWNER,
  type Conversation,
  type ConversationFacts,
  type HandedBack,
  type Handover,
  type HumanActive,
  isLive,
  isWithHuman,
  type LiveConversation,
  type OpenTurn,
  type PendingHuman,
  type TurnInput,
  type WithAi,
} from './conversation.state.js';
import { TRANSITIONS } from './conversation.transitions.js';
import { addUsage } from './usage.js';

type Recorded = Stamped<ConversationEvent>;
type Of<T extends ConversationEventType> = Extract<Recorded, { type: T }>;

export const initialState = (): Conversation => ({ status: 'NOT_STARTED' });

/** Total: what does not fit leaves the state as it is. */
export const evolve = (state: Conversation, event: Recorded): Conversation => {
  if (event.type === 'conversation.started') return state.status === 'NOT_STARTED' ? started(event) : state;
  if (!isLive(state)) return state;
  const current = { ...state, updated_at: event.occurred_at };
  switch (event.type) {
    case 'conversation.message_received':
      return received(current, event);
    case 'conversation.turn_started':
      return turnStarted(current, event);
    case 'conversation.turn_attempt_started':
      return withRunning(current, event.data.turn_number, (running) => ({
        ...running,
        status: 'PROCESSING',
        run_id: event.data.run_id,
        attempt: event.data.attempt,
      }));
    case 'conversation.turn_restarted':
      return withRunning(
        { ...current, usage: addUsage(current.usage, event.data.usage) },
        event.data.turn_number,
        (running) => restarted(running, event),
      );
    case 'conversation.turn_paused':
      return turnPaused(current, event);
    case 'conversation.turn_resumed':
      return turnResumed(current, event);
    case 'conversation.turn_completed':
      return turnCompleted(current, event);
    case 'conversation.handed_over':
      return movedBy(state, event) ? handedOver(current, event) : state;
    case 'conversation.assigned':
      return current.status === 'PENDING_HUMAN'
        ? {
            ...changeOwner(current, event.data.agent_id),
            status: 'HUMAN_ACTIVE',
            handover: current.handover,
            agent_id: event.data.agent_id,
            customer_waits_since: event.occurred_at,
          }
        : state;
    case 'conversation.human_message_sent':
      return current.status === 'HUMAN_ACTIVE'
        ? { ...current, unanswered: [], open_question: [], customer_waits_since: null }
        : { ...current, unanswered: [] };
    case 'conversation.released':
      return current.status === 'HUMAN_ACTIVE'
        ? requeued(
            current,
            { ...current.handover, context: event.data.context ?? current.handover.context },
            event.occurred_at,
          )
        : state;
    case 'conversation.transferred':
      return current.status === 'HUMAN_ACTIVE'
        ? requeued(
            current,
            {
              ...current.handover,
              context: {
                ...(event.data.context ?? current.handover.context),
                required_skills: event.data.required_skills,
                note: event.data.note,
              },
            },
            event.occurred_at,
          )
        : state;
    case 'conversation.resolved':
      return isWithHuman(current)
        ? {
            ...changeOwner(current, AI_OWNER),
            status: 'RESOLVED',
            unanswered: [],
            open_question: [],
            guidance: null,
            human_summary: null,
          }
        : state;
    case 'conversation.returned_to_ai':
      return isWithHuman(current)
        ? backToAi(current, event.occurred_at, {
            unanswered: current.unanswered,
            goOn: event.data.continue,
            guidance: event.data.guidance,
            human_summary: event.data.human_summary,
            cause: 'human',
          })
        : state;
    case 'conversation.handover_cancelled':
      return current.status === 'PENDING_HUMAN' ? handoverCancelled(current, event) : state;
    case 'conversation.callback_cancelled':
      return { ...current, callback: null };
    case 'conversation.notice_sent':
      return current.status === 'PENDING_HUMAN' ? { ...current, is_told: true } : current;
    case 'conversation.erased':
      return erased(current);
    case 'conversation.whispered':
    case 'conversation.feedback_recorded':
      return current;
    default:
      return unknownEvent(state, event);
  }
};

/** A type this code does not know: written by a newer version, ignored by this one. */
const unknownEvent = (state: Conversation, _event: never): Conversation => state;

const movedBy = (state: LiveConversation, event: Recorded): boolean =>
  TRANSITIONS[state.status][event.type] !== undefined;

const started = (event: Of<'conversation.started'>): Conversation => ({
  status: 'NEW',
  conversation_id: event.data.conversation_id,
  workflow: event.data.workflow,
  customer: event.data.customer,
  metadata: event.data.metadata,
  owner: AI_OWNER,
  owner_epoch: 1,
  turn_count: 0,
  collecting: null,
  unanswered: [],
  guidance: null,
  human_summary: null,
  usage: NO_USAGE,
  created_at: event.occurred_at,
  updated_at: event.occurred_at,
});

const received = (state: LiveConversation, event: Of<'conversation.message_received'>): Conversation => {
  const { turn_number, due_at, ...data } = event.data;
  const input: TurnInput = {
    turn_id: data.turn_id,
    message_id: data.message_id,
    user_input_hash: data.user_input_hash,
    content: data.content,
  };
  if (state.status === 'AI_PROCESSING' && state.running?.turn_number === turn_number) {
    const { running } = state;
    return { ...state, running: { ...running, inputs: [...running.inputs, input], due_at } };
  }
  const open = state.collecting?.turn_number === turn_number ? state.collecting : null;
  return {
    ...state,
    turn_count: Math.max(state.turn_count, turn_number),
    collecting: open
      ? { ...open, inputs: [...open.inputs, input], due_at }
      : newTurn(turn_number, [input], due_at, event.occurred_at),
    unanswered: isWithHuman(state) ? [...state.unanswered, input] : state.unanswered,
    ...(state.status === 'PENDING_HUMAN' && { customer_seen_at: event.occurred_at }),
    ...(state.status === 'HUMAN_ACTIVE' && {
      customer_waits_since: state.customer_waits_since ?? event.occurred_at,
    }),
  };
};

const newTurn = (
  turn_number: number,
  inputs: readonly TurnInput[],
  due_at: string | null,
  received_at: string,
): OpenTurn => ({
  turn_number,
  inputs,
  status: 'COLLECTING',
  due_at,
  received_at,
  started_at: null,
  run_id: null,
  attempt: 0,
});

const turnStarted = (state: LiveConversation, event: Of<'conversation.turn_started'>): Conversation => {
  const { collecting } = state;
  if (!movedBy(state, event) || collecting?.turn_number !== event.data.turn_number) return state;
  return {
    ...factsOf(state),
    status: 'AI_PROCESSING',
    collecting: null,
    unanswered: [],
    running: {
      ...collecting,
      status: 'PROCESSING',
      started_at: event.occurred_at,
      run_id: event.data.run_id,
      attempt: event.data.attempt,
    },
  };
};

/** The running turn changed; a turn that no longer runs stays as it is. */
const withRunning = (
  state: LiveConversation,
  turn_number: number,
  change: (running: OpenTurn) => OpenTurn,
): Conversation =>
  state.status === 'AI_PROCESSING' && state.running?.turn_number === turn_number
    ? { ...state, running: change(state.running) }
    : state;

/** Its run is cancelled and it gathers messages again. */
const restarted = (running: OpenTurn, event: Of<'conversation.turn_restarted'>): OpenTurn => ({
  ...running,
  status: 'COLLECTING',
  run_id: null,
  attempt: event.data.attempt,
  restart: {
    count: (running.restart?.count ?? 0) + 1,
    since: event.occurred_at,
    cancelled_run_id: event.data.run_id,
  },
});

const turnCompleted = (state: LiveConversation, event: Of<'conversation.turn_completed'>): Conversation => {
  const usage = addUsage(state.usage, event.data.usage);
  if (state.collecting?.turn_number === event.data.turn_number) {
    // Closed before it started: a human gets these messages, and the AI may yet have to answer them.
    const unanswered = isWithHuman(state)
      ? state.unanswered
      : [...state.unanswered, ...state.collecting.inputs];
    return { ...state, collecting: null, unanswered, usage };
  }
  if (state.paused?.turn.turn_number === event.data.turn_number) return { ...state, paused: null, usage };
  if (state.status !== 'AI_PROCESSING' || state.running?.turn_number !== event.data.turn_number) return state;
  if (event.data.sink === 'HANDOVER')
    return { ...state, running: null, open_question: state.running.inputs, usage };
  return { ...factsOf(state), status: 'FINISHED', open_question: [], handed_back: null, usage };
};

/** Its run waits; behind an edit it waits for another approval. */
const turnPaused = (state: LiveConversation, event: Of<'conversation.turn_paused'>): Conversation => {
  const { turn_number, run_id, approval_id, consultation_id } = event.data;
  const running = state.status === 'AI_PROCESSING' ? state.running : null;
  if (state.status === 'AI_PROCESSING' && running?.turn_number === turn_number) {
    const turn = { ...running, run_id, status: 'PAUSED' as const };
    return { ...state, running: null, paused: { turn, approval_id, consultation_id } };
  }
  return state.paused?.turn.run_id === run_id
    ? { ...state, paused: { ...state.paused, approval_id, consultation_id } }
    : state;
};

const turnResumed = (state: LiveConversation, event: Of<'conversation.turn_resumed'>): Conversation => {
  const { paused } = state;
  if (!movedBy(state, event) || paused?.turn.run_id !== event.data.run_id) return state;
  return {
    ...factsOf(state),
    status: 'AI_PROCESSING',
    paused: null,
    running: { ...paused.turn, status: 'PROCESSING' },
  };
};

const handedOver = (state: LiveConversation, event: Of<'conversation.handed_over'>): Conversation => ({
  ...factsOf(state),
  status: 'PENDING_HUMAN',
  guidance: null,
  human_summary: null,
  handed_back: null,
  callback: null,
  customer_seen_at: event.occurred_at,
  handover: {
    handover_id: event.data.handover_id,
    reason: event.data.reason,
    queue: event.data.queue,
    context: event.data.context,
    routing: event.data.routing,
  },
});

const requeued = (state: LiveConversation, handover: Handover, at: string): Conversation => ({
  ...changeOwner(state, AI_OWNER),
  status: 'PENDING_HUMAN',
  handover,
  customer_seen_at: at,
});

const handoverCancelled = (
  state: PendingHuman,
  event: Of<'conversation.handover_cancelled'>,
): Conversation => {
  const { cause = 'customer', unanswered_message_ids } = event.data;
  const takenUp = new Set(unanswered_message_ids);
  const known = [...(state.open_question ?? []), ...state.unanswered];
  return {
    ...backToAi(state, event.occurred_at, {
      unanswered: known.filter(({ message_id }) => takenUp.has(message_id)),
      goOn: false,
      guidance: state.guidance,
      human_summary: null,
      cause,
    }),
    ...(cause === 'callback' && { callback: state.handover }),
  };
};

interface Return {
  /** What nobody answered. */
  readonly unanswered: readonly TurnInput[];
  readonly goOn: boolean;
  readonly guidance: string | null;
  readonly human_summary: string | null;
  readonly cause: HandedBack['cause'];
}

/** What nobody answered, or the wish to go on, is a turn that is due at once. */
const backToAi = (
  state: PendingHuman | HumanActive,
  now: string,
  { unanswered, goOn, guidance, human_summary, cause }: Return,
): WithAi => {
  const facts = state.owner === AI_OWNER ? factsOf(state) : changeOwner(state, AI_OWNER);
  const wanted = goOn || unanswered.length > 0;
  const turn_number = state.turn_count + 1;
  return {
    ...facts,
    status: 'BACK_TO_AI',
    unanswered: wanted ? unanswered : [],
    open_question: [],
    guidance,
    human_summary,
    handed_back: { cause, reason: state.handover.reason },
    ...(wanted && {
      turn_count: turn_number,
      collecting: newTurn(turn_number, unanswered, now, now),
    }),
  };
};

const changeOwner = (state: LiveConversation, owner: string): ConversationFacts => ({
  ...factsOf(state),
  owner,
  owner_epoch: state.owner_epoch + 1,
});

const erased = (state: LiveConversation): Conversation => ({
  ...factsOf(state),
  status: 'ERASED',
  last_status: state.status,
  owner: AI_OWNER,
  customer: null,
  metadata: {},
  collecting: null,
  unanswered: [],
  open_question: [],
  handed_back: null,
  callback: null,
  paused: null,
  guidance: null,
  human_summary: null,
});

/** The fields that every status has: nothing of the status before lingers in the next. */
const factsOf = (state: ConversationFacts): ConversationFacts => ({
  conversation_id: state.conversation_id,
  workflow: state.workflow,
  customer: state.customer,
  metadata: state.metadata,
  owner: state.owner,
  owner_epoch: state.owner_epoch,
  turn_count: state.turn_count,
  collecting: state.collecting,
  unanswered: state.unanswered,
  open_question: state.open_question ?? [],
  handed_back: state.handed_back ?? null,
  callback: state.callback ?? null,
  paused: state.paused ?? null,
  guidance: state.guidance,
  human_summary: state.human_summary,
  usage: state.usage,
  created_at: state.created_at,
  updated_at: state.updated_at,
});
