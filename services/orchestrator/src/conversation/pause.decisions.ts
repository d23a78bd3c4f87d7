import { type ConversationEvent, type HandoverReason, NO_USAGE, type Usage } from '@baton/contracts';

import type { CancelPausedTurn, RepauseTurn, ResumeTurn, TurnResult } from './conversation.commands.js';
import {
  type HumanActive,
  isWithHuman,
  type LiveConversation,
  type OpenTurn,
  type PausedTurn,
  type PendingHuman,
} from './conversation.state.js';
import { handedOver } from './handed-over.js';
import { notice } from './notices.js';
import { cancelledTurn, closeCollecting } from './turn-ends.js';

type Events = readonly ConversationEvent[];

/** The turn stays open while people have their say; until then the conversation is theirs. */
export const pauseTurn = (
  running: OpenTurn & { readonly run_id: string },
  result: Extract<TurnResult, { kind: 'PAUSED' }>,
  state: LiveConversation,
): Events => {
  const { approval_id, consultation_id, handover, notice_id } = result;
  const { turn_number, run_id, attempt } = running;
  return [
    {
      type: 'conversation.turn_paused',
      data: { turn_number, run_id, attempt, approval_id, consultation_id },
    },
    ...closeCollecting(state),
    handedOver(handover, turn_number, state),
    notice(notice_id, 'approval_pending', { handover_id: handover.handover_id }),
  ];
};

/** Where a person has the conversation, or is awaited for more than this, it goes on when they give it back. */
export const resumeTurn = ({ run_id }: ResumeTurn, state: LiveConversation): Events => {
  const paused = pausedWith(run_id, state);
  if (!paused) return [];
  if (waitsForThisOnly(state)) return [decided(state), resumed(paused)];
  if (state.status === 'BACK_TO_AI') return [resumed(paused)];
  return isWithHuman(state) && !isReady(paused) ? [ready(paused)] : [];
};

/** An agent who puts the conversation back leaves nothing to decide: then nobody is awaited. */
export const goOnBehind = (state: HumanActive): Events => {
  const { paused, handover } = state;
  if (!paused || !isReady(paused) || !PAUSES.has(handover.reason)) return [];
  return [decided(state), resumed(paused)];
};

export const repauseTurn = ({ run_id, approval_id }: RepauseTurn, state: LiveConversation): Events => {
  const paused = pausedWith(run_id, state);
  if (!paused) return [];
  const { turn_number, attempt } = paused.turn;
  return [
    {
      type: 'conversation.turn_paused',
      data: { turn_number, run_id, attempt, approval_id, consultation_id: null },
    },
  ];
};

export const cancelPausedTurn = ({ run_id, usage }: CancelPausedTurn, state: LiveConversation): Events => {
  const paused = pausedWith(run_id, state);
  if (!paused) return [];
  return [cancelled(paused, usage), ...(waitsForThisOnly(state) ? [decided(state)] : [])];
};

/** The paused turn ends with what ends its conversation. */
export const closePaused = (state: LiveConversation, usage: Usage = NO_USAGE): Events =>
  state.paused ? [cancelled(state.paused, usage)] : [];

/** The paused turn goes on with what gives the conversation back. */
export const resumePaused = (state: LiveConversation): Events =>
  state.paused ? [resumed(state.paused)] : [];

const pausedWith = (runId: string, { paused }: LiveConversation): PausedTurn | null =>
  paused?.turn.run_id === runId ? paused : null;

/** Nobody is awaited for anything else. */
const waitsForThisOnly = (state: LiveConversation): state is PendingHuman =>
  state.status === 'PENDING_HUMAN' && PAUSES.has(state.handover.reason);

const PAUSES: ReadonlySet<HandoverReason> = new Set(['approval', 'consultation']);

/** What it waited for is over; it goes on as soon as the AI has the conversation. */
const isReady = ({ approval_id, consultation_id }: PausedTurn): boolean =>
  approval_id === null && consultation_id === null;

const ready = ({ turn: { turn_number, run_id, attempt } }: PausedTurn): ConversationEvent => ({
  type: 'conversation.turn_paused',
  data: { turn_number, run_id, attempt, approval_id: null, consultation_id: null },
});

const decided = (state: PendingHuman | HumanActive): ConversationEvent => ({
  type: 'conversation.handover_cancelled',
  data: {
    handover_id: state.handover.handover_id,
    unanswered_message_ids: state.unanswered.map(({ message_id }) => message_id),
    cause: 'decided',
  },
});

const resumed = ({ turn: { turn_number, run_id, attempt } }: PausedTurn): ConversationEvent => ({
  type: 'conversation.turn_resumed',
  data: { turn_number, run_id, attempt },
});

const cancelled = ({ turn }: PausedTurn, usage: Usage): ConversationEvent => {
  const event = cancelledTurn(turn);
  return { ...event, data: { ...event.data, usage } };
};
