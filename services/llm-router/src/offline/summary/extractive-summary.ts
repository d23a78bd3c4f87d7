import type { Vector } from '../relevance/passage-view.js';
import type { Embedder } from '../relevance/ranker.js';
import { sentencesOf } from '../text/markdown.js';
import { contentWords } from '../text/words.js';

const MOST_SENTENCES = 5;
/** A transcript longer than this is summarised from its end: what was said last matters most. */
const MOST_CANDIDATES = 80;
/** Sentences this alike say the same. */
const SAME = 0.85;

/** The sentences that say most of a text, in its order: nothing is put in other words. */
export const summarise = async (text: string, embedder: Embedder): Promise<string> => {
  const candidates = [...new Set(sentencesOf(text))]
    .filter((sentence) => contentWords(sentence).length >= 2)
    .slice(-MOST_CANDIDATES);
  if (candidates.length <= MOST_SENTENCES) return candidates.join(' ');
  const vectors = await embedder.embed(candidates);
  const centre = mean(vectors);
  const ranked = candidates
    .map((sentence, index) => ({
      index,
      // The first words state the concern, the last ones where it stands.
      value:
        dot(vectors[index] as Vector, centre) + (index === 0 || index === candidates.length - 1 ? 0.15 : 0),
      weight: contentWords(sentence).length,
    }))
    .sort((a, b) => b.value - a.value || b.weight - a.weight);
  const chosen: number[] = [];
  for (const { index } of ranked) {
    if (chosen.length === MOST_SENTENCES) break;
    const repeats = chosen.some((other) => dot(vectors[index] as Vector, vectors[other] as Vector) > SAME);
    if (!repeats) chosen.push(index);
  }
  return chosen
    .sort((a, b) => a - b)
    .map((index) => candidates[index] as string)
    .join(' ');
};

const dot = (a: Vector, b: Vector): number =>
  a.reduce((sum, value, index) => sum + value * (b[index] as number), 0);

const mean = (vectors: readonly Vector[]): Vector => {
  const sum = new Float32Array(vectors[0]?.length ?? 0);
  for (const vector of vectors)
    vector.forEach((value, index) => (sum[index] = (sum[index] as number) + value));
  const length = Math.hypot(...sum) || 1;
  return sum.map((value) => value / length);
};
