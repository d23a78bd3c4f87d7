import type { ConversationEventType, ConversationState } from '@baton/contracts';

/**
 * Every move between states that there is, by the event that makes it. `evolve`, the decider's tests and the
 * diagram in docs/architecture.md read this table; what is not in it does not happen. Events that are absent
 * leave the state as it is.
 */
export const TRANSITIONS: Readonly<
  Record<ConversationState, Partial<Record<ConversationEventType, ConversationState>>>
> = {
  NEW: {
    'conversation.turn_started': 'AI_PROCESSING',
    'conversation.handed_over': 'PENDING_HUMAN',
  },
  AI_PROCESSING: {
    // Sink FINISH, or the run was cancelled. With sink HANDOVER the turn ends and the state waits for `handed_over`.
    'conversation.turn_completed': 'FINISHED',
    'conversation.handed_over': 'PENDING_HUMAN',
  },
  FINISHED: {
    'conversation.turn_started': 'AI_PROCESSING',
    'conversation.handed_over': 'PENDING_HUMAN',
  },
  PENDING_HUMAN: {
    'conversation.assigned': 'HUMAN_ACTIVE',
    'conversation.resolved': 'RESOLVED',
    'conversation.returned_to_ai': 'BACK_TO_AI',
    'conversation.handover_cancelled': 'BACK_TO_AI',
    'conversation.handed_over': 'PENDING_HUMAN',
  },
  HUMAN_ACTIVE: {
    'conversation.released': 'PENDING_HUMAN',
    'conversation.transferred': 'PENDING_HUMAN',
    'conversation.resolved': 'RESOLVED',
    'conversation.returned_to_ai': 'BACK_TO_AI',
  },
  RESOLVED: {
    'conversation.turn_started': 'AI_PROCESSING',
    'conversation.handed_over': 'PENDING_HUMAN',
  },
  BACK_TO_AI: {
    'conversation.turn_started': 'AI_PROCESSING',
    'conversation.turn_resumed': 'AI_PROCESSING',
    'conversation.handed_over': 'PENDING_HUMAN',
  },
};
