import { fromBytes } from '../memory/embedding-codec.js';
import { BestHits, type Candidate, type ScoredMemory } from './best-hits.js';
import type { FilterScope } from './memory-scope.js';
import { scopeArguments } from './scope-arguments.js';
import { cosine } from './scoring.js';
import { recallForTurnSql, turnArguments } from './turn-window.js';
import type { MemoryQuery, VectorStore } from './vector-store.js';

/** What a store needs of the database: one statement that sets its own tenant. */
export interface VectorDatabase {
  readonly schema: string;
  hot<Row extends object>(sql: string, params: readonly unknown[]): Promise<Row[]>;
}

interface ScannedRow extends Omit<Candidate, 'similarity'> {
  readonly embedding: Buffer;
}

const PAGE = 1000;
/** Past this many rows of a search's scope, the newest are looked at: beyond it belongs pgvector. */
const MOST_ROWS = 20_000;

/** Without pgvector: the rows of a search's scope, or those that a turn recalls, come here and are compared. */
export class ExactVectorStore implements VectorStore {
  readonly kind = 'exact';

  constructor(private readonly database: VectorDatabase) {}

  rowValue(embedding: string): string {
    return embedding;
  }

  async best(query: MemoryQuery): Promise<ScoredMemory[]> {
    const hits = new BestHits(query.limit, query.now);
    for await (const rows of this.pages(query)) {
      for (const { embedding, ...row } of rows)
        hits.add({ ...row, similarity: cosine(fromBytes(embedding), query.vector) });
    }
    return hits.ranked();
  }

  private async *pages(query: MemoryQuery): AsyncGenerator<ScannedRow[]> {
    const { scope } = query;
    if (scope.kind === 'turn') {
      yield await this.database.hot<ScannedRow>(
        recallForTurnSql(this.database.schema),
        turnArguments(query, scope, null),
      );
      return;
    }
    let last: ScannedRow | undefined;
    for (let seen = 0; seen < MOST_ROWS; seen += PAGE) {
      const rows = await this.page(query, scope, last);
      yield rows;
      last = rows.at(-1);
      if (rows.length < PAGE) return;
    }
  }

  private page(
    query: MemoryQuery,
    within: FilterScope,
    after: ScannedRow | undefined,
  ): Promise<ScannedRow[]> {
    const { scope, conversation, customer } = scopeArguments(within);
    return this.database.hot<ScannedRow>(
      `SELECT * FROM ${this.database.schema}.scan_memories($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        query.tenantId,
        query.model,
        scope,
        conversation,
        customer,
        after?.created_at ?? null,
        after?.memory_id ?? null,
        PAGE,
      ],
    );
  }
}
