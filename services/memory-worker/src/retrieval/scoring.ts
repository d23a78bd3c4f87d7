/** After this long without being useful a memory counts for half as much above the floor. */
export const HALF_LIFE_MS = 14 * 24 * 60 * 60 * 1000;
/** What age alone can't take away: last year's exact answer still beats this morning's small talk. */
export const FLOOR = 0.3;

/** 1 for what was just remembered, falling towards the floor. */
export const recency = (ageMs: number): number =>
  FLOOR + (1 - FLOOR) * 0.5 ** (Math.max(0, ageMs) / HALF_LIFE_MS);

/** 0–1: similarity × recency. It never exceeds the similarity: a search by similarity may stop on that. */
export const relevance = (similarity: number, ageMs: number): number =>
  Math.min(1, Math.max(0, similarity)) * recency(ageMs);

/** Cosine of two vectors of one model; 0 where one has no direction. */
export const cosine = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  if (a.length !== b.length) return 0;
  let dot = 0;
  let normA = 0;
  let normB = 0;
  for (let index = 0; index < a.length; index += 1) {
    const x = a[index] as number;
    const y = b[index] as number;
    dot += x * y;
    normA += x * x;
    normB += y * y;
  }
  return normA === 0 || normB === 0 ? 0 : dot / Math.sqrt(normA * normB);
};
