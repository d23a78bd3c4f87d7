import { z } from 'zod';

import { defineEvent, type EventOf } from './define-event.js';

/** A float32 vector as little-endian base64: half the size of JSON numbers, and exact. */
const Embedding = z.base64();

/** One finished turn is remembered: exactly one of these per turn. */
export const turnRemembered = defineEvent({
  type: 'memory.turn_remembered',
  version: 1,
  schema: z.object({
    memory_id: z.string(),
    conversation_id: z.string(),
    customer_id: z.string().nullable(),
    turn_number: z.int().positive(),
    content: z.string(),
    embedding: Embedding,
    embedding_model: z.string(),
  }),
  personal: ['customer_id', 'content', 'embedding'],
  example: {
    memory_id: 'mem_1',
    conversation_id: 'conv_123',
    customer_id: 'cust_9',
    turn_number: 1,
    content: 'Customer: I need help with a return\nAgent: You can return it within 30 days.',
    embedding: 'AACAPw==',
    embedding_model: 'builtin/use-lite',
  },
});

/** So many turns came since the last one that a digest is due: the summary goes on, facts are looked for in these turns. */
export const digestDue = defineEvent({
  type: 'memory.digest_due',
  version: 1,
  schema: z.object({
    conversation_id: z.string(),
    turn_numbers: z.array(z.int().positive()).min(1),
  }),
  personal: [],
  example: { conversation_id: 'conv_123', turn_numbers: [1, 2, 3, 4] },
});

/** The rolling summary now holds these turns too. */
export const summaryUpdated = defineEvent({
  type: 'memory.summary_updated',
  version: 1,
  schema: z.object({
    memory_id: z.string(),
    conversation_id: z.string(),
    customer_id: z.string().nullable(),
    summary: z.string(),
    summarized_through_turn: z.int().positive(),
    /** Those that were new to it; turns can end in another order than they began. */
    turn_numbers: z.array(z.int().positive()).min(1),
    embedding: Embedding,
    embedding_model: z.string(),
  }),
  personal: ['customer_id', 'summary', 'embedding'],
  example: {
    memory_id: 'mem_3',
    conversation_id: 'conv_123',
    customer_id: 'cust_9',
    summary: 'The customer wants to return an item.',
    summarized_through_turn: 4,
    turn_numbers: [1, 2, 3, 4],
    embedding: 'AACAPw==',
    embedding_model: 'builtin/use-lite',
  },
});

export const factRecorded = defineEvent({
  type: 'memory.fact_recorded',
  version: 1,
  schema: z.object({
    memory_id: z.string(),
    conversation_id: z.string(),
    customer_id: z.string().nullable(),
    turn_number: z.int().positive(),
    content: z.string(),
    embedding: Embedding,
    embedding_model: z.string(),
  }),
  personal: ['customer_id', 'content', 'embedding'],
  example: {
    memory_id: 'mem_2',
    conversation_id: 'conv_123',
    customer_id: 'cust_9',
    turn_number: 1,
    content: 'The customer has a Model X.',
    embedding: 'AACAPw==',
    embedding_model: 'builtin/use-lite',
  },
});

/** The conversation was erased: nothing of it is remembered, and nothing will be. */
export const memoryForgotten = defineEvent({
  type: 'memory.forgotten',
  version: 1,
  schema: z.object({ conversation_id: z.string() }),
  personal: [],
  example: { conversation_id: 'conv_123' },
});

export const memoryEvents = [
  turnRemembered,
  digestDue,
  summaryUpdated,
  factRecorded,
  memoryForgotten,
] as const;
export type MemoryEvent = EventOf<(typeof memoryEvents)[number]>;
