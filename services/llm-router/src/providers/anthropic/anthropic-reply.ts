import type Anthropic from '@anthropic-ai/sdk';

import { type ChatReply, type ChatRequest, estimateTokens, type TokenUsage } from '../provider.js';
import type { ToolNames } from '../tool-names.js';
import { ANSWER_TOOL, isObjectSchema } from './anthropic-request.js';

/** What a message comes to, whether it came whole or in pieces. */
export interface Collected {
  readonly text: string;
  readonly toolUses: readonly { readonly id: string; readonly name: string; readonly input: unknown }[];
  /** Why a tool's input could not be read. */
  readonly malformed: string | null;
  readonly stopReason: string | null;
  readonly usage: TokenUsage;
}

export const toReply = (collected: Collected, request: ChatRequest, names: ToolNames): ChatReply => {
  const answer = collected.toolUses.find((use) => use.name === ANSWER_TOOL);
  const calls = collected.toolUses
    .filter((use) => use.name !== ANSWER_TOOL)
    .map((use) => ({ id: use.id, name: names.ours(use.name), args: use.input }));
  return {
    text: answer ? JSON.stringify(unwrapped(answer.input, request)) : collected.text,
    toolCalls: calls,
    stopReason: stopReason(collected.stopReason, calls.length > 0),
    usage: collected.usage,
    confidence: null,
    malformedToolCall: collected.malformed,
  };
};

const unwrapped = (input: unknown, request: ChatRequest): unknown =>
  request.outputSchema && !isObjectSchema(request.outputSchema)
    ? (input as { value?: unknown } | null)?.value
    : input;

const stopReason = (reason: string | null, calls: boolean): ChatReply['stopReason'] => {
  if (reason === 'refusal') return 'refusal';
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length';
  return calls ? 'tool_calls' : 'stop';
};

/** The vendor counts cached prompt tokens beside the others, we count them among them. */
export const usageOf = (
  usage: Pick<Anthropic.Usage, 'input_tokens' | 'output_tokens'> & Partial<Anthropic.Usage>,
): TokenUsage => {
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0),
    cachedInput: cached,
    output: usage.output_tokens,
    reasoning: usage.output_tokens_details?.thinking_tokens ?? 0,
    estimated: false,
  };
};

/** What a call used that ended before its vendor said so. */
export const estimatedUsage = (request: ChatRequest, known: TokenUsage | null, text: string): TokenUsage => ({
  input: known?.input ?? estimateTokens(JSON.stringify([request.messages, request.tools, request.documents])),
  cachedInput: known?.cachedInput ?? 0,
  output: Math.max(known?.output ?? 0, estimateTokens(text)),
  reasoning: 0,
  estimated: true,
});
