import type { AgentContext } from '../agent/agent.js';
import { scopeOf } from '../conversation/handover.handler.js';
import type { TurnToPlay } from '../turn/turn-runner.port.js';

/** What a conversation supplies as `input`: message, history, memory, customer. */
export const conversationInput = (
  journaled: Readonly<Record<string, unknown>>,
  { message, context, conversation }: TurnToPlay,
): Readonly<Record<string, unknown>> => ({
  ...journaled,
  message,
  history: context.recent.map(({ role, content }) => ({ role, content })),
  memory: { summary: context.summary, memories: context.memories.map(({ content }) => content) },
  customer: conversation.customer,
});

/** What the agents of a turn are told beside the message. */
export const agentContextOf = ({ context, conversation }: TurnToPlay): AgentContext => ({
  summary: context.summary,
  memories: context.memories,
  recent: context.recent.map(({ message_id, role, content }) => ({ message_id, role, content })),
  guidance: conversation.guidance,
  humanSummary: conversation.human_summary,
  customer: conversation.customer,
});

/** What expressions see as `conversation`: the same in nodes, triggers and routing rules. */
export const conversationScope = ({ conversation }: TurnToPlay): Readonly<Record<string, unknown>> => ({
  ...scopeOf(conversation),
  conversation_id: conversation.conversation_id,
});
