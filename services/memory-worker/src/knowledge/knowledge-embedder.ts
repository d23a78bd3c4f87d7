import { createHash } from 'node:crypto';

import { BatonError } from '@baton/contracts';

import { type LlmClient, ownContext } from '../llm/llm.client.js';
import { type Chunk, chunkText } from './chunking.js';
import type { CachedEmbedding, KnowledgeEmbeddings } from './knowledge-embeddings.repository.js';
import { type IndexedChunk, KnowledgeIndex } from './knowledge-index.js';

const BATCH = 64;
const MOST_TRIES = 3;

/** Puts passages into a model's vector space, from the cache as far as it goes. */
export class KnowledgeEmbedder {
  constructor(
    private readonly llm: Pick<LlmClient, 'embed'>,
    private readonly cache: Pick<KnowledgeEmbeddings, 'find' | 'save'>,
  ) {}

  /** All passages in one model's space: `wanted`, or whichever the cache and the router agree on. */
  async index(chunks: readonly Chunk[], wanted?: string): Promise<KnowledgeIndex> {
    if (chunks.length === 0) return new KnowledgeIndex(undefined, []);
    const texts = new Map(chunks.map((chunk) => [hashOf(chunkText(chunk)), chunkText(chunk)]));
    let model = wanted;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const cached = await this.cache.find([...texts.keys()]);
      model ??= cached[0]?.model;
      const vectors = vectorsOf(cached, model);
      const made = await this.embed(
        [...texts].filter(([hash]) => !vectors.has(hash)),
        model,
      );
      model ??= made[0]?.model;
      for (const each of made) if (each.model === model) vectors.set(each.hash, each.vector);
      if (vectors.size === texts.size) return new KnowledgeIndex(model, placed(chunks, vectors));
      // The router has moved on to another model: everything must live in one space.
      model = made.find((each) => each.model !== model)?.model;
    }
    throw new BatonError('unavailable', 'The router does not keep to one embedding model');
  }

  private async embed(
    missing: readonly (readonly [hash: string, text: string])[],
    model: string | undefined,
  ): Promise<CachedEmbedding[]> {
    const made: CachedEmbedding[] = [];
    for (let from = 0; from < missing.length; from += BATCH) {
      const batch = missing.slice(from, from + BATCH);
      const answer = await this.llm.embed(ownContext('*'), {
        // By what is embedded and by which model: a router that changed its model has no stored answer to give.
        callId: `knowledge:${model ?? 'first'}:${hashOf(batch.map(([hash]) => hash).join())}`,
        texts: batch.map(([, text]) => text),
      });
      const embedded = batch.map(([hash], index) => ({
        model: answer.model,
        hash,
        vector: Float32Array.from(answer.vectors[index] ?? []),
      }));
      await this.cache.save(embedded);
      made.push(...embedded);
    }
    return made;
  }
}

const vectorsOf = (
  cached: readonly CachedEmbedding[],
  model: string | undefined,
): Map<string, Float32Array> =>
  new Map(cached.filter((each) => each.model === model).map((each) => [each.hash, each.vector]));

const placed = (chunks: readonly Chunk[], vectors: ReadonlyMap<string, Float32Array>): IndexedChunk[] =>
  chunks.flatMap((chunk) => {
    const vector = vectors.get(hashOf(chunkText(chunk)));
    return vector ? [{ ...chunk, vector }] : [];
  });

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
