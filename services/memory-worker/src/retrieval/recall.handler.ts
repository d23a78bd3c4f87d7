import {
  type AnswerOf,
  BatonError,
  type BodyOf,
  type MemoryHit,
  memoryRequests,
  type RequestContext,
} from '@baton/contracts';
import { Clock } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import { MemoryRepository } from '../memory/memory.repository.js';
import type { ScoredMemory } from './best-hits.js';
import type { MemoryScope } from './memory-scope.js';
import { QueryEmbedder } from './query-embedder.client.js';
import { VECTOR_STORE, type VectorStore } from './vector-store.js';

/** How far a ranked list can be paged through: what is behind it is no hit. */
const MOST_HITS = 1000;

/** Finds memories: by similarity × recency, within the tenant and never across customers. */
@Injectable()
export class RecallHandler {
  constructor(
    private readonly memories: MemoryRepository,
    private readonly embedder: QueryEmbedder,
    private readonly clock: Clock,
    @Inject(VECTOR_STORE) private readonly vectors: VectorStore,
  ) {}

  async search(
    ctx: RequestContext,
    body: BodyOf<typeof memoryRequests.search>,
  ): Promise<AnswerOf<typeof memoryRequests.search>> {
    const offset = offsetOf(body.cursor);
    const end = Math.min(offset + body.limit, MOST_HITS);
    const hits = await this.best(ctx, body.q, end + 1, {
      kind: 'filter',
      conversation_id: body.conversation_id ?? null,
      customer_id: body.customer_id ?? null,
    });
    return {
      items: hits.slice(offset, end).map(toHit),
      next_cursor: hits.length > end && end < MOST_HITS ? cursorOf(end) : null,
    };
  }

  async forTurn(
    ctx: RequestContext,
    body: BodyOf<typeof memoryRequests.forTurn>,
  ): Promise<AnswerOf<typeof memoryRequests.forTurn>> {
    const { conversation_id, customer_id } = body;
    const { summary, searchable } = await this.memories.forTurn(ctx.tenant_id, conversation_id, customer_id);
    if (!searchable || body.limit === 0 || body.query.trim() === '') return { summary, memories: [] };
    const hits = await this.best(ctx, body.query, body.limit, { kind: 'turn', conversation_id, customer_id });
    return { summary, memories: hits.map(toHit) };
  }

  private async best(
    ctx: RequestContext,
    text: string,
    limit: number,
    scope: MemoryScope,
  ): Promise<ScoredMemory[]> {
    const { model, vector } = await this.embedder.embed(ctx, text);
    return this.vectors.best({
      tenantId: ctx.tenant_id,
      scope,
      model,
      vector,
      limit,
      now: this.clock.now(),
    });
  }
}

const toHit = (hit: ScoredMemory): MemoryHit => ({
  memory_id: hit.memory_id,
  kind: hit.kind,
  content: hit.content,
  score: hit.score,
  source: { conversation_id: hit.conversation_id, turn_number: hit.turn_number },
});

const cursorOf = (offset: number): string => Buffer.from(String(offset)).toString('base64url');

const offsetOf = (cursor: string | undefined): number => {
  if (cursor === undefined) return 0;
  const offset = Number(Buffer.from(cursor, 'base64url').toString());
  if (Number.isInteger(offset) && offset >= 0 && offset < MOST_HITS) return offset;
  throw new BatonError('validation-failed', 'The cursor is not one of this list', {
    errors: [{ path: 'cursor', message: 'is not a cursor of this list' }],
  });
};
