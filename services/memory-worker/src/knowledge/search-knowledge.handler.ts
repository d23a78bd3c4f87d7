import { type AnswerOf, type BodyOf, memoryRequests, type RequestContext } from '@baton/contracts';
import { Injectable } from '@nestjs/common';

import { LlmClient } from '../llm/llm.client.js';
import { QueryEmbedder } from '../retrieval/query-embedder.client.js';
import { KnowledgeService } from './knowledge.service.js';

/** How many passages by similarity are looked at closely. */
const CANDIDATES = 20;

/** The passages that answer a question: the nearest by embedding, scored as the offline model scores them. */
@Injectable()
export class SearchKnowledgeHandler {
  constructor(
    private readonly knowledge: KnowledgeService,
    private readonly embedder: QueryEmbedder,
    private readonly llm: LlmClient,
  ) {}

  async handle(
    ctx: RequestContext,
    { query, limit }: BodyOf<typeof memoryRequests.searchKnowledge>,
  ): Promise<AnswerOf<typeof memoryRequests.searchKnowledge>> {
    const present = await this.knowledge.index();
    if (present.chunks.length === 0) return { passages: [] };
    const { model, vector } = await this.embedder.embed(ctx, query, present.model);
    const index = await this.knowledge.indexFor(model);
    const candidates = index.nearest(vector, CANDIDATES);
    const { passages } = await this.llm.rank(ctx, { query, passages: candidates, limit });
    const byId = new Map(candidates.map((chunk) => [chunk.id, chunk]));
    return {
      passages: passages.flatMap(({ id, score }) => {
        const chunk = byId.get(id);
        return chunk ? [{ id, title: chunk.title, content: chunk.content, score }] : [];
      }),
    };
  }
}
