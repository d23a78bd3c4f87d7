import type { FittedContext } from '@baton/contracts';

import type { AgentContext } from '../agent.js';
import { type CountTokens, type Tokenizer, tokensAtMost } from './tokenizer.js';

/** What the prompt holds beside the context, whatever becomes of that. */
export interface FixedParts {
  /** The system text without anything of the context but the customer. */
  readonly system: string;
  readonly question: string;
}

export interface Fitted {
  readonly context: AgentContext;
  /** For the journal: numbers and ids, never texts. */
  readonly report: FittedContext;
}

/** What a message's role and frame take, or a section's tags, or the mark of a line. */
const FRAME_TOKENS = 8;

/**
 * As much of a context as fits into so many tokens beside the fixed parts. Guidance and what people did always
 * stay; then come the summary, the latest messages, newest first and each whole, and the memories, nearest
 * first. What had no room is behind the summary and in memory, not gone.
 * @param load the tokenizer of the model, asked for only where not everything surely fits
 */
export const fitContext = async (
  context: AgentContext,
  fixed: FixedParts,
  maxTokens: number,
  load: () => Promise<Tokenizer>,
): Promise<Fitted> => {
  const bound = measure(context, fixed, tokensAtMost);
  if (bound.total <= maxTokens)
    return fitted(context, context, { maxTokens, countedBy: 'bytes', tokens: bound });
  const { name, count } = await load();
  const kept = shortened(context, fixed, maxTokens, count);
  return fitted(context, kept, { maxTokens, countedBy: name, tokens: measure(kept, fixed, count) });
};

const shortened = (
  context: AgentContext,
  fixed: FixedParts,
  maxTokens: number,
  count: CountTokens,
): AgentContext => {
  const bare: AgentContext = { ...context, summary: null, recent: [], memories: [] };
  let left = maxTokens - measure(bare, fixed, count).total;
  const takes = (text: string): boolean => {
    const tokens = framed(text, count);
    if (tokens > left) return false;
    left -= tokens;
    return true;
  };
  const summary = context.summary !== null && takes(context.summary) ? context.summary : null;
  const recent = takeWhile(context.recent.toReversed(), ({ content }) => takes(content)).toReversed();
  const memories = takeWhile(context.memories, ({ content }) => takes(content));
  return { ...context, summary, recent, memories };
};

const measure = (context: AgentContext, fixed: FixedParts, count: CountTokens): FittedContext['tokens'] => {
  const parts = {
    system: framed(fixed.system, count),
    question: framed(fixed.question, count),
    guidance: framed(context.guidance, count),
    human_summary: framed(context.humanSummary, count),
    summary: framed(context.summary, count),
    messages: sum(context.recent.map(({ content }) => framed(content, count))),
    memories: sum(context.memories.map(({ content }) => framed(content, count))),
  };
  return { ...parts, total: sum(Object.values(parts)) };
};

const framed = (text: string | null, count: CountTokens): number =>
  text === null ? 0 : FRAME_TOKENS + count(text);

const fitted = (
  given: AgentContext,
  kept: AgentContext,
  counted: {
    readonly maxTokens: number;
    readonly countedBy: FittedContext['counted_by'];
    readonly tokens: FittedContext['tokens'];
  },
): Fitted => {
  const keptMessages = new Set(kept.recent);
  return {
    context: kept,
    report: {
      max_tokens: counted.maxTokens,
      counted_by: counted.countedBy,
      tokens: counted.tokens,
      kept: partsOf(kept),
      dropped: {
        summary: given.summary !== null && kept.summary === null,
        message_ids: given.recent.filter((message) => !keptMessages.has(message)).map(messageId),
        memory_ids: given.memories.slice(kept.memories.length).map(memoryId),
      },
    },
  };
};

const partsOf = ({ summary, recent, memories }: AgentContext): FittedContext['kept'] => ({
  summary: summary !== null,
  message_ids: recent.map(messageId),
  memory_ids: memories.map(memoryId),
});

const messageId = ({ message_id }: { readonly message_id: string }): string => message_id;
const memoryId = ({ memory_id }: { readonly memory_id: string }): string => memory_id;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

const takeWhile = <T>(items: readonly T[], test: (item: T) => boolean): T[] => {
  const end = items.findIndex((item) => !test(item));
  return items.slice(0, end === -1 ? items.length : end);
};
