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

export const summaryUpdated = defineEvent({
  type: 'memory.summary_updated',
  version: 1,
  schema: z.object({
    conversation_id: z.string(),
    summary: z.string(),
    summarized_through_turn: z.int().positive(),
  }),
  personal: ['summary'],
  example: {
    conversation_id: 'conv_123',
    summary: 'The customer wants to return an item.',
    summarized_through_turn: 4,
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

export const memoryEvents = [turnRemembered, summaryUpdated, factRecorded] as const;
export type MemoryEvent = EventOf<(typeof memoryEvents)[number]>;
