import { cosine } from '../retrieval/scoring.js';
import type { Chunk } from './chunking.js';

/** A passage with its place in one model's vector space. */
export interface IndexedChunk extends Chunk {
  readonly vector: ArrayLike<number>;
}

/** All passages in memory: a help centre has thousands, and comparing a thousand takes half a millisecond. */
export class KnowledgeIndex {
  constructor(
    /** The model whose vectors these are; undefined where there are no passages. */
    readonly model: string | undefined,
    readonly chunks: readonly IndexedChunk[],
  ) {}

  nearest(vector: ArrayLike<number>, limit: number): Chunk[] {
    return this.chunks
      .map((chunk) => ({ chunk, similarity: cosine(chunk.vector, vector) }))
      .sort((a, b) => b.similarity - a.similarity || a.chunk.id.localeCompare(b.chunk.id))
      .slice(0, limit)
      .map(({ chunk: { id, title, content } }) => ({ id, title, content }));
  }
}
