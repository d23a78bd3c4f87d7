import { conceptsOf } from '../text/concepts.js';
import { plainText, sentencesOf } from '../text/markdown.js';
import { contentWords, isStopWord, type Word, wordsOf } from '../text/words.js';

/** Unit vectors: their dot product is their cosine. */
export type Vector = Float32Array;

export interface PassageText {
  readonly title: string;
  readonly content: string;
}

/** The words and concepts of a text, to look others up in. */
export interface Bag {
  readonly stems: ReadonlySet<string>;
  readonly concepts: ReadonlySet<number>;
}

/** A passage as the score looks at it. */
export interface PassageView {
  /** The passage's own heading: the last part of a title like "Returns › What a return costs". */
  readonly heading: string;
  readonly plain: string;
  readonly sentences: readonly string[];
  readonly body: Bag;
  /** What the headings above say: context that a whole page shares. */
  readonly page: Bag;
  readonly headingBag: Bag;
  readonly headingWords: readonly (Word & { readonly concepts: ReadonlySet<number> })[];
  readonly sentenceBags: readonly Bag[];
}

/** A word of the question that an answer must speak of. */
export interface QueryWord {
  readonly stem: string;
  readonly rarity: number;
  readonly concepts: readonly number[];
}

export interface QueryView {
  readonly text: string;
  readonly words: readonly QueryWord[];
  readonly bag: Bag;
}

const TITLE_SEPARATOR = /\s+(?:›|>|»|\/|—|–|-|\|)\s+/;

export const bagOf = (text: string): Bag => ({
  stems: new Set(wordsOf(text).map((word) => word.stem)),
  concepts: new Set(conceptsOf(text).map((use) => use.id)),
});

/** The texts of a passage that are embedded, in the order that {@link passageView}'s user expects them. */
export const textsToEmbed = (view: PassageView): string[] => [
  view.heading,
  `${view.heading}. ${view.plain}`.slice(0, 600),
  ...view.sentences.map((sentence) => `${view.heading}: ${sentence}`),
];

export const passageView = (passage: PassageText): PassageView => {
  const parts = plainText(passage.title).split(TITLE_SEPARATOR);
  const heading = (parts.at(-1) ?? '').trim();
  const plain = plainText(passage.content).replace(/\s+/g, ' ').trim();
  const sentences = sentencesOf(passage.content).slice(0, MOST_SENTENCES);
  return {
    heading,
    plain,
    sentences,
    body: bagOf(`${heading}. ${plain}`),
    page: bagOf(parts.slice(0, -1).join('. ')),
    headingBag: bagOf(heading),
    headingWords: contentWords(heading).map((word) => ({
      ...word,
      concepts: new Set(conceptsOf(word.text).map((use) => use.id)),
    })),
    sentenceBags: sentences.map(bagOf),
  };
};

/** A passage longer than this is judged by its beginning: it should have been cut into chunks. */
const MOST_SENTENCES = 40;

/** A question's "where" or "when" counts a little: an answer speaks of places or times. */
const QUESTION_WORDS = new Set(['where', 'when']);
const QUESTION_WORD_RARITY = 0.3;

export const queryView = (text: string, rarity: (word: string) => number): QueryView => {
  const plain = plainText(text);
  const concepts = conceptsOf(plain);
  const asQueryWord = (word: Word, weight: number): QueryWord => ({
    stem: word.stem,
    rarity: weight,
    concepts: concepts.filter((use) => use.stems.includes(word.stem)).map((use) => use.id),
  });
  const words = contentWords(plain).map((word) => asQueryWord(word, rarity(word.text)));
  const asked = wordsOf(plain).find((word) => QUESTION_WORDS.has(word.text) && isStopWord(word.text));
  return {
    text: plain,
    words: asked ? [...words, asQueryWord(asked, QUESTION_WORD_RARITY)] : words,
    bag: bagOf(plain),
  };
};
