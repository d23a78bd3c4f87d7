import { BatonError, type ChatMessage } from '@baton/contracts';

import type { ExtractiveAnswerer } from '../../offline/answer/extractive-answer.js';
import type { Embedder } from '../../offline/relevance/ranker.js';
import type { SchemaFiller } from '../../offline/structured/schema-filler.js';
import { answerSmallTalk } from '../../offline/small-talk/small-talk.js';
import { summarise } from '../../offline/summary/extractive-summary.js';
import {
  type ChatOptions,
  type ChatReply,
  type ChatRequest,
  estimateTokens,
  type ModelCapabilities,
  type Provider,
  type TokenUsage,
} from '../provider.js';

export const OFFLINE_MODEL = 'extractive';
/** Of a greeting there is little to be unsure of. */
const SURE = 0.95;

/**
 * The model that needs no server and no key. It makes nothing up: it quotes the passages it is given, chooses
 * among a schema's labels, shortens a text to its own sentences, returns a greeting, and refuses everything else.
 */
export class OfflineProvider implements Provider {
  readonly name = 'offline';

  constructor(
    private readonly parts: {
      readonly answerer: ExtractiveAnswerer;
      readonly filler: SchemaFiller;
      readonly embedder: Embedder;
    },
  ) {}

  capabilities(): ModelCapabilities {
    return { toolCalls: false, offline: true, contextWindow: 1_000_000 };
  }

  async chat(_model: string, request: ChatRequest, options: ChatOptions): Promise<ChatReply> {
    options.signal.throwIfAborted();
    const { text, confidence } = await this.answer(request);
    if (options.onToken) for (const piece of text.match(/\S+\s*/g) ?? []) options.onToken(piece);
    return {
      text,
      toolCalls: [],
      stopReason: 'stop',
      usage: usageOf(request, text),
      confidence,
      malformedToolCall: null,
    };
  }

  private async answer(request: ChatRequest): Promise<{ text: string; confidence: number | null }> {
    if (request.messages.some((message) => message.role === 'user' && message.images?.length))
      throw incapable('about pictures');
    const question = request.question ?? lastOf(request.messages, 'user');
    if (request.outputSchema) {
      if (question === undefined) throw incapable('without a message to classify');
      const { output, confidence } = await this.parts.filler.fill(question, request.outputSchema);
      return { text: JSON.stringify(output), confidence };
    }
    const politely = question === undefined ? undefined : answerSmallTalk(question);
    if (politely !== undefined) return { text: politely, confidence: SURE };
    if (request.documents.length > 0) {
      if (question === undefined) throw incapable('without a question');
      return this.parts.answerer.answer(question, request.documents);
    }
    if (asksForSummary(request.messages)) {
      return {
        text: await summarise(textToSummarise(request.messages), this.parts.embedder),
        confidence: null,
      };
    }
    throw incapable(request.tools.length > 0 ? 'with tools' : 'without passages to quote from');
  }
}

const incapable = (how: string): BatonError =>
  new BatonError(
    'model-incapable',
    `The offline model cannot answer ${how}: it quotes, classifies and shortens. Set up a served model for this`,
  );

const lastOf = (messages: readonly ChatMessage[], role: ChatMessage['role']): string | undefined =>
  messages.findLast((message) => message.role === role)?.content;

const SUMMARY = /^\W*(?:please\s+)?summari[sz]e\b/i;

/** The first message says so: a system message, or the user's own. */
const asksForSummary = (messages: readonly ChatMessage[]): boolean =>
  SUMMARY.test(messages[0]?.content ?? '');

const textToSummarise = (messages: readonly ChatMessage[]): string => {
  const rest = messages.slice(1).filter((message) => message.role !== 'system');
  // "Summarise this: …" in one message.
  if (rest.length === 0) return (messages[0]?.content ?? '').replace(/^[^:\n]*[:\n]/, '');
  return rest.map((message) => message.content).join('\n');
};

/** It costs nothing; the count lets its work be compared. */
const usageOf = (request: ChatRequest, text: string): TokenUsage => ({
  input: estimateTokens(
    [...request.messages, ...request.documents].map(({ content }) => content).join('\n') +
      (request.question ?? ''),
  ),
  cachedInput: 0,
  output: estimateTokens(text),
  reasoning: 0,
  estimated: false,
});
