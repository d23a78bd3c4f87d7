import type { AgentContext } from '../agent.js';
import { type CountTokens, loadTokenizer, tokensAtMost } from './tokenizer.js';

/**
 * As much of a context as fits into so many tokens. Guidance and what people did always stay; then come the
 * summary, the latest messages and the memories, nearest first.
 */
export const fitContext = async (
  context: AgentContext,
  maxTokens: number,
  load: () => Promise<CountTokens> = loadTokenizer,
): Promise<AgentContext> => {
  const everything = [
    context.guidance,
    context.humanSummary,
    context.summary,
    ...context.memories,
    ...context.recent.map(({ content }) => content),
  ];
  const atMost = everything.reduce((sum, text) => sum + tokensAtMost(text ?? ''), 0);
  return atMost <= maxTokens ? context : shortened(context, maxTokens, await load());
};

const shortened = (context: AgentContext, maxTokens: number, count: CountTokens): AgentContext => {
  let left = maxTokens - count(context.guidance ?? '') - count(context.humanSummary ?? '');
  const takes = (text: string): boolean => {
    const tokens = count(text);
    if (tokens > left) return false;
    left -= tokens;
    return true;
  };
  const summary = context.summary !== null && takes(context.summary) ? context.summary : null;
  const recent = takeWhile(context.recent.toReversed(), ({ content }) => takes(content)).toReversed();
  const memories = takeWhile(context.memories, takes);
  return { ...context, summary, recent, memories };
};

const takeWhile = <T>(items: readonly T[], test: (item: T) => boolean): T[] => {
  const end = items.findIndex((item) => !test(item));
  return items.slice(0, end === -1 ? items.length : end);
};
