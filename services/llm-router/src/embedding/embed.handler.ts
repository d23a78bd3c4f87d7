import type { BusRequest } from '@baton/bus';
import type { AnswerOf, llmRequests } from '@baton/contracts';
import { Inject, Injectable } from '@nestjs/common';

import { AnswerCache } from '../cache/answer-cache.js';
import { identityOf } from '../call/identity.js';
import { PaidCalls } from '../call/paid-calls.js';
import { ModelRouter } from '../routing/model-router.js';
import type { Tiers } from '../routing/tiers.js';
import { TIERS } from '../tokens.js';
import { BUILT_IN_EMBEDDING_MODEL, BuiltInEmbedder } from './builtin/built-in-embedder.js';
import { decodeVector, EmbeddingPlan, type EmbeddingResult } from './embedding-plan.js';

type Answer = AnswerOf<typeof llmRequests.embed>;

/** Answers `llm.embed`. */
@Injectable()
export class EmbedHandler {
  constructor(
    @Inject(TIERS) private readonly tiers: Tiers,
    private readonly builtIn: BuiltInEmbedder,
    private readonly models: ModelRouter,
    private readonly calls: PaidCalls,
    private readonly cache: AnswerCache,
  ) {}

  async handle(request: BusRequest<typeof llmRequests.embed>): Promise<Answer> {
    return this.tiers.embedding === BUILT_IN_EMBEDDING_MODEL
      ? this.computed(request.body.texts)
      : this.served(request);
  }

  /** Costs nothing and always gives the same: there is nothing a ledger could say of it. */
  private async computed(texts: readonly string[]): Promise<Answer> {
    const vectors = await this.builtIn.embed(texts);
    return {
      model: BUILT_IN_EMBEDDING_MODEL,
      vectors: vectors.map((vector) => Array.from(vector)),
      usage: { input_tokens: 0, output_tokens: 0, cost_usd: '0' },
      replayed: false,
    };
  }

  private async served({ ctx, body }: BusRequest<typeof llmRequests.embed>): Promise<Answer> {
    const routes = this.models.embedding();
    const plan = new EmbeddingPlan(
      identityOf('embedding', ctx, body),
      routes,
      body.timeout_ms,
      body.texts,
      this.cache.embeddings,
    );
    const { result, model, usage, replayed } = await this.calls.make<unknown, EmbeddingResult>(plan);
    return { model, vectors: result.vectors.map(decodeVector), usage, replayed };
  }
}
