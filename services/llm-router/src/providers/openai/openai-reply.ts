import type { ToolCall } from '@baton/contracts';
import type OpenAI from 'openai';

import { type ChatReply, type ChatRequest, estimateTokens, type TokenUsage } from '../provider.js';
import type { ToolNames } from '../tool-names.js';

/** What a completion comes to, whether it came whole or in pieces. */
export interface Collected {
  readonly text: string;
  readonly refusal: string;
  readonly finishReason: string | null;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly args: string }[];
  readonly usage: OpenAI.CompletionUsage | null;
}

export const toReply = (collected: Collected, request: ChatRequest, names: ToolNames): ChatReply => {
  const refused = collected.refusal !== '' || collected.finishReason === 'content_filter';
  const { calls, malformed } = parseCalls(collected.toolCalls, names);
  return {
    text: refused && collected.refusal !== '' ? collected.refusal : collected.text,
    toolCalls: calls,
    stopReason: stopReason(collected, refused, calls.length > 0),
    usage: usageOf(collected.usage, request, collected.text),
    confidence: null,
    malformedToolCall: malformed,
  };
};

const stopReason = (collected: Collected, refused: boolean, calls: boolean): ChatReply['stopReason'] => {
  if (refused) return 'refusal';
  if (collected.finishReason === 'length') return 'length';
  // Some servers end with `stop` though they call tools.
  return calls || collected.finishReason === 'tool_calls' || collected.finishReason === 'function_call'
    ? 'tool_calls'
    : 'stop';
};

/** Arguments that are no JSON are the model's mistake: it is told, once. */
const parseCalls = (
  raw: Collected['toolCalls'],
  names: ToolNames,
): { calls: ToolCall[]; malformed: string | null } => {
  const calls: ToolCall[] = [];
  let malformed: string | null = null;
  for (const [index, call] of raw.entries()) {
    const name = names.ours(call.name);
    try {
      const args: unknown = call.args.trim() === '' ? {} : JSON.parse(call.args);
      calls.push({ id: call.id === '' ? `call_${index}` : call.id, name, args });
    } catch {
      malformed ??= `The arguments of your call of ${name} are not valid JSON.`;
    }
  }
  return { calls, malformed };
};

export const usageOf = (
  usage: OpenAI.CompletionUsage | null | undefined,
  request: ChatRequest,
  text: string,
): TokenUsage => {
  if (!usage) return estimatedUsage(request, text);
  return {
    input: usage.prompt_tokens,
    cachedInput: usage.prompt_tokens_details?.cached_tokens ?? 0,
    output: usage.completion_tokens,
    reasoning: usage.completion_tokens_details?.reasoning_tokens ?? 0,
    estimated: false,
  };
};

/** What a call used that ended before its vendor said so. */
export const estimatedUsage = (request: ChatRequest, text: string): TokenUsage => ({
  input: estimateTokens(JSON.stringify([request.messages, request.tools, request.documents])),
  cachedInput: 0,
  output: estimateTokens(text),
  reasoning: 0,
  estimated: true,
});
