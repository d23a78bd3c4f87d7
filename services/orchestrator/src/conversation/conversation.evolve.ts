import { type ConversationEvent, type ConversationEventType, NO_USAGE } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';

import {
  AI_OWNER,
  type Conversation,
  type ConversationFacts,
  type Handover,
  isLive,
  isWithHuman,
  type LiveConversation,
  type OpenTurn,
  type TurnInput,
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
          }
        : state;
    case 'conversation.human_message_sent':
      return { ...current, unanswered: [] };
    case 'conversation.released':
      return current.status === 'HUMAN_ACTIVE'
        ? requeued(current, { ...current.handover, context: event.data.context ?? current.handover.context })
        : state;
    case 'conversation.transferred':
      return current.status === 'HUMAN_ACTIVE'
        ? requeued(current, {
            ...current.handover,
            context: {
              ...(event.data.context ?? current.handover.context),
              required_skills: event.data.required_skills,
              note: event.data.note,
            },
          })
        : state;
    case 'conversation.resolved':
      return isWithHuman(current)
        ? {
            ...changeOwner(current, AI_OWNER),
            status: 'RESOLVED',
            unanswered: [],
            guidance: null,
            human_summary: null,
          }
        : state;
    case 'conversation.returned_to_ai':
      return isWithHuman(current)
        ? backToAi(
            current,
            event.occurred_at,
            event.data.continue,
            event.data.guidance,
            event.data.human_summary,
          )
        : state;
    case 'conversation.handover_cancelled':
      return current.status === 'PENDING_HUMAN'
        ? backToAi(current, event.occurred_at, false, current.guidance, null)
        : state;
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
  if (state.status !== 'AI_PROCESSING' || state.running?.turn_number !== event.data.turn_number) return state;
  if (event.data.sink === 'HANDOVER') return { ...state, running: null, usage };
  return { ...factsOf(state), status: 'FINISHED', usage };
};

const handedOver = (state: LiveConversation, event: Of<'conversation.handed_over'>): Conversation => ({
  ...factsOf(state),
  status: 'PENDING_HUMAN',
  guidance: null,
  human_summary: null,
  handover: {
    handover_id: event.data.handover_id,
    reason: event.data.reason,
    queue: event.data.queue,
    context: event.data.context,
  },
});

const requeued = (state: LiveConversation, handover: Handover): Conversation => ({
  ...changeOwner(state, AI_OWNER),
  status: 'PENDING_HUMAN',
  handover,
});

/** What nobody answered, or the wish to go on, is a turn that is due at once. */
const backToAi = (
  state: LiveConversation,
  now: string,
  goOn: boolean,
  guidance: string | null,
  human_summary: string | null,
): Conversation => {
  const facts = state.owner === AI_OWNER ? factsOf(state) : changeOwner(state, AI_OWNER);
  const wanted = goOn || state.unanswered.length > 0;
  const turn_number = state.turn_count + 1;
  return {
    ...facts,
    status: 'BACK_TO_AI',
    guidance,
    human_summary,
    ...(wanted && {
      turn_count: turn_number,
      collecting: newTurn(turn_number, state.unanswered, now, now),
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
  guidance: state.guidance,
  human_summary: state.human_summary,
  usage: state.usage,
  created_at: state.created_at,
  updated_at: state.updated_at,
});
