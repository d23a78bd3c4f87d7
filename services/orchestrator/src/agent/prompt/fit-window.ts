import type { ChatMessage, ToolSpec } from '@baton/contracts';

import { type CountTokens, tokensAtMost } from './tokenizer.js';

const LEFT_OUT = '(left out: the conversation with the tools became too long)';
const CUT = '\n(cut: the rest did not fit)';
/** What is kept free for the model's answer. */
const ANSWER_TOKENS = 4096;
/** A text is cut by its characters, and they do not all take the same. */
const MARGIN = 0.9;
/** What a message's role and frame take. */
const FRAME_TOKENS = 8;

/**
 * Messages that fit into a model's window beside its tools and its answer: the oldest results of tools are left
 * out first, then the largest that are left are cut. Everything else stays: without it the model would answer
 * something else.
 */
export const fitWindow = async (
  messages: readonly ChatMessage[],
  tools: readonly ToolSpec[],
  window: number,
  load: () => Promise<CountTokens>,
): Promise<readonly ChatMessage[]> => {
  const specs = JSON.stringify(tools);
  const room = window - Math.min(ANSWER_TOKENS, window / 4);
  if (total(messages, tokensAtMost) + tokensAtMost(specs) <= room) return messages;
  const count = await load();
  const maxTokens = room - count(specs);
  const fitted = [...messages];
  const latest = fitted.findLastIndex(({ role }) => role === 'assistant');
  for (const [index, message] of messages.entries()) {
    if (total(fitted, count) <= maxTokens) return fitted;
    if (message.role === 'tool' && index < latest) fitted[index] = { ...message, content: LEFT_OUT };
  }
  const excess = total(fitted, count) - maxTokens;
  return excess > 0 ? cutLatest(fitted, excess, count) : fitted;
};

/** Takes the excess from the results in proportion to their size. */
const cutLatest = (messages: readonly ChatMessage[], excess: number, count: CountTokens): ChatMessage[] => {
  const sizes = messages.map((message) =>
    message.role === 'tool' && message.content !== LEFT_OUT ? count(message.content) : 0,
  );
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const marks = sizes.filter((size) => size > 0).length * count(CUT);
  const kept = Math.max(0, 1 - (excess + marks) / Math.max(all, 1)) * MARGIN;
  return messages.map((message, index) =>
    sizes[index] === 0
      ? message
      : { ...message, content: message.content.slice(0, Math.floor(message.content.length * kept)) + CUT },
  );
};

const total = (messages: readonly ChatMessage[], count: CountTokens): number =>
  messages.reduce((sum, message) => sum + FRAME_TOKENS + count(textOf(message)), 0);

const textOf = (message: ChatMessage): string =>
  message.role === 'assistant' && message.tool_calls
    ? message.content + JSON.stringify(message.tool_calls)
    : message.content;
