import { z } from 'zod';

import { ConversationId } from '../ids.js';
import { defineEvent, type EventOf } from './define-event.js';

/** Whose waits an estimate goes by, nearest first; `default`: too few of any, so a fixed time per place. */
export const ESTIMATE_BASES = ['skills_and_priority', 'queue', 'tenant', 'default'] as const;
export const EstimateBasis = z.enum(ESTIMATE_BASES);
export type EstimateBasis = z.infer<typeof EstimateBasis>;

/** Where somebody stands in the queue, and how long it may take. */
export const WaitEstimate = z.object({
  /** From 1. */
  position: z.int().positive(),
  /** The median of what it took lately. */
  estimated_wait_seconds: z.int().min(0),
  /** Nine of ten waited no longer. */
  estimated_wait_p90_seconds: z.int().min(0),
  estimate_basis: EstimateBasis,
});
export type WaitEstimate = z.infer<typeof WaitEstimate>;

/** The queue moved: who waits now, first to be served first, and how long probably. */
export const queueEstimated = defineEvent({
  type: 'queue.estimated',
  version: 1,
  schema: z.object({
    waiting: z.int().min(0),
    /** The first of them; the rest is in `GET /queue`. */
    items: z.array(WaitEstimate.extend({ handover_id: z.string(), conversation_id: ConversationId })),
  }),
  personal: [],
  example: {
    waiting: 1,
    items: [
      {
        handover_id: 'ho_1',
        conversation_id: 'conv_123',
        position: 1,
        estimated_wait_seconds: 45,
        estimated_wait_p90_seconds: 120,
        estimate_basis: 'queue',
      },
    ],
  },
});

export const queueEvents = [queueEstimated] as const;
export type QueueEvent = EventOf<(typeof queueEvents)[number]>;
