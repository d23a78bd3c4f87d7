import { Database } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { fromBytes } from '../memory/embedding-codec.js';

export interface CachedEmbedding {
  readonly model: string;
  readonly hash: string;
  readonly vector: Float32Array;
}

/** The passages belong to no tenant: they serve all. */
const EVERYONE = '*';

/** What was embedded once is kept by what it says: a restart, and a passage that only moved, cost nothing. */
@Injectable()
export class KnowledgeEmbeddings {
  constructor(private readonly database: Database) {}

  /** The vectors of these texts that are there, of every model, the latest model first. */
  async find(hashes: readonly string[]): Promise<CachedEmbedding[]> {
    const rows = await this.database.tenant(EVERYONE, (tenant) =>
      tenant.query<{ model: string; hash: string; embedding: Buffer }>(
        `SELECT embedding_model AS model, content_hash AS hash, embedding FROM knowledge_embeddings
          WHERE content_hash = ANY($1) ORDER BY max(embedded_at) OVER (PARTITION BY embedding_model) DESC`,
        [hashes],
      ),
    );
    return rows.map(({ model, hash, embedding }) => ({ model, hash, vector: fromBytes(embedding) }));
  }

  async save(embeddings: readonly CachedEmbedding[]): Promise<void> {
    await this.database.tenant(EVERYONE, (tenant) =>
      tenant.query(
        `INSERT INTO knowledge_embeddings (tenant_id, embedding_model, content_hash, embedding)
         SELECT $1, r.model, r.hash, decode(r.bytes, 'hex')
           FROM unnest($2::text[], $3::text[], $4::text[]) AS r(model, hash, bytes)
         ON CONFLICT DO NOTHING`,
        [
          EVERYONE,
          embeddings.map((each) => each.model),
          embeddings.map((each) => each.hash),
          embeddings.map((each) => toHex(each.vector)),
        ],
      ),
    );
  }
}

const toHex = (vector: Float32Array): string => {
  const bytes = Buffer.alloc(vector.length * 4);
  vector.forEach((value, index) => bytes.writeFloatLE(value, index * 4));
  return bytes.toString('hex');
};
