import { BatonError, type ConversationEvent } from '@baton/contracts';

import type { CompleteTurn, RetakeTurn, StartTurn } from './conversation.commands.js';
import { isWithHuman, type LiveConversation, type OpenTurn } from './conversation.state.js';
import { handedOver } from './handed-over.js';
import { pauseTurn } from './pause.decisions.js';
import { closeCollecting, idsOf, textOf } from './turn-ends.js';

type Events = readonly ConversationEvent[];

export const startTurn = (command: StartTurn, state: LiveConversation): Events => {
  if (state.status === 'AI_PROCESSING') return startAgain(command, state.running);
  const { collecting } = state;
  const startable = !isWithHuman(state);
  if (!startable || !collecting?.due_at || collecting.due_at > command.now) return [];
  return [
    {
      type: 'conversation.turn_started',
      data: {
        turn_number: collecting.turn_number,
        run_id: command.run_id,
        attempt: 1,
        message_ids: collecting.inputs.map((input) => input.message_id),
      },
    },
  ];
};

/** The attempt behind a restart, once its window has closed. */
const startAgain = ({ now, run_id }: StartTurn, running: OpenTurn | null): Events => {
  if (running?.run_id !== null || !running.due_at || running.due_at > now) return [];
  return [
    {
      type: 'conversation.turn_attempt_started',
      data: { turn_number: running.turn_number, run_id, attempt: running.attempt },
    },
  ];
};

export const retakeTurn = (command: RetakeTurn, state: LiveConversation): Events => {
  if (state.status !== 'AI_PROCESSING' || !state.running?.run_id) return [];
  if (state.running.turn_number !== command.turn_number || state.running.attempt !== command.attempt)
    return [];
  return [
    {
      type: 'conversation.turn_attempt_started',
      data: { turn_number: command.turn_number, run_id: state.running.run_id, attempt: command.attempt + 1 },
    },
  ];
};

export const completeTurn = (command: CompleteTurn, state: LiveConversation): Events => {
  const running = state.status === 'AI_PROCESSING' ? state.running : null;
  const isStale =
    running?.turn_number !== command.turn_number ||
    running.attempt !== command.attempt ||
    running.run_id === null;
  if (isStale) {
    throw new BatonError(
      'stale-owner',
      `Attempt ${command.attempt} of turn ${command.turn_number} has lost it`,
      {
        details: { state: state.status },
      },
    );
  }
  const { result } = command;
  if (result.kind === 'PAUSED') return pauseTurn({ ...running, run_id: running.run_id }, result, state);
  const finish = result.kind === 'FINISH' ? result : null;
  const handover = result.kind === 'HANDOVER' ? result : null;
  const completed: ConversationEvent = {
    type: 'conversation.turn_completed',
    data: {
      turn_number: running.turn_number,
      run_id: running.run_id,
      attempt: running.attempt,
      status: result.kind === 'CANCELLED' ? 'CANCELLED' : handover?.failed ? 'FAILED' : 'COMPLETED',
      sink: finish || result.kind === 'DROPPED' ? 'FINISH' : handover ? 'HANDOVER' : null,
      reply: finish ? { ...finish.reply } : null,
      agent_response_hash: finish?.agent_response_hash ?? null,
      input_text: textOf(running),
      message_ids: idsOf(running),
      usage: command.usage,
      ...(command.repetition && { repetition: command.repetition }),
      ...(command.repetition_check && { repetition_check: command.repetition_check }),
    },
  };
  if (!handover) return [completed];
  return [completed, ...closeCollecting(state), handedOver(handover.handover, running.turn_number, state)];
};
