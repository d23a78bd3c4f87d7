import type { ChatMessage, ToolCall } from '@baton/contracts';
import OpenAI from 'openai';

import { groundingText } from './grounding.js';
import { parseJson, toolArguments, unitVector } from './json.js';
import type {
  ChatProvider,
  EmbeddingProvider,
  ProviderAnswer,
  ProviderRequest,
  ProviderUsage,
  StreamListener,
} from './provider.js';
import { ProviderError, toProviderError } from './provider-error.js';

type Params = OpenAI.Chat.Completions.ChatCompletionCreateParams;
type Message = OpenAI.Chat.Completions.ChatCompletionMessageParam;

/** Local servers want no key, the SDK insists on one. */
const NO_KEY = 'none';

export interface OpenAiOptions {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
}

/** OpenAI's chat completions and embeddings, and every server that speaks them. Retries are the router's. */
export class OpenAiProvider implements ChatProvider, EmbeddingProvider {
  readonly name = 'openai';
  private readonly client: OpenAI;

  constructor(options: OpenAiOptions) {
    this.client = new OpenAI({
      apiKey: options.apiKey ?? NO_KEY,
      maxRetries: 0,
      ...(options.baseUrl !== undefined && { baseURL: options.baseUrl }),
    });
  }

  async complete(request: ProviderRequest, on: StreamListener, signal: AbortSignal): Promise<ProviderAnswer> {
    const collected = new Collected(request.output_schema !== undefined);
    try {
      if (request.stream) {
        const stream = await this.client.chat.completions.create(
          { ...toParams(request), stream: true, stream_options: { include_usage: true } },
          { signal },
        );
        for await (const chunk of stream) collected.addChunk(chunk, on);
        // The SDK ends a stream that was aborted as if it had been whole.
        signal.throwIfAborted();
      } else {
        collected.addWhole(
          await this.client.chat.completions.create({ ...toParams(request), stream: false }, { signal }),
        );
      }
      return collected.answer();
    } catch (error) {
      throw toProviderError(error, signal, request.stream && collected.saidSomething);
    }
  }

  async embed(
    model: string,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<{ vectors: number[][]; input_tokens: number }> {
    try {
      const answer = await this.client.embeddings.create(
        { model, input: [...texts], encoding_format: 'float' },
        { signal },
      );
      const vectors = answer.data
        .toSorted((a, b) => a.index - b.index)
        .map((item) => unitVector(item.embedding));
      if (vectors.length !== texts.length)
        throw new ProviderError('retry', 'Another number of vectors than texts');
      return { vectors, input_tokens: answer.usage?.prompt_tokens ?? 0 };
    } catch (error) {
      throw toProviderError(error, signal, false);
    }
  }

  /** The ids of the models that the server offers; what a compatible server calls its own. */
  async models(): Promise<string[]> {
    const ids: string[] = [];
    for await (const model of this.client.models.list()) ids.push(model.id);
    return ids;
  }
}

const toParams = (request: ProviderRequest): Params => {
  const grounding = groundingText(request.documents);
  return {
    model: request.model,
    messages: [
      ...(grounding === null ? [] : [{ role: 'system' as const, content: grounding }]),
      ...request.messages.map(toMessage),
    ],
    ...(request.tools?.length && {
      tools: request.tools.map((tool) => ({
        type: 'function' as const,
        function: { name: wireName(tool.name), description: tool.description, parameters: tool.input_schema },
      })),
    }),
    ...(request.output_schema && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: 'answer', schema: { ...request.output_schema } },
      },
    }),
    ...(request.max_tokens !== undefined && { max_completion_tokens: request.max_tokens }),
    ...(request.temperature !== undefined && { temperature: request.temperature }),
  };
};

const toMessage = (message: ChatMessage): Message => {
  switch (message.role) {
    case 'assistant':
      return {
        role: 'assistant',
        content: message.content,
        ...(message.tool_calls?.length && {
          tool_calls: message.tool_calls.map((call) => ({
            id: call.id,
            type: 'function' as const,
            function: { name: wireName(call.name), arguments: JSON.stringify(call.args ?? {}) },
          })),
        }),
      };
    case 'tool':
      return { role: 'tool', tool_call_id: message.tool_call_id, content: message.content };
    case 'system':
    case 'user':
      return { role: message.role, content: message.content };
  }
};

/** Tool names on this wire have no dots: `orders.lookup` travels as `orders__lookup`. */
export const wireName = (name: string): string => name.replaceAll('.', '__');
export const ownName = (name: string): string => name.replaceAll('__', '.');

/** An answer as it comes together, from a stream or at once. */
class Collected {
  private text = '';
  private refusal = '';
  private finish: string | null = null;
  private usage: OpenAI.CompletionUsage | null | undefined;
  private readonly calls: { id: string; name: string; args: string }[] = [];

  constructor(private readonly structured: boolean) {}

  get saidSomething(): boolean {
    return this.text !== '';
  }

  addChunk(chunk: OpenAI.Chat.Completions.ChatCompletionChunk, on: StreamListener): void {
    this.usage = chunk.usage ?? this.usage;
    const choice = chunk.choices[0];
    if (!choice) return;
    this.finish = choice.finish_reason ?? this.finish;
    this.refusal += choice.delta.refusal ?? '';
    for (const part of choice.delta.tool_calls ?? []) {
      const call = (this.calls[part.index] ??= { id: '', name: '', args: '' });
      call.id ||= part.id ?? '';
      call.name += part.function?.name ?? '';
      call.args += part.function?.arguments ?? '';
    }
    if (!choice.delta.content) return;
    this.text += choice.delta.content;
    on.delta(choice.delta.content);
  }

  addWhole(completion: OpenAI.Chat.Completions.ChatCompletion): void {
    const choice = completion.choices?.[0];
    if (!choice) throw new ProviderError('retry', 'An answer without a choice');
    this.usage = completion.usage;
    this.finish = choice.finish_reason;
    this.text = choice.message.content ?? '';
    this.refusal = choice.message.refusal ?? '';
    for (const call of choice.message.tool_calls ?? [])
      if (call.type === 'function')
        this.calls.push({ id: call.id, name: call.function.name, args: call.function.arguments });
  }

  answer(): ProviderAnswer {
    // A stream that ends without a reason was cut off.
    if (this.finish === null) throw new ProviderError('retry', 'The answer was cut off');
    const tool_calls: ToolCall[] = this.calls
      .filter(Boolean)
      .map((call) => ({ id: call.id, name: ownName(call.name), args: toolArguments(call.args) }));
    const refused = this.refusal !== '' || this.finish === 'content_filter';
    return {
      text: this.text,
      tool_calls,
      ...(this.structured && { output: parseJson(this.text) }),
      stop_reason: refused
        ? 'refusal'
        : this.finish === 'length'
          ? 'length'
          : tool_calls.length > 0
            ? 'tool_calls'
            : 'stop',
      usage: usageOf(this.usage),
    };
  }
}

const usageOf = (usage: OpenAI.CompletionUsage | null | undefined): ProviderUsage => ({
  input_tokens: usage?.prompt_tokens ?? 0,
  output_tokens: usage?.completion_tokens ?? 0,
  cached_input_tokens: usage?.prompt_tokens_details?.cached_tokens ?? 0,
  reasoning_tokens: usage?.completion_tokens_details?.reasoning_tokens ?? 0,
});
