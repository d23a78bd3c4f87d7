import { relevance } from './scoring.js';

/** A memory that a search came by. */
export interface Candidate {
  readonly memory_id: string;
  readonly kind: 'turn' | 'fact' | 'summary';
  readonly content: string;
  readonly conversation_id: string;
  readonly turn_number: number;
  readonly created_at: Date;
  readonly similarity: number;
}

export interface ScoredMemory extends Candidate {
  readonly score: number;
}

/** The best `limit` candidates, best first; what is not similar at all is no hit. */
export class BestHits {
  private hits: ScoredMemory[] = [];

  constructor(
    private readonly limit: number,
    private readonly now: Date,
  ) {}

  add(candidate: Candidate): void {
    const score = relevance(candidate.similarity, this.now.getTime() - candidate.created_at.getTime());
    if (score <= 0) return;
    this.hits.push({ ...candidate, score });
    // Sorting now and then keeps it O(n log k) without a heap.
    if (this.hits.length >= 4 * this.limit + 64) this.hits = this.ranked();
  }

  ranked(): ScoredMemory[] {
    return this.hits.toSorted(byRank).slice(0, this.limit);
  }

  /** The score that a further candidate must beat; 0 while there is room. */
  get threshold(): number {
    return this.ranked()[this.limit - 1]?.score ?? 0;
  }
}

/** Equal scores in a fixed order: every store ranks alike, and pages do not overlap. */
const byRank = (a: ScoredMemory, b: ScoredMemory): number =>
  b.score - a.score ||
  b.created_at.getTime() - a.created_at.getTime() ||
  a.memory_id.localeCompare(b.memory_id);
