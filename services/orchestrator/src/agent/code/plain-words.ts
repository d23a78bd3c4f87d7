import type { ChatMessage, Completion, ToolCall } from '@baton/contracts';

import { CONVERSATION_HANDOVER } from '../../tool/builtin/conversation-handover.tool.js';
import { FINISH } from '../reasoning/decisions.js';
import { CODE_RUN } from './code-run.tool.js';
import { fencedBlock, fencedProgram } from './fenced-code.js';

/** A program that stands in an answer's words is a call of the tool that the model could have made. */
export const readFencedProgram = (completion: Completion): Completion => {
  if (completion.tool_calls.length > 0) return completion;
  const program = fencedProgram(completion.text);
  if (!program) return completion;
  const { language, code, around } = program;
  return withCall(completion, around, { id: 'fenced', name: CODE_RUN, args: { language, code } });
};

/** Of a model without tool calls: its decisions come as JSON in a block. */
export const readPlainAnswer = (completion: Completion): Completion => {
  const read = readFencedProgram(completion);
  if (read.tool_calls.length > 0) return read;
  const block = fencedBlock(completion.text, (tag) => tag === 'json');
  const decision = block && parsed(block.body);
  if (!block || !decision) return completion;
  if (typeof decision['handover'] === 'object' && decision['handover'] !== null)
    return withCall(completion, block.around, {
      id: 'fenced',
      name: CONVERSATION_HANDOVER,
      args: decision['handover'],
    });
  return 'reply' in decision
    ? withCall(completion, block.around, { id: 'fenced', name: FINISH, args: decision })
    : completion;
};

/** A conversation with tool calls, in words alone. */
export const inPlainWords = (messages: readonly ChatMessage[]): ChatMessage[] =>
  messages.map((message): ChatMessage => {
    if (message.role === 'tool') return { role: 'user', content: message.content };
    if (message.role !== 'assistant' || !message.tool_calls) return message;
    const blocks = message.tool_calls.map(({ name, args }) => blockOf(name, args));
    return { role: 'assistant', content: [message.content, ...blocks].filter(Boolean).join('\n\n') };
  });

const blockOf = (name: string, args: unknown): string => {
  const { language, code } = (args ?? {}) as { language?: unknown; code?: unknown };
  return name === CODE_RUN && typeof language === 'string' && typeof code === 'string'
    ? `\`\`\`${language}\n${code}\n\`\`\``
    : `\`\`\`json\n${JSON.stringify(args)}\n\`\`\``;
};

const withCall = (completion: Completion, text: string, call: ToolCall): Completion => ({
  ...completion,
  text,
  tool_calls: [call],
  // One that was cut off in the middle is no program.
  stop_reason: completion.stop_reason === 'stop' ? 'tool_calls' : completion.stop_reason,
});

const parsed = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
};
