import { decodeEmbedding } from '../memory/embedding-codec.js';
import { BestHits, type Candidate, type ScoredMemory } from './best-hits.js';
import type { VectorDatabase } from './exact-vector-store.repository.js';
import type { FilterScope, TurnScope } from './memory-scope.js';
import { scopeArguments } from './scope-arguments.js';
import { recallForTurnSql, turnArguments } from './turn-window.js';
import type { MemoryQuery, VectorStore } from './vector-store.js';

const FIRST_CANDIDATES = 64;
const MOST_CANDIDATES = 4096;

/**
 * With pgvector: the nearest come from an index. It knows similarity only; since recency only ever lowers a
 * score, the search is over when even a brand-new row behind the last candidate could not get in.
 */
export class PgvectorStore implements VectorStore {
  readonly kind = 'pgvector';

  constructor(private readonly database: VectorDatabase) {}

  rowValue(embedding: string): string {
    return textOf(decodeEmbedding(embedding));
  }

  async best(query: MemoryQuery): Promise<ScoredMemory[]> {
    const { scope } = query;
    if (scope.kind === 'turn') return hitsOf(query, await this.forTurn(query, scope)).ranked();
    for (let k = Math.max(FIRST_CANDIDATES, 2 * query.limit); ; k *= 4) {
      const candidates = await this.nearest(query, scope, k);
      const hits = hitsOf(query, candidates);
      const farthest = candidates.at(-1)?.similarity ?? 0;
      if (candidates.length < k || hits.threshold >= farthest || farthest <= 0 || k >= MOST_CANDIDATES)
        return hits.ranked();
    }
  }

  private forTurn(query: MemoryQuery, scope: TurnScope): Promise<Candidate[]> {
    return this.database.hot<Candidate>(
      recallForTurnSql(this.database.schema),
      turnArguments(query, scope, textOf(query.vector)),
    );
  }

  private nearest(query: MemoryQuery, within: FilterScope, k: number): Promise<Candidate[]> {
    const { scope, conversation, customer } = scopeArguments(within);
    return this.database.hot<Candidate>(
      `SELECT * FROM ${this.database.schema}.nearest_memories($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        query.tenantId,
        query.model,
        scope,
        conversation,
        customer,
        textOf(query.vector),
        query.vector.length,
        k,
      ],
    );
  }
}

const hitsOf = (query: MemoryQuery, candidates: readonly Candidate[]): BestHits => {
  const hits = new BestHits(query.limit, query.now);
  for (const candidate of candidates) hits.add(candidate);
  return hits;
};

const textOf = (vector: ArrayLike<number>): string => `[${Array.from(vector).join(',')}]`;
