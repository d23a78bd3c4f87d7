import { fromBytes } from '../memory/embedding-codec.js';
import { BestHits, type Candidate, type ScoredMemory } from './best-hits.js';
import { scopeArguments } from './scope-arguments.js';
import { cosine } from './scoring.js';
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
/** Past this many rows of a whole tenant, the newest are looked at: beyond it belongs pgvector. */
const MOST_ROWS = 20_000;

/** Without pgvector: the rows of the scope come here, and every one is compared. */
export class ExactVectorStore implements VectorStore {
  readonly kind = 'exact';

  constructor(private readonly database: VectorDatabase) {}

  rowValue(embedding: string): string {
    return embedding;
  }

  async best(query: MemoryQuery): Promise<ScoredMemory[]> {
    const hits = new BestHits(query.limit, query.now);
    let last: ScannedRow | undefined;
    for (let seen = 0; seen < MOST_ROWS; seen += PAGE) {
      const rows = await this.page(query, last);
      for (const { embedding, ...row } of rows)
        hits.add({ ...row, similarity: cosine(fromBytes(embedding), query.vector) });
      last = rows.at(-1);
      if (rows.length < PAGE) break;
    }
    return hits.ranked();
  }

  private page(query: MemoryQuery, after: ScannedRow | undefined): Promise<ScannedRow[]> {
    const { scope, conversation, customer } = scopeArguments(query.scope);
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
