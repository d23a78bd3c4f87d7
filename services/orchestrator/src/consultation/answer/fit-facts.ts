import type { CountTokens } from '../../agent/prompt/tokenizer.js';
import type { Fact, FactKind } from './facts.js';

/** What is decided on is always there: without it every answer would be about something else. */
const ALWAYS: ReadonlySet<FactKind> = new Set(['plan', 'risk', 'decision', 'guidance']);
/** Of one thing no more than this share: the others say something too. */
const LARGEST_SHARE = 0.25;
const FRAME_TOKENS = 8;
const CUT = ' … (cut)';

/**
 * The facts that fit into so many tokens, in their order: what is decided on, then the rest, the latest first. What is
 * too large for its share is cut, and says so.
 */
export const fitFacts = (facts: readonly Fact[], maxTokens: number, count: CountTokens): readonly Fact[] => {
  const kept = new Map<Fact, Fact>();
  let left = maxTokens;
  const take = (fact: Fact, most: number): void => {
    const cut = cutTo(fact, Math.floor(most), count);
    const tokens = sizeOf(cut, count);
    if (tokens > left) return;
    left -= tokens;
    kept.set(fact, cut);
  };
  for (const fact of facts.filter(({ kind }) => ALWAYS.has(kind))) take(fact, maxTokens / 2);
  const rest = facts.filter(({ kind }) => !ALWAYS.has(kind)).toReversed();
  for (const fact of rest) take(fact, maxTokens * LARGEST_SHARE);
  return facts.flatMap((fact) => kept.get(fact) ?? []);
};

const sizeOf = ({ title, text }: Fact, count: CountTokens): number =>
  FRAME_TOKENS + count(`${title}\n${text}`);

const cutTo = (fact: Fact, maxTokens: number, count: CountTokens): Fact => {
  const size = sizeOf(fact, count);
  if (size <= maxTokens) return fact;
  // By characters, and no text takes the same everywhere: a little less than its part of them.
  const length = Math.floor((fact.text.length * maxTokens * 0.9) / size);
  return { ...fact, text: `${fact.text.slice(0, length).toWellFormed()}${CUT}` };
};
