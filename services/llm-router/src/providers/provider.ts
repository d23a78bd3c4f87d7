import type { ChatMessage, GroundingDocument, ToolCall, ToolSpec } from '@baton/contracts';

/** What a model is asked, whatever its vendor. */
export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  readonly tools: readonly ToolSpec[];
  /** JSON Schema of the answer, which then is JSON. */
  readonly outputSchema: Readonly<Record<string, unknown>> | null;
  readonly question: string | null;
  readonly documents: readonly GroundingDocument[];
  readonly maxTokens: number | null;
  readonly temperature: number | null;
}

export interface TokenUsage {
  /** All of the prompt, cached part included. */
  readonly input: number;
  readonly cachedInput: number;
  /** All that was written, reasoning included. */
  readonly output: number;
  readonly reasoning: number;
  /** True where the vendor did not say and the text was counted here. */
  readonly estimated: boolean;
}

export interface ChatReply {
  /** The answer; with an output schema its JSON. */
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly stopReason: 'stop' | 'tool_calls' | 'length' | 'refusal';
  readonly usage: TokenUsage;
  /** Set by models that know how sure they are. */
  readonly confidence: number | null;
  /** Why a tool call of the model can't be used, as the model should be told. */
  readonly malformedToolCall: string | null;
}

export interface ChatOptions {
  /** Ends the call, upstream too. */
  readonly signal: AbortSignal;
  /** Set: the answer is streamed from the vendor and told here piece by piece. */
  readonly onToken?: (text: string) => void;
}

export interface EmbeddingReply {
  /** Unit vectors, in the order of the texts. */
  readonly vectors: readonly Float32Array[];
  readonly usage: TokenUsage;
}

export interface ModelCapabilities {
  readonly toolCalls: boolean;
  readonly offline: boolean;
  readonly contextWindow: number;
}

/** One vendor, or what stands for one. Every error it throws is a `ProviderError`, or a `BatonError` of its own. */
export interface Provider {
  readonly name: string;
  capabilities(model: string): ModelCapabilities;
  chat(model: string, request: ChatRequest, options: ChatOptions): Promise<ChatReply>;
  /** Absent where the vendor has no embeddings. */
  embed?(model: string, texts: readonly string[], signal: AbortSignal): Promise<EmbeddingReply>;
  /** Chat models that this server has; absent where nobody need ask. */
  listModels?(signal: AbortSignal): Promise<readonly string[]>;
}

export const NO_TOKENS: TokenUsage = { input: 0, cachedInput: 0, output: 0, reasoning: 0, estimated: false };

/** About how many tokens a text is: vendors charge a prompt by its own tokenizer, this is for what they never told. */
export const estimateTokens = (text: string): number => Math.ceil(text.length / 4);

/** About how many tokens a prompt is, tools and passages among it. */
export const promptTokens = (
  request: Pick<ChatRequest, 'messages' | 'tools' | 'outputSchema' | 'documents'>,
): number => {
  let characters = 0;
  for (const message of request.messages) {
    characters += message.content.length;
    if (message.role === 'assistant' && message.tool_calls)
      characters += JSON.stringify(message.tool_calls).length;
  }
  for (const { title, content } of request.documents) characters += title.length + content.length;
  if (request.tools.length > 0) characters += JSON.stringify(request.tools).length;
  if (request.outputSchema) characters += JSON.stringify(request.outputSchema).length;
  const images = request.messages.reduce(
    (sum, message) => sum + (message.role === 'user' ? (message.images?.length ?? 0) : 0),
    0,
  );
  return Math.ceil(characters / 4) + images * IMAGE_TOKENS;
};

/** A picture of the usual size, at either vendor. */
const IMAGE_TOKENS = 1_000;
