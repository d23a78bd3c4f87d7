import { BatonError, Channel, type ConversationEvent } from '@baton/contracts';

import type { ReceiveMessage, SendHumanMessage } from './conversation.commands.js';
import { type Conversation, isLive, isWithHuman, type LiveConversation } from './conversation.state.js';
import { cancelledByCustomer } from './handover.decisions.js';
import { notice } from './notices.js';
import { unansweredTurn } from './turn-ends.js';
import { declinesToWait } from './wait/declines-to-wait.js';

type Events = readonly ConversationEvent[];

export const receiveMessage = (
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
        ...channelOf(command.metadata),
        ...(command.human_cost_per_hour !== undefined && {
          human_cost_per_hour: command.human_cost_per_hour,
        }),
      },
    };
    return [started, messageReceived(command, 1, dueAt(command, command.now))];
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
  const rejoined = rejoinRunning(command, state);
  if (rejoined) return rejoined;
  const turn_number = state.collecting?.turn_number ?? state.turn_count + 1;
  if (!isWithHuman(state))
    return [
      messageReceived(command, turn_number, dueAt(command, state.collecting?.received_at ?? command.now)),
    ];
  return [
    messageReceived(command, turn_number, null),
    unansweredTurn(turn_number, command.content, [command.message_id]),
    ...withdrawal(command, state),
  ];
};

/** Metadata are sealed in the log; the channel is what analytics has to read. */
const channelOf = ({ channel }: ReceiveMessage['metadata']): { channel?: string } => {
  const known = Channel.safeParse(typeof channel === 'string' ? channel.toLowerCase() : undefined);
  return known.success ? { channel: known.data } : {};
};

/** "Never mind": the wait is over, and these words want no other answer. */
const withdrawal = ({ content, notice_id }: ReceiveMessage, state: LiveConversation): Events => {
  if (state.status !== 'PENDING_HUMAN' || state.handover.reason === 'approval' || state.paused) return [];
  if (notice_id === undefined || !declinesToWait(content)) return [];
  return [
    cancelledByCustomer(state),
    notice(notice_id, 'wait_cancelled', { handover_id: state.handover.handover_id }),
  ];
};

/** A turn restarts this often; what comes then waits for the next turn. */
export const MOST_RESTARTS = 3;

/** What comes mid-turn and does not queue: it goes into the running turn, which begins anew behind the quiet window. */
const rejoinRunning = (command: ReceiveMessage, state: LiveConversation): Events | undefined => {
  const running = state.status === 'AI_PROCESSING' ? state.running : null;
  if (!running || state.collecting) return undefined;
  const { turn_number, restart } = running;
  if (running.run_id === null)
    return [messageReceived(command, turn_number, dueAt(command, restart?.since ?? command.now))];
  if (command.restart?.run_id !== running.run_id || (restart?.count ?? 0) >= MOST_RESTARTS) return undefined;
  return [
    {
      type: 'conversation.turn_restarted',
      data: {
        turn_number,
        run_id: running.run_id,
        attempt: running.attempt + 1,
        usage: command.restart.usage,
      },
    },
    messageReceived(command, turn_number, dueAt(command, command.now)),
  ];
};

/** The quiet window from now, but never past the longest wait since the first message. */
const dueAt = (command: ReceiveMessage, firstAt: string): string => {
  const { quiet_ms, max_wait_ms } = command.debounce;
  const latest = Date.parse(firstAt) + max_wait_ms;
  return new Date(Math.min(Date.parse(command.now) + quiet_ms, latest)).toISOString();
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

export const sendHumanMessage = (command: SendHumanMessage, state: LiveConversation): Events => {
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
