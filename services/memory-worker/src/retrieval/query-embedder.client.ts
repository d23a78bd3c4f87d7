import { createHash } from 'node:crypto';

import type { RequestContext } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { LlmClient } from '../llm/llm.client.js';
import { embeddedPart } from '../memory/turn-text.js';

/** A turn searches knowledge and memories with the same words, within seconds. */
const KEEP_MS = 60_000;
const KEPT_QUERIES = 500;

export interface QueryEmbedding {
  readonly model: string;
  readonly vector: readonly number[];
}

interface Kept {
  readonly embedding: Promise<QueryEmbedding>;
  readonly until: number;
}

/** Vectors of what is searched for, each text embedded once. */
@Injectable()
export class QueryEmbedder {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly llm: LlmClient) {}

  /**
   * The query's vector, by `preferredModel` where that is still the model: a stored answer to the same words
   * may be an earlier model's.
   */
  async embed(ctx: RequestContext, text: string, preferredModel?: string): Promise<QueryEmbedding> {
    const key = `${ctx.tenant_id}/${hashOf(text)}/${preferredModel ?? ''}`;
    const known = this.kept.get(key);
    if (known && known.until > performance.now()) return known.embedding;
    const embedding = this.ask(ctx, text, preferredModel);
    this.keep(key, embedding);
    try {
      return await embedding;
    } catch (error) {
      this.kept.delete(key);
      throw error;
    }
  }

  private async ask(ctx: RequestContext, text: string, preferredModel?: string): Promise<QueryEmbedding> {
    const texts = [embeddedPart(text)];
    const callId = `query:${hashOf(text)}`;
    let answer = await this.llm.embed(ctx, { callId, texts });
    if (answer.replayed && preferredModel !== undefined && answer.model !== preferredModel) {
      answer = await this.llm.embed(ctx, { callId: `${callId}:${preferredModel}`, texts });
    }
    return { model: answer.model, vector: answer.vectors[0] ?? [] };
  }

  private keep(key: string, embedding: Promise<QueryEmbedding>): void {
    this.kept.delete(key);
    this.kept.set(key, { embedding, until: performance.now() + KEEP_MS });
    if (this.kept.size > KEPT_QUERIES) this.kept.delete(this.kept.keys().next().value as string);
  }
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url');
