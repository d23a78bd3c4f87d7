import {
  BatonError,
  type Actor,
  type ConversationEvent,
  type HandoverContext,
  NO_USAGE,
} from '@baton/contracts';
import type { Decider } from '@baton/event-store';

import type {
  Assign,
  CompleteTurn,
  ConversationCommand,
  HandoverRequest,
  ReceiveMessage,
  Resolve,
  SendHumanMessage,
  Transfer,
} from './conversation.commands.js';
import { evolve, initialState } from './conversation.evolve.js';
import {
  type Conversation,
  type HumanActive,
  isLive,
  isWithHuman,
  type LiveConversation,
  type OpenTurn,
  type PendingHuman,
} from './conversation.state.js';

type Events = readonly ConversationEvent[];

/** Duplicates never reach it: idempotency keys are checked in the transaction that would append. */
export const decide = (command: ConversationCommand, state: Conversation): Events => {
  if (state.status === 'ERASED') {
    if (command.type === 'Erase') return [];
    throw new BatonError('erased', 'This conversation was erased');
  }
  if (command.type === 'ReceiveMessage') return receiveMessage(command, state);
  if (!isLive(state)) throw new BatonError('not-found', 'There is no such conversation');
  switch (command.type) {
    case 'SendHumanMessage':
      return sendHumanMessage(command, state);
    case 'StartTurn':
      return startTurn(command, state);
    case 'RetakeTurn':
      return retakeTurn(command, state);
    case 'CompleteTurn':
      return completeTurn(command, state);
    case 'RequestHandover':
      return requestHandover(command.handover, state);
    case 'CancelHandover':
      return cancelHandover(state);
    case 'AcceptHandover':
      return acceptHandover(command, state);
    case 'Assign':
      return assign(command, state);
    case 'Release':
      return [released(requireOwner(command.actor, state), command.note, command.context)];
    case 'Transfer':
      return transfer(command, state);
    case 'Resolve':
      return resolve(command, state);
    case 'Abandon':
      return state.status === 'PENDING_HUMAN' && state.handover.handover_id === command.handover_id
        ? [resolved(state, null, null)]
        : [];
    case 'Whisper':
      return [whispered(command, requireHumanActive(state))];
    case 'RecordFeedback':
      return [
        {
          type: 'conversation.feedback_recorded',
          data: { rating: command.rating, comment: command.comment },
        },
      ];
    case 'Erase':
      return [{ type: 'conversation.erased', data: { conversation_id: state.conversation_id } }];
    default:
      return command satisfies never;
  }
};

export const conversationDecider: Decider<ConversationCommand, ConversationEvent, Conversation> = {
  initialState,
  decide,
  evolve,
};

const receiveMessage = (
  command: ReceiveMessage,
  state: Exclude<Conversation, { status: 'ERASED' }>,
): Events => {
  if (!isLive(state)) {
    const started: ConversationEvent = {
      type: 'conversation.started',
      data: {
        conversation_id: command.conversation_id,
        workflow: command.workflow,
        customer: command.customer,
        metadata: { ...command.metadata },
      },
    };
    return [started, messageReceived(command, 1, dueAt(command, null))];
  }
  if (command.workflow_named && command.workflow.name !== state.workflow.name) {
    throw new BatonError(
      'conflict',
      `This conversation runs ${state.workflow.name}, not ${command.workflow.name}`,
      {
        details: { workflow_name: state.workflow.name },
      },
    );
  }
  const turn_number = state.collecting?.turn_number ?? state.turn_count + 1;
  if (!isWithHuman(state)) return [messageReceived(command, turn_number, dueAt(command, state.collecting))];
  return [
    messageReceived(command, turn_number, null),
    unansweredTurn(turn_number, command.content, [command.message_id]),
  ];
};

/** The quiet window from now, but never past the longest wait since the first message. */
const dueAt = (command: ReceiveMessage, collecting: OpenTurn | null): string => {
  const now = Date.parse(command.now);
  const first = collecting ? Date.parse(collecting.received_at) : now;
  return new Date(
    Math.min(now + command.debounce.quiet_ms, first + command.debounce.max_wait_ms),
  ).toISOString();
};

const messageReceived = (
  command: ReceiveMessage,
  turn_number: number,
  due_at: string | null,
): ConversationEvent => ({
  type: 'conversation.message_received',
  data: {
    message_id: command.message_id,
    turn_id: command.turn_id,
    turn_number,
    content: command.content,
    user_input_hash: command.user_input_hash,
    due_at,
    metadata: { ...command.metadata },
  },
});

/** A turn that no AI answers: it went to the human and is over. */
const unansweredTurn = (
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

const sendHumanMessage = (command: SendHumanMessage, state: LiveConversation): Events => {
  if (
    state.status !== 'HUMAN_ACTIVE' ||
    command.actor.type !== 'human_agent' ||
    command.actor.id !== state.agent_id
  ) {
    throw new BatonError('forbidden', 'Only the agent who has this conversation writes in it', {
      details: { state: state.status },
    });
  }
  return [
    {
      type: 'conversation.human_message_sent',
      data: {
        message_id: command.message_id,
        turn_id: command.turn_id,
        turn_number: Math.max(1, state.turn_count),
        agent_id: state.agent_id,
        content: command.content,
        user_input_hash: command.user_input_hash,
      },
    },
  ];
};

const startTurn = (command: { now: string; run_id: string }, state: LiveConversation): Events => {
  const { collecting } = state;
  const startable = !isWithHuman(state) && state.status !== 'AI_PROCESSING';
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

const retakeTurn = (command: { turn_number: number; attempt: number }, state: LiveConversation): Events => {
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

const completeTurn = (command: CompleteTurn, state: LiveConversation): Events => {
  const running = state.status === 'AI_PROCESSING' ? state.running : null;
  if (running?.turn_number !== command.turn_number || running.attempt !== command.attempt) {
    throw new BatonError(
      'stale-owner',
      `Attempt ${command.attempt} of turn ${command.turn_number} has lost it`,
      {
        details: { state: state.status },
      },
    );
  }
  const { result } = command;
  const finish = result.kind === 'FINISH' ? result : null;
  const handover = result.kind === 'HANDOVER' ? result : null;
  const completed: ConversationEvent = {
    type: 'conversation.turn_completed',
    data: {
      turn_number: running.turn_number,
      run_id: running.run_id,
      attempt: running.attempt,
      status: result.kind === 'CANCELLED' ? 'CANCELLED' : handover?.failed ? 'FAILED' : 'COMPLETED',
      sink: finish ? 'FINISH' : handover ? 'HANDOVER' : null,
      reply: finish ? { ...finish.reply } : null,
      agent_response_hash: finish?.agent_response_hash ?? null,
      input_text: textOf(running),
      message_ids: idsOf(running),
      usage: command.usage,
    },
  };
  if (!handover) return [completed];
  return [completed, ...closeCollecting(state), handedOver(handover.handover, running.turn_number, state)];
};

const requestHandover = (handover: HandoverRequest, state: LiveConversation): Events => {
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

const cancelledTurn = (turn: OpenTurn): ConversationEvent => ({
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
const closeCollecting = (state: LiveConversation): ConversationEvent[] =>
  state.collecting
    ? [unansweredTurn(state.collecting.turn_number, textOf(state.collecting), idsOf(state.collecting))]
    : [];

const handedOver = (
  handover: HandoverRequest,
  turn_number: number | null,
  state: LiveConversation,
): ConversationEvent => ({
  type: 'conversation.handed_over',
  data: {
    handover_id: handover.handover_id,
    reason: handover.reason,
    note: handover.note,
    required_skills: handover.required_skills,
    priority: handover.priority,
    queue: handover.queue,
    turn_number,
    customer_id: state.customer?.id ?? null,
    context: handover.context,
    routing: handover.routing,
  },
});

const cancelHandover = (state: LiveConversation): Events => {
  if (state.status !== 'PENDING_HUMAN') throw refused(state, 'Nobody is awaited');
  if (state.handover.reason === 'approval')
    throw refused(state, 'An approval is awaited; it is not for the customer to cancel');
  return [
    {
      type: 'conversation.handover_cancelled',
      data: {
        handover_id: state.handover.handover_id,
        unanswered_message_ids: state.unanswered.map((input) => input.message_id),
      },
    },
  ];
};

const acceptHandover = (
  command: { handover_id: string; offer_id: string; agent_id: string },
  state: LiveConversation,
): Events => {
  if (state.status === 'HUMAN_ACTIVE' && isSameAcceptance(command, state)) return [];
  if (state.status !== 'PENDING_HUMAN' || state.handover.handover_id !== command.handover_id) {
    throw refused(state, 'This handover is not open any more');
  }
  return [assigned(state.handover.handover_id, command.agent_id, command.offer_id)];
};

const isSameAcceptance = (command: { handover_id: string; agent_id: string }, state: HumanActive): boolean =>
  state.handover.handover_id === command.handover_id && state.agent_id === command.agent_id;

const assigned = (handover_id: string, agent_id: string, offer_id: string | null): ConversationEvent => ({
  type: 'conversation.assigned',
  data: { handover_id, agent_id, offer_id },
});

const assign = (command: Assign, state: LiveConversation): Events => {
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

const released = (state: HumanActive, note: string | null, context?: HandoverContext): ConversationEvent => ({
  type: 'conversation.released',
  data: {
    handover_id: state.handover.handover_id,
    agent_id: state.agent_id,
    note,
    ...(context && { context }),
  },
});

const transfer = (command: Transfer, state: LiveConversation): Events => {
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

const resolve = (command: Resolve, state: LiveConversation): Events => {
  if (!isWithHuman(state)) throw refused(state, 'No person has it or is awaited');
  const agentId = state.status === 'HUMAN_ACTIVE' ? state.agent_id : null;
  if (!ownsOrOversees(command.actor, agentId)) throw notTheirs();
  if (command.outcome === 'RESOLVED') return [resolved(state, agentId, command.resolution)];
  return [
    {
      type: 'conversation.returned_to_ai',
      data: {
        handover_id: state.handover.handover_id,
        agent_id: agentId,
        guidance: command.guidance,
        human_summary: command.human_summary,
        unanswered_message_ids: state.unanswered.map((input) => input.message_id),
        continue: command.continue,
      },
    },
  ];
};

const resolved = (
  state: PendingHuman | HumanActive,
  agent_id: string | null,
  resolution: string | null,
): ConversationEvent => ({
  type: 'conversation.resolved',
  data: { handover_id: state.handover.handover_id, agent_id, resolution },
});

const whispered = (
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

/** An API key acts for the tenant; a supervisor for the floor; an agent for what is theirs. */
const ownsOrOversees = (actor: Actor, agentId: string | null): boolean =>
  actor.type === 'api_key' ||
  actor.type === 'system' ||
  (actor.type === 'human_agent' &&
    (actor.id === agentId || actor.role === 'supervisor' || actor.role === 'admin'));

const requireHumanActive = (state: LiveConversation): HumanActive => {
  if (state.status !== 'HUMAN_ACTIVE') throw refused(state, 'No person has this conversation');
  return state;
};

const requireOwner = (actor: Actor, state: LiveConversation): HumanActive => {
  const active = requireHumanActive(state);
  if (!ownsOrOversees(actor, active.agent_id)) throw notTheirs();
  return active;
};

const notTheirs = (): BatonError => new BatonError('forbidden', 'Another agent has this conversation');

const refused = (state: LiveConversation, why: string): BatonError =>
  new BatonError('invalid-transition', why, { details: { state: state.status } });

const textOf = (turn: OpenTurn): string => turn.inputs.map((input) => input.content).join('\n');
const idsOf = (turn: OpenTurn): string[] => turn.inputs.map((input) => input.message_id);
