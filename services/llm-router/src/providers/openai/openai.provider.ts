import OpenAI from 'openai';

import {
  type ChatOptions,
  type ChatReply,
  type ChatRequest,
  type EmbeddingReply,
  type ModelCapabilities,
  NO_TOKENS,
  type Provider,
} from '../provider.js';
import { fromSdkError, ProviderError } from '../provider-error.js';
import { ToolNames } from '../tool-names.js';
import { contextWindowOf } from './context-windows.js';
import { type Collected, estimatedUsage, toReply } from './openai-reply.js';
import { chatParams, expectedQuirks, learn, type Quirks } from './openai-request.js';

export interface OpenAIProviderOptions {
  /** Servers of one's own often want none; the SDK does. */
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
  /** Whether this is OpenAI's own server: it knows parameters that others do not. */
  readonly official: boolean;
  readonly fetch?: typeof fetch | undefined;
}

/** The SDK insists on a key; a server without keys ignores it. */
const NO_KEY = 'no-key-needed';

/** OpenAI's chat completions and embeddings, and every server that speaks them. */
export class OpenAIProvider implements Provider {
  readonly name = 'openai';
  private readonly client: OpenAI;
  private readonly quirks = new Map<string, Quirks>();

  constructor(private readonly options: OpenAIProviderOptions) {
    this.client = new OpenAI({
      apiKey: options.apiKey ?? NO_KEY,
      ...(options.baseUrl !== undefined && { baseURL: options.baseUrl }),
      ...(options.fetch && { fetch: options.fetch }),
      // Retries are the router's: each is a row of the ledger.
      maxRetries: 0,
      timeout: HIGHEST_TIMEOUT_MS,
      // It would write what it can't read, a customer's words among it, to the console.
      logLevel: 'off',
    });
  }

  capabilities(model: string): ModelCapabilities {
    return { toolCalls: true, offline: false, contextWindow: contextWindowOf(model) };
  }

  async chat(model: string, request: ChatRequest, options: ChatOptions): Promise<ChatReply> {
    const names = new ToolNames(request.tools.map((tool) => tool.name));
    const quirks = this.quirks.get(model) ?? expectedQuirks(model, this.options.official);
    try {
      const params = chatParams(model, request, names, quirks);
      const collected = options.onToken
        ? await this.stream(params, request, quirks, options, options.onToken)
        : await this.whole(params, options);
      return toReply(collected, request, names);
    } catch (error) {
      const learnt = lesson(error, quirks);
      if (!learnt) throw fromSdkError(error, { signal: options.signal, streamed: false });
      this.quirks.set(model, learnt);
      throw new ProviderError('adjusted', 'The model does not take a parameter; asked again without it', {
        status: 400,
        cause: error,
      });
    }
  }

  async embed(model: string, texts: readonly string[], signal: AbortSignal): Promise<EmbeddingReply> {
    try {
      const reply = await this.client.embeddings.create(
        { model, input: [...texts], encoding_format: 'float' },
        { signal },
      );
      const vectors = [...reply.data]
        .sort((a, b) => a.index - b.index)
        .map(({ embedding }) => unit(Float32Array.from(embedding)));
      if (vectors.length !== texts.length)
        throw new ProviderError('transient', `${vectors.length} vectors for ${texts.length} texts`);
      return { vectors, usage: { ...NO_TOKENS, input: reply.usage?.prompt_tokens ?? 0 } };
    } catch (error) {
      throw fromSdkError(error, { signal, streamed: false });
    }
  }

  async listModels(signal: AbortSignal): Promise<readonly string[]> {
    try {
      const page = await this.client.models.list({ signal });
      return page.data.map(({ id }) => id).filter((id) => !NOT_FOR_CHAT.test(id));
    } catch (error) {
      throw fromSdkError(error, { signal, streamed: false });
    }
  }

  private async whole(
    params: OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming,
    { signal }: ChatOptions,
  ): Promise<Collected> {
    const completion = await this.client.chat.completions.create(params, { signal });
    const choice = completion.choices?.[0];
    if (!choice) throw new ProviderError('transient', 'The answer holds no choice');
    return {
      text: choice.message.content ?? '',
      refusal: choice.message.refusal ?? '',
      finishReason: choice.finish_reason,
      toolCalls: (choice.message.tool_calls ?? [])
        .filter((call) => call.type === 'function')
        .map((call) => ({ id: call.id, name: call.function.name, args: call.function.arguments })),
      usage: completion.usage ?? null,
    };
  }

  private async stream(
    params: OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming,
    request: ChatRequest,
    quirks: Quirks,
    { signal }: ChatOptions,
    onToken: (text: string) => void,
  ): Promise<Collected> {
    const gathered = new StreamGatherer();
    try {
      const chunks = await this.client.chat.completions.create(
        { ...params, stream: true, ...(quirks.streamUsage && { stream_options: { include_usage: true } }) },
        { signal },
      );
      gathered.started = true;
      for await (const chunk of chunks) {
        const text = gathered.take(chunk);
        if (text !== '') onToken(text);
      }
      // The SDK ends the loop quietly when it is aborted, and when the connection was cut.
      signal.throwIfAborted();
      if (gathered.finishReason === null) throw new Error('The stream ended in the middle');
      return gathered;
    } catch (error) {
      if (!gathered.started) throw error;
      const usage = estimatedUsage(request, gathered.text);
      throw fromSdkError(error, { signal, streamed: gathered.text !== '', usage });
    }
  }
}

/** The router ends a call in time; the SDK's own limit must not come before. */
const HIGHEST_TIMEOUT_MS = 60 * 60 * 1000;

const NOT_FOR_CHAT =
  /embed|whisper|tts|dall-e|image|moderation|transcribe|rerank|realtime|audio|sora|bge-|e5-/i;

const lesson = (error: unknown, quirks: Quirks): Quirks | undefined =>
  error instanceof OpenAI.APIError && (error.status === 400 || error.status === 422)
    ? learn(quirks, error.param ?? '', error.message)
    : undefined;

const unit = (vector: Float32Array): Float32Array => {
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
};

/** Puts a streamed completion together. */
class StreamGatherer implements Collected {
  text = '';
  started = false;
  refusal = '';
  finishReason: string | null = null;
  usage: OpenAI.CompletionUsage | null = null;
  private readonly calls: { id: string; name: string; args: string }[] = [];

  get toolCalls(): Collected['toolCalls'] {
    return this.calls.filter(Boolean);
  }

  /** The text that this piece adds. */
  take(chunk: OpenAI.Chat.Completions.ChatCompletionChunk): string {
    if (chunk.usage) this.usage = chunk.usage;
    const choice = chunk.choices?.[0];
    if (!choice) return '';
    this.finishReason = choice.finish_reason ?? this.finishReason;
    this.refusal += choice.delta?.refusal ?? '';
    for (const piece of choice.delta?.tool_calls ?? []) {
      const call = (this.calls[piece.index] ??= { id: '', name: '', args: '' });
      call.id ||= piece.id ?? '';
      call.name += piece.function?.name ?? '';
      call.args += piece.function?.arguments ?? '';
    }
    const text = choice.delta?.content ?? '';
    this.text += text;
    return text;
  }
}
