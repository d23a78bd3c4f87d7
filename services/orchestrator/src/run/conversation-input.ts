import type { RunEvent } from '@baton/contracts';

import type { AgentContext } from '../agent/agent.js';
import { scopeOf } from '../conversation/handover.handler.js';
import type { TurnToPlay } from '../turn/turn-runner.port.js';
import type { Workflow } from '../workflow/workflow.js';
import type { RunningRun } from './run.state.js';

/**
 * What a run has as `input`. The first worker that writes anything writes it down too, where an expression may look at
 * it: a later one finds the same, whatever is remembered by then.
 */
export const inputOf = (
  { input: journaled }: RunningRun,
  turn: TurnToPlay,
  { readsConversation }: Pick<Workflow, 'readsConversation'>,
): { readonly input: RunningRun['input']; readonly opening: readonly RunEvent[] } => {
  if (Object.hasOwn(journaled, 'history')) return { input: journaled, opening: [] };
  const input = conversationInput(journaled, turn);
  return {
    input,
    opening: readsConversation ? [{ type: 'run.input_gathered', data: { input: { ...input } } }] : [],
  };
};

/** What a conversation supplies: message, history, memory, customer. */
const conversationInput = (
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
