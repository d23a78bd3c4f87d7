import { createHash } from 'node:crypto';

/** The same unit vector for the same text, in every process; unlike texts are nearly at right angles. */
export const embeddingOf = (text: string, dimensions: number): number[] => {
  const vector: number[] = [];
  for (let block = 0; vector.length < dimensions; block += 1) {
    const digest = createHash('sha256').update(`${block}/${text}`).digest();
    for (let at = 0; at < digest.length && vector.length < dimensions; at += 2)
      vector.push(digest.readInt16LE(at) / 32_768);
  }
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};
