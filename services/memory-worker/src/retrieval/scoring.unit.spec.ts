import { BestHits, type Candidate } from './best-hits.js';
import { cosine, recency, relevance } from './scoring.js';

const DAY = 24 * 60 * 60 * 1000;
const NOW = new Date('2026-11-22T10:00:00.000Z');
const candidate = (memory_id: string, similarity: number, ageDays = 0): Candidate => ({
  memory_id,
  kind: 'turn',
  content: memory_id,
  conversation_id: 'conv_1',
  turn_number: 1,
  created_at: new Date(NOW.getTime() - ageDays * DAY),
  similarity,
});

describe('the score of a memory', () => {
  it('is the similarity where it was just remembered', () => {
    expect(relevance(0.8, 0)).toBeCloseTo(0.8, 12);
  });

  it('halves above the floor every fortnight and never falls below it', () => {
    expect(recency(14 * DAY)).toBeCloseTo(0.3 + 0.35, 12);
    expect(recency(28 * DAY)).toBeCloseTo(0.3 + 0.175, 12);
    expect(recency(3650 * DAY)).toBeCloseTo(0.3, 12);
  });

  it('is never more than the similarity, and never negative', () => {
    expect(relevance(0.5, -DAY)).toBeLessThanOrEqual(0.5);
    expect(relevance(-0.4, 0)).toBe(0);
    expect(relevance(1.0000001, 0)).toBe(1);
  });
});

describe('the cosine of two vectors', () => {
  it('is 1 for the same direction, 0 for none in common', () => {
    expect(cosine([1, 2], [2, 4])).toBeCloseTo(1, 12);
    expect(cosine([1, 0], [0, 3])).toBe(0);
    expect(cosine([1, 0], [-2, 0])).toBeCloseTo(-1, 12);
  });

  it('is 0 where there is no direction or another dimension', () => {
    expect(cosine([0, 0], [1, 1])).toBe(0);
    expect(cosine([1], [1, 1])).toBe(0);
  });
});

describe('the best hits', () => {
  it('prefers a fresh memory to an old one that is a little nearer', () => {
    const hits = new BestHits(2, NOW);
    hits.add(candidate('old', 0.8, 60));
    hits.add(candidate('fresh', 0.7));
    expect(hits.ranked().map((hit) => hit.memory_id)).toEqual(['fresh', 'old']);
  });

  it('keeps the best of many, in a fixed order where they are equal', () => {
    const hits = new BestHits(3, NOW);
    for (let n = 0; n < 1000; n += 1) hits.add(candidate(`m${String((n * 7) % 1000).padStart(4, '0')}`, 0.5));
    hits.add(candidate('best', 0.9));
    expect(hits.ranked().map((hit) => hit.memory_id)).toEqual(['best', 'm0000', 'm0001']);
    expect(hits.threshold).toBeCloseTo(0.5, 12);
  });

  it('takes nothing for a hit that is not similar at all', () => {
    const hits = new BestHits(3, NOW);
    hits.add(candidate('none', 0));
    hits.add(candidate('opposite', -0.9));
    expect(hits.ranked()).toEqual([]);
    expect(hits.threshold).toBe(0);
  });
});
