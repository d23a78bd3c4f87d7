import type { Fact, FactKind } from './facts.js';

/** A fact and how surely it answers the question. */
export interface RankedFact {
  readonly fact: Fact;
  /** 0–1 */
  readonly score: number;
}

const MOST_FACTS = 4;
const LONGEST_FACT = 700;
/** Below that a fact is near the question only because something has to be nearest. */
const FITS_FROM = 0.35;
const OPENING = 'No language model is configured, so I only quote what I have on record.';

/** What most questions about a pending action are after, where nothing fits better. */
const BASIS: readonly FactKind[] = ['plan', 'risk'];

/**
 * An answer without a language model, honest about it: what fits the question, word for word from the plan, its risk,
 * the thoughts and results of the run and the conversation.
 */
export const extractiveAnswer = (ranked: readonly RankedFact[], facts: readonly Fact[]): string => {
  const fitting = ranked
    .filter(({ score }) => score >= FITS_FROM)
    .slice(0, MOST_FACTS)
    .map(({ fact }) => fact);
  const basis = facts.filter(({ kind }) => BASIS.includes(kind));
  if (fitting.length > 0) {
    const plan = basis.filter((fact) => !fitting.includes(fact)).slice(0, 1);
    return [OPENING, 'This fits your question:', ...fitting.map(quoted), ...plan.map(quoted)].join('\n\n');
  }
  const known = basis.length > 0 ? basis : facts.slice(-MOST_FACTS);
  if (known.length === 0) return `${OPENING} There is nothing on record about this.`;
  return [
    OPENING,
    'Nothing there answers your question directly. What it is about:',
    ...known.map(quoted),
  ].join('\n\n');
};

const quoted = ({ title, text }: Fact): string =>
  `${title}:\n${text.length > LONGEST_FACT ? `${text.slice(0, LONGEST_FACT).toWellFormed()}…` : text}`;
