import type { ScoredMemory } from './best-hits.js';
import type { MemoryScope } from './memory-scope.js';

export interface MemoryQuery {
  readonly tenantId: string;
  readonly scope: MemoryScope;
  /** Only vectors of the same model can be compared. */
  readonly model: string;
  readonly vector: ArrayLike<number>;
  readonly limit: number;
  readonly now: Date;
}

/** Where memories' vectors are kept and searched: the pgvector extension, or plain rows where it is absent. */
export interface VectorStore {
  readonly kind: 'pgvector' | 'exact';
  /** The vector as it stands in a row for `apply_rows`. */
  rowValue(embedding: string): string;
  /** The memories of the scope with the best similarity × recency, best first. */
  best(query: MemoryQuery): Promise<ScoredMemory[]>;
}

export const VECTOR_STORE = Symbol('VECTOR_STORE');
