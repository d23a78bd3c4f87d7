import Anthropic from '@anthropic-ai/sdk';

import type {
  ChatOptions,
  ChatReply,
  ChatRequest,
  ModelCapabilities,
  Provider,
  TokenUsage,
} from '../provider.js';
import { fromSdkError, ProviderError } from '../provider-error.js';
import { ToolNames } from '../tool-names.js';
import { type Collected, estimatedUsage, toReply, usageOf } from './anthropic-reply.js';
import { ANSWER_TOOL, EXPECTED_QUIRKS, learn, messageParams, type Quirks } from './anthropic-request.js';

export interface AnthropicProviderOptions {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

const HIGHEST_TIMEOUT_MS = 60 * 60 * 1000;
const LARGE_WINDOW = 1_000_000;
const SMALL_WINDOW = 200_000;

/** Anthropic's messages. */
export class AnthropicProvider implements Provider {
  readonly name = 'anthropic';
  private readonly client: Anthropic;
  private readonly quirks = new Map<string, Quirks>();

  constructor(options: AnthropicProviderOptions) {
    this.client = new Anthropic({
      apiKey: options.apiKey ?? 'no-key-needed',
      // Not to be taken from a variable of the machine's that nobody meant for Baton.
      authToken: null,
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
    const large = /(?:fable|mythos|opus-[5-9]|sonnet-[5-9]|haiku-[5-9]|opus-4-[6-9]|sonnet-4-[6-9])/.test(
      model,
    );
    return { toolCalls: true, offline: false, contextWindow: large ? LARGE_WINDOW : SMALL_WINDOW };
  }

  async chat(model: string, request: ChatRequest, options: ChatOptions): Promise<ChatReply> {
    const names = new ToolNames([ANSWER_TOOL, ...request.tools.map((tool) => tool.name)]);
    const quirks = this.quirks.get(model) ?? EXPECTED_QUIRKS;
    try {
      const params = messageParams(model, request, names, quirks);
      const collected = options.onToken
        ? await this.stream(params, request, options, options.onToken)
        : collect(await this.client.messages.create(params, { signal: options.signal }));
      return toReply(collected, request, names);
    } catch (error) {
      const learnt =
        error instanceof Anthropic.APIError && error.status === 400
          ? learn(quirks, error.message)
          : undefined;
      if (!learnt) throw fromSdkError(error, { signal: options.signal, streamed: false });
      this.quirks.set(model, learnt);
      throw new ProviderError('adjusted', 'The model does not take a parameter; asked again without it', {
        status: 400,
        cause: error,
      });
    }
  }

  private async stream(
    params: Anthropic.MessageCreateParamsNonStreaming,
    request: ChatRequest,
    { signal }: ChatOptions,
    onToken: (text: string) => void,
  ): Promise<Collected> {
    const gathered = new StreamGatherer();
    try {
      const events = await this.client.messages.create({ ...params, stream: true }, { signal });
      for await (const event of events) {
        const text = gathered.take(event);
        if (text !== '') onToken(text);
      }
      // The SDK ends the loop quietly when it is aborted, and when the connection was cut.
      signal.throwIfAborted();
      if (!gathered.ended) throw new Error('The stream ended in the middle');
      return gathered.collected();
    } catch (error) {
      const streamed = gathered.text !== '';
      if (!gathered.started && !streamed) throw error;
      const usage = estimatedUsage(request, gathered.usage, gathered.text);
      throw fromSdkError(error, { signal, streamed, usage });
    }
  }
}

const collect = (message: Anthropic.Message): Collected => ({
  text: message.content
    .filter((block) => block.type === 'text')
    .map((block) => block.text)
    .join(''),
  toolUses: message.content.filter((block) => block.type === 'tool_use'),
  malformed: null,
  stopReason: message.stop_reason,
  usage: usageOf(message.usage),
});

/** Puts a streamed message together. */
class StreamGatherer {
  text = '';
  started = false;
  ended = false;
  usage: TokenUsage | null = null;
  private reported: Parameters<typeof usageOf>[0] = { input_tokens: 0, output_tokens: 0 };
  private stopReason: string | null = null;
  private readonly uses: { id: string; name: string; json: string; input: unknown }[] = [];

  /** The text that this event adds. */
  take(event: Anthropic.RawMessageStreamEvent): string {
    switch (event.type) {
      case 'message_start':
        this.started = true;
        this.report(event.message.usage);
        return '';
      case 'content_block_start':
        if (event.content_block.type === 'tool_use') {
          const { id, name, input } = event.content_block;
          this.uses[event.index] = { id, name, json: '', input };
        }
        return event.content_block.type === 'text' ? this.add(event.content_block.text) : '';
      case 'content_block_delta':
        if (event.delta.type === 'input_json_delta') {
          const use = this.uses[event.index];
          if (use) use.json += event.delta.partial_json;
        }
        return event.delta.type === 'text_delta' ? this.add(event.delta.text) : '';
      case 'message_delta':
        this.stopReason = event.delta.stop_reason;
        this.report(event.usage);
        return '';
      case 'message_stop':
        this.ended = true;
        return '';
      default:
        return '';
    }
  }

  collected(): Collected {
    let malformed: string | null = null;
    const toolUses = this.uses.filter(Boolean).map(({ id, name, json, input }) => {
      try {
        return { id, name, input: json.trim() === '' ? input : (JSON.parse(json) as unknown) };
      } catch {
        malformed ??= `The input of your call of ${name} is not valid JSON.`;
        return { id, name, input: null };
      }
    });
    return {
      text: this.text,
      toolUses,
      malformed,
      stopReason: this.stopReason,
      usage: usageOf(this.reported),
    };
  }

  private add(text: string): string {
    this.text += text;
    return text;
  }

  /** What is not said again in a later event stays as it was. */
  private report(usage: object): void {
    const said = Object.entries(usage).filter(([, value]) => value !== null && value !== undefined);
    this.reported = { ...this.reported, ...Object.fromEntries(said) };
    this.usage = usageOf(this.reported);
  }
}
