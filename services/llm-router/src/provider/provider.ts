import type { ChatMessage, GroundingDocument, ToolCall, ToolSpec } from '@baton/contracts';

/** One call of a chat model, in nobody's dialect. */
export interface ProviderRequest {
  /** As the provider names it, without our prefix. */
  readonly model: string;
  readonly messages: readonly ChatMessage[];
  readonly tools?: readonly ToolSpec[] | undefined;
  readonly output_schema?: Readonly<Record<string, unknown>> | undefined;
  readonly documents?: readonly GroundingDocument[] | undefined;
  readonly question?: string | undefined;
  readonly max_tokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly stream: boolean;
}

export interface ProviderUsage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Of the input, what the provider had cached. */
  readonly cached_input_tokens: number;
  /** Of the output, what the model thought and did not say. */
  readonly reasoning_tokens: number;
}

export interface ProviderAnswer {
  readonly text: string;
  /** Arguments that are no JSON stay the text they were: no schema lets them through. */
  readonly tool_calls: readonly ToolCall[];
  /** Structured output as the model gave it, unvalidated; undefined where none came. */
  readonly output?: unknown;
  readonly confidence?: number | null;
  readonly stop_reason: 'stop' | 'tool_calls' | 'length' | 'refusal';
  readonly usage: ProviderUsage;
}

export interface StreamListener {
  delta(text: string): void;
}

export interface ChatProvider {
  readonly name: string;
  /** @throws ProviderError saying whether another try may help */
  complete(request: ProviderRequest, on: StreamListener, signal: AbortSignal): Promise<ProviderAnswer>;
}

export interface EmbeddingProvider {
  readonly name: string;
  /** Unit vectors in the order of `texts`. */
  embed(
    model: string,
    texts: readonly string[],
    signal: AbortSignal,
  ): Promise<{ readonly vectors: number[][]; readonly input_tokens: number }>;
}
