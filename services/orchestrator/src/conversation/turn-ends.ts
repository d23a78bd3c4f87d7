import { type ConversationEvent, NO_USAGE } from '@baton/contracts';

import type { LiveConversation, OpenTurn } from './conversation.state.js';

/** A turn that no AI answers: it went to the human and is over. */
export const unansweredTurn = (
  turn_number: number,
  input_text: string,
  message_ids: string[],
): ConversationEvent => ({
  type: 'conversation.turn_completed',
  data: {
    turn_number,
    run_id: null,
    attempt: 0,
    status: 'COMPLETED',
    sink: null,
    reply: null,
    agent_response_hash: null,
    input_text,
    message_ids,
    usage: NO_USAGE,
  },
});

export const cancelledTurn = (
  turn: OpenTurn,
): Extract<ConversationEvent, { type: 'conversation.turn_completed' }> => ({
  type: 'conversation.turn_completed',
  data: {
    turn_number: turn.turn_number,
    run_id: turn.run_id,
    attempt: turn.attempt,
    status: 'CANCELLED',
    sink: 'HANDOVER',
    reply: null,
    agent_response_hash: null,
    input_text: textOf(turn),
    message_ids: idsOf(turn),
    usage: NO_USAGE,
  },
});

/** Messages that waited for the AI go to the human with the rest. */
export const closeCollecting = (state: LiveConversation): ConversationEvent[] =>
  state.collecting
    ? [unansweredTurn(state.collecting.turn_number, textOf(state.collecting), idsOf(state.collecting))]
    : [];

export const textOf = (turn: OpenTurn): string => turn.inputs.map((input) => input.content).join('\n');
export const idsOf = (turn: OpenTurn): string[] => turn.inputs.map((input) => input.message_id);
