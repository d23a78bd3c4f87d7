import Anthropic from '@anthropic-ai/sdk';
import type { ChatMessage } from '@baton/contracts';

import { groundingText } from './grounding.js';
import { ownName, wireName } from './openai.provider.js';
import type { ChatProvider, ProviderAnswer, ProviderRequest, StreamListener } from './provider.js';
import { ProviderError, toProviderError } from './provider-error.js';

type Message = Anthropic.MessageParam;
type Block = Anthropic.ContentBlockParam;

/** The messages API insists on a limit. */
const DEFAULT_MAX_TOKENS = 1024;
/** Structured output is a tool that the model must call. */
const ANSWER_TOOL = 'answer';

export interface AnthropicOptions {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** Anthropic's messages. Retries are the router's. */
export class AnthropicProvider implements ChatProvider {
  readonly name = 'anthropic';
  private readonly client: Anthropic;

  constructor(options: AnthropicOptions) {
    this.client = new Anthropic({
      apiKey: options.apiKey ?? 'none',
      maxRetries: 0,
      ...(options.baseUrl !== undefined && { baseURL: options.baseUrl }),
    });
  }

  async complete(request: ProviderRequest, on: StreamListener, signal: AbortSignal): Promise<ProviderAnswer> {
    let said = false;
    try {
      if (!request.stream) {
        return toAnswer(
          await this.client.messages.create({ ...toParams(request), stream: false }, { signal }),
          request,
        );
      }
      const stream = this.client.messages.stream(toParams(request), { signal });
      stream.on('text', (text) => {
        said = true;
        on.delta(text);
      });
      return toAnswer(await stream.finalMessage(), request);
    } catch (error) {
      throw toProviderError(error, signal, said);
    }
  }
}

const toParams = (request: ProviderRequest): Anthropic.MessageCreateParamsNonStreaming => {
  const grounding = groundingText(request.documents);
  const system = [
    ...request.messages.filter((message) => message.role === 'system').map((message) => message.content),
    ...(grounding === null ? [] : [grounding]),
  ].join('\n\n');
  const tools = [
    ...(request.tools ?? []).map((tool) => ({
      name: wireName(tool.name),
      description: tool.description,
      input_schema: tool.input_schema as Anthropic.Tool.InputSchema,
    })),
    ...(request.output_schema
      ? [
          {
            name: ANSWER_TOOL,
            description: 'Give your answer with this tool.',
            input_schema: request.output_schema as Anthropic.Tool.InputSchema,
          },
        ]
      : []),
  ];
  return {
    model: request.model,
    max_tokens: request.max_tokens ?? DEFAULT_MAX_TOKENS,
    messages: toMessages(request.messages),
    ...(system !== '' && { system }),
    ...(tools.length > 0 && { tools }),
    ...(request.output_schema && { tool_choice: { type: 'tool' as const, name: ANSWER_TOOL } }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
  };
};

/** This wire wants user and assistant to alternate: neighbours of one role become one message. */
const toMessages = (messages: readonly ChatMessage[]): Message[] => {
  const merged: { role: 'user' | 'assistant'; content: Block[] }[] = [];
  for (const message of messages) {
    if (message.role === 'system') continue;
    const role = message.role === 'assistant' ? 'assistant' : 'user';
    const blocks = toBlocks(message);
    if (blocks.length === 0) continue;
    const last = merged.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else merged.push({ role, content: blocks });
  }
  return merged;
};

const toBlocks = (message: Exclude<ChatMessage, { role: 'system' }>): Block[] => {
  if (message.role === 'tool')
    return [{ type: 'tool_result', tool_use_id: message.tool_call_id, content: message.content }];
  const text: Block[] = message.content.trim() === '' ? [] : [{ type: 'text', text: message.content }];
  if (message.role === 'user') return text;
  return [
    ...text,
    ...(message.tool_calls ?? []).map((call): Block => ({
      type: 'tool_use',
      id: call.id,
      name: wireName(call.name),
      input: call.args ?? {},
    })),
  ];
};

const toAnswer = (message: Anthropic.Message, request: ProviderRequest): ProviderAnswer => {
  if (!Array.isArray(message.content) || message.stop_reason === null)
    throw new ProviderError('retry', 'The answer was cut off');
  const uses = message.content.filter((block) => block.type === 'tool_use');
  const answer = request.output_schema ? uses.find((use) => use.name === ANSWER_TOOL) : undefined;
  const tool_calls = uses
    .filter((use) => use !== answer)
    .map((use) => ({ id: use.id, name: ownName(use.name), args: use.input }));
  const text = message.content
    .filter((block) => block.type === 'text')
    .map((block) => block.text)
    .join('');
  return {
    text,
    tool_calls,
    ...(answer && { output: answer.input }),
    stop_reason:
      message.stop_reason === 'refusal'
        ? 'refusal'
        : message.stop_reason === 'max_tokens'
          ? 'length'
          : tool_calls.length > 0
            ? 'tool_calls'
            : 'stop',
    usage: {
      input_tokens:
        message.usage.input_tokens +
        (message.usage.cache_read_input_tokens ?? 0) +
        (message.usage.cache_creation_input_tokens ?? 0),
      output_tokens: message.usage.output_tokens,
      cached_input_tokens: message.usage.cache_read_input_tokens ?? 0,
      reasoning_tokens: 0,
    },
  };
};
