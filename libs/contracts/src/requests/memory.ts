import { z } from 'zod';

import { ConversationId } from '../ids.js';
import { defineRequest, type Page, PageQuery } from './define-request.js';

export interface MemoryHit {
  readonly memory_id: string;
  readonly kind: 'turn' | 'fact' | 'summary';
  readonly content: string;
  readonly score: number;
  readonly source: { readonly conversation_id: string; readonly turn_number: number | null };
}

export interface ConversationMemoryView {
  readonly summary: string | null;
  readonly summarized_through_turn: number;
  readonly memories: readonly {
    readonly memory_id: string;
    readonly kind: 'turn' | 'fact';
    readonly content: string;
    readonly turn_number: number;
  }[];
}

/** Whether a finished turn is remembered: not yet, once, or not until its dead letter is replayed. */
export const MemoryStatus = z.enum(['PENDING', 'DONE', 'FAILED']);
export type MemoryStatus = z.infer<typeof MemoryStatus>;

export interface KnowledgePassage {
  readonly id: string;
  readonly title: string;
  readonly content: string;
  /** 0–1: how surely the passage answers the query. */
  readonly score: number;
}

const conversation = z.object({ conversation_id: ConversationId });

export const memoryRequests = {
  search: defineRequest<Page<MemoryHit>>()(
    'memory.search',
    PageQuery.extend({
      q: z.string().trim().min(1).max(2000),
      conversation_id: ConversationId.optional(),
      customer_id: z.string().max(128).optional(),
    }),
  ),
  ofConversation: defineRequest<ConversationMemoryView>()('memory.of-conversation', conversation),
  /** What became of the memory of these finished turns. */
  ofTurns: defineRequest<{
    readonly turns: readonly { readonly turn_number: number; readonly memory: MemoryStatus }[];
  }>()('memory.of-turns', conversation.extend({ turn_numbers: z.array(z.int().positive()).max(200) })),
  /** Deletes what is remembered of an erased conversation now, ahead of its `conversation.erased`; idempotent. */
  forget: defineRequest<null>()('memory.forget', conversation),
  /** What a turn's context takes from memory: the rolling summary and the memories nearest to the question. */
  forTurn: defineRequest<{ readonly summary: string | null; readonly memories: readonly MemoryHit[] }>()(
    'memory.for-turn',
    conversation.extend({
      customer_id: z.string().nullable(),
      query: z.string(),
      limit: z.int().min(0).max(50),
    }),
  ),
  searchKnowledge: defineRequest<{ readonly passages: readonly KnowledgePassage[] }>()(
    'knowledge.search',
    z.object({ query: z.string().trim().min(1).max(32_000), limit: z.int().min(1).max(20).default(5) }),
  ),
} as const;
