import type { HandoverReason } from '@baton/contracts';

import type { Tool, ToolArguments } from '../tool.js';

export const CONVERSATION_HANDOVER = 'conversation.handover';

export interface RequestedHandover {
  readonly reason: HandoverReason;
  readonly note: string | null;
}

/** The reasons an agent may give; the others are for the runtime to find. */
const REASONS_OF_AGENTS: readonly HandoverReason[] = ['explicit_request', 'agent_decision'];

/** Ends the run with a HANDOVER: whoever calls it (an agent's loop, the runtime for a tool node) sees to that. */
export const conversationHandoverTool: Tool = {
  name: CONVERSATION_HANDOVER,
  description:
    'Gives the conversation to a person. Use it when the customer asks for one, when you cannot help with the tools you have, or when the matter is not yours to decide.',
  source: 'builtin',
  inputSchema: {
    type: 'object',
    properties: {
      reason: {
        type: 'string',
        minLength: 1,
        maxLength: 2000,
        description: 'explicit_request where the customer asked for a person, else agent_decision',
      },
      note: {
        type: 'string',
        maxLength: 2000,
        description: 'For the person: what the customer wants and what is open',
      },
    },
    required: ['reason'],
    additionalProperties: false,
  },
  riskTier: 'LOW',
  timeoutMs: 1000,
  idempotency: 'safe',
  sees: [],
  run: async (args) => Promise.resolve(requestedHandover(args)),
};

/** A reason that is no code of an agent's is what the agent had to say about it. */
export const requestedHandover = (args: ToolArguments): RequestedHandover => {
  const said = textOf(args['reason']);
  const note = textOf(args['note']);
  const reason = REASONS_OF_AGENTS.find((code) => code === said);
  if (reason) return { reason, note };
  return { reason: 'agent_decision', note: [said, note].filter((part) => part !== null).join(': ') || null };
};

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : null;
