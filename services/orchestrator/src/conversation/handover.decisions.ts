import type { Actor, ConversationEvent, HandoverContext } from '@baton/contracts';

import type {
  AcceptHandover,
  Assign,
  HandoverRequest,
  Release,
  Resolve,
  Transfer,
} from './conversation.commands.js';
import {
  type Handover,
  type HumanActive,
  isWithHuman,
  type LiveConversation,
  type PendingHuman,
} from './conversation.state.js';
import { notTheirs, ownsOrOversees, refused, requireOwner } from './refusals.js';
import { handedOver } from './handed-over.js';
import { closePaused, goOnBehind, resumePaused } from './pause.decisions.js';
import { cancelledTurn, closeCollecting } from './turn-ends.js';

type Events = readonly ConversationEvent[];

export const requestHandover = (handover: HandoverRequest, state: LiveConversation): Events => {
  const mayWiden = state.status === 'PENDING_HUMAN' && state.handover.reason === 'approval';
  if (isWithHuman(state) && !mayWiden) throw refused(state, 'A person is on it, or on the way');
  return handOver(handover, state);
};

const handOver = (handover: HandoverRequest, state: LiveConversation): Events => {
  const running = state.status === 'AI_PROCESSING' ? state.running : null;
  return [
    ...(running ? [cancelledTurn(running)] : []),
    ...closeCollecting(state),
    handedOver(handover, running?.turn_number ?? null, state),
  ];
};

/** Whoever waits, or was promised a call, would rather not. */
export const cancelHandover = (state: LiveConversation): Events => {
  if (!isWithHuman(state) && state.callback)
    return [{ type: 'conversation.callback_cancelled', data: { handover_id: state.callback.handover_id } }];
  if (state.status !== 'PENDING_HUMAN') throw refused(state, 'Nobody is awaited');
  if (state.handover.reason === 'approval' || state.paused)
    throw refused(state, 'A decision is awaited; it is not for the customer to cancel');
  return [cancelledByCustomer(state)];
};

export const cancelledByCustomer = (state: PendingHuman): ConversationEvent => ({
  type: 'conversation.handover_cancelled',
  data: {
    handover_id: state.handover.handover_id,
    unanswered_message_ids: state.unanswered.map((input) => input.message_id),
    cause: 'customer',
  },
});

export const acceptHandover = (command: AcceptHandover, state: LiveConversation): Events => {
  if (state.status === 'HUMAN_ACTIVE' && isSameAcceptance(command, state)) return [];
  if (!isWithHuman(state) && state.callback?.handover_id === command.handover_id) {
    return [
      ...handOver(promised(state.callback, command.context), state),
      assigned(command.handover_id, command.agent_id, command.offer_id),
    ];
  }
  if (state.status !== 'PENDING_HUMAN' || state.handover.handover_id !== command.handover_id) {
    throw refused(state, 'This handover is not open any more');
  }
  return [assigned(state.handover.handover_id, command.agent_id, command.offer_id)];
};

/** The hand-over that a callback was promised for, asked for again. */
const promised = (callback: Handover, context = callback.context): HandoverRequest => {
  const { handover_id, reason, queue, routing } = callback;
  if (!routing) throw new Error('A callback was promised without a routing policy');
  const { note, required_skills, priority } = context;
  return { handover_id, reason, queue, routing, note, required_skills, priority, context };
};

const isSameAcceptance = (command: { handover_id: string; agent_id: string }, state: HumanActive): boolean =>
  state.handover.handover_id === command.handover_id && state.agent_id === command.agent_id;

const assigned = (handover_id: string, agent_id: string, offer_id: string | null): ConversationEvent => ({
  type: 'conversation.assigned',
  data: { handover_id, agent_id, offer_id },
});

export const assign = (command: Assign, state: LiveConversation): Events => {
  if (state.status === 'PENDING_HUMAN') return [assigned(state.handover.handover_id, command.agent_id, null)];
  if (state.status !== 'HUMAN_ACTIVE') {
    return [
      ...handOver(command.handover, state),
      assigned(command.handover.handover_id, command.agent_id, null),
    ];
  }
  if (state.agent_id === command.agent_id) throw refused(state, `${command.agent_id} has it already`);
  return [released(state, null), assigned(state.handover.handover_id, command.agent_id, null)];
};

/** Back in the queue, unless what was asked of people is decided already. */
export const release = ({ actor, note, context }: Release, state: LiveConversation): Events => {
  const active = requireOwner(actor, state);
  return [released(active, note, context), ...goOnBehind(active)];
};

export const released = (
  state: HumanActive,
  note: string | null,
  context?: HandoverContext,
  cause?: 'silent' | 'gone',
): ConversationEvent => ({
  type: 'conversation.released',
  data: {
    handover_id: state.handover.handover_id,
    agent_id: state.agent_id,
    note,
    ...(context && { context }),
    ...(cause && { cause }),
  },
});

export const transfer = (command: Transfer, state: LiveConversation): Events => {
  const active = requireOwner(command.actor, state);
  if (command.to_agent_id === active.agent_id) throw refused(active, `${active.agent_id} has it already`);
  return [
    {
      type: 'conversation.transferred',
      data: {
        handover_id: active.handover.handover_id,
        from_agent_id: active.agent_id,
        to_agent_id: command.to_agent_id,
        required_skills: command.required_skills ?? active.handover.context.required_skills,
        note: command.note,
        ...(command.context && { context: command.context }),
      },
    },
  ];
};

export const resolve = (command: Resolve, state: LiveConversation): Events => {
  if (!isWithHuman(state)) throw refused(state, 'No person has it or is awaited');
  const agentId = state.status === 'HUMAN_ACTIVE' ? state.agent_id : null;
  if (!ownsOrOversees(command.actor, agentId)) throw notTheirs();
  if (command.outcome === 'RESOLVED')
    return [...closePaused(state, command.paused_usage), resolved(state, agentId, command.resolution)];
  return [
    {
      type: 'conversation.returned_to_ai',
      data: {
        handover_id: state.handover.handover_id,
        agent_id: agentId,
        guidance: command.guidance,
        human_summary: command.human_summary,
        unanswered_message_ids: state.unanswered.map((input) => input.message_id),
        // What goes on is the turn that waited.
        continue: command.continue && !state.paused,
      },
    },
    ...resumePaused(state),
  ];
};

export const resolved = (
  state: PendingHuman | HumanActive,
  agent_id: string | null,
  resolution: string | null,
  cause?: 'abandoned',
): ConversationEvent => ({
  type: 'conversation.resolved',
  data: { handover_id: state.handover.handover_id, agent_id, resolution, ...(cause && { cause }) },
});

export const whispered = (
  command: { actor: Actor; message_id: string; message: string },
  state: HumanActive,
): ConversationEvent => ({
  type: 'conversation.whispered',
  data: {
    message_id: command.message_id,
    from: command.actor.id,
    to_agent_id: state.agent_id,
    message: command.message,
  },
});
