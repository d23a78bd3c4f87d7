import { holdsAnswerType } from './answer-type.js';
import type { Bag, PassageView, QueryView, QueryWord, Vector } from './passage-view.js';

/** What the score is made of; every one between about 0 and 1 but for the sums, which are capped. */
export interface Features {
  /** Share of the question's words, by rarity, that the passage speaks of. */
  readonly covered: number;
  /** The same, in the question's very words. */
  readonly coveredExactly: number;
  /** Rarity of the rarest word that the passage does not speak of: "Bitcoin" under "Payment methods". */
  readonly rarestMissing: number;
  readonly missing: number;
  /** The best that one sentence, with the heading, covers. */
  readonly bestSentence: number;
  /** Share of the heading's words that the question speaks of. */
  readonly headingAsked: number;
  /** Share of the question that the heading alone covers. */
  readonly headingCovers: number;
  readonly headingCosine: number;
  readonly passageCosine: number;
  readonly sentenceInContextCosine: number;
  /** The question asks for a time, a price, a number or a place, and the passage holds one. */
  readonly holdsAnswerType: number;
  readonly lacksAnswerType: number;
  /** How much there is to go by in the question. */
  readonly substance: number;
  readonly coveredAndClose: number;
}

/** The question's vector and those of the passage, in the order of `textsToEmbed`. */
export interface Vectors {
  readonly query: Vector;
  readonly passage: readonly Vector[];
}

/** A word that means the same counts nearly as much as the word. */
const SAME_CONCEPT = 0.85;
/** So does a word of the same family: most of both is the same beginning. */
const SAME_FAMILY = 0.8;
const SHORTEST_FAMILY = 5;
const SHARED_PREFIX = 0.75;
/** A word that the whole page is about does not tell its passages apart. */
const PAGE_WORD = 0.3;

const coverage = (word: QueryWord, ...bags: readonly Bag[]): number => {
  if (bags.some((bag) => bag.stems.has(word.stem))) return 1;
  if (bags.some((bag) => word.concepts.some((concept) => bag.concepts.has(concept)))) return SAME_CONCEPT;
  return bags.some((bag) => hasRelative(bag, word.stem)) ? SAME_FAMILY : 0;
};

/** "pregnant" and "pregnancy", "terminate" and "termination"; not "account" and "accountant". */
const hasRelative = (bag: Bag, stem: string): boolean => {
  if (stem.length < SHORTEST_FAMILY) return false;
  for (const other of bag.stems) {
    if (other.length < SHORTEST_FAMILY || other[0] !== stem[0]) continue;
    let same = 0;
    while (same < stem.length && stem[same] === other[same]) same += 1;
    if (same >= SHORTEST_FAMILY && same >= SHARED_PREFIX * Math.max(stem.length, other.length)) return true;
  }
  return false;
};

const dot = (a: Vector, b: Vector | undefined): number => {
  if (!b) return 0;
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += (a[index] as number) * (b[index] as number);
  return sum;
};

const highest = (values: readonly number[]): number => Math.max(0, ...values);

export const featuresOf = (query: QueryView, passage: PassageView, vectors: Vectors): Features => {
  const words = query.words.map((word) => {
    const onPage = coverage(word, passage.page);
    return {
      word,
      weight: word.rarity * (onPage > 0 ? PAGE_WORD : 1),
      covered: Math.max(coverage(word, passage.body), onPage),
    };
  });
  const substance = words.reduce((sum, { weight }) => sum + weight, 0);
  const share = (of: (entry: (typeof words)[number]) => number): number =>
    substance === 0 ? 0 : words.reduce((sum, entry) => sum + entry.weight * of(entry), 0) / substance;
  const missing = words.map(({ word, covered }) => word.rarity * (1 - covered));
  const covered = share((entry) => entry.covered);
  const passageCosine = dot(vectors.query, vectors.passage[1]);
  const inContext = highest(vectors.passage.slice(2).map((vector) => dot(vectors.query, vector)));
  const typed = holdsAnswerType(query.text, `${passage.heading}. ${passage.plain}`);
  return {
    covered,
    coveredExactly: share((entry) => (entry.covered === 1 ? 1 : 0)),
    rarestMissing: highest(missing),
    missing: Math.min(
      3,
      missing.reduce((sum, rarity) => sum + rarity, 0),
    ),
    bestSentence: highest(
      passage.sentenceBags.map((bag) => share(({ word }) => coverage(word, bag, passage.headingBag))),
    ),
    headingAsked: headingAsked(query, passage),
    headingCovers: share(({ word }) => coverage(word, passage.headingBag)),
    headingCosine: dot(vectors.query, vectors.passage[0]),
    passageCosine,
    sentenceInContextCosine: inContext,
    holdsAnswerType: typed === true ? 1 : 0,
    lacksAnswerType: typed === false ? 1 : 0,
    substance: Math.min(2, substance),
    coveredAndClose: covered * Math.max(inContext, passageCosine),
  };
};

const headingAsked = (query: QueryView, passage: PassageView): number => {
  if (passage.headingWords.length === 0) return 0;
  const asked = passage.headingWords.filter(
    (word) =>
      query.bag.stems.has(word.stem) || [...word.concepts].some((concept) => query.bag.concepts.has(concept)),
  );
  return asked.length / passage.headingWords.length;
};
