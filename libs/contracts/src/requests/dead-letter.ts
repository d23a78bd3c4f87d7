import { z } from 'zod';

import { defineRequest, type RequestDefinition } from './define-request.js';

export const DEAD_LETTER_STATES = ['open', 'pending', 'settled'] as const;
export type DeadLetterState = (typeof DEAD_LETTER_STATES)[number];

/** A stream that a consumer of one service parked, as that service keeps it. */
export interface DeadLetterRecord {
  /** Its number in the service. */
  readonly number: string;
  /** `open` until something is asked of it, `pending` until its consumer has taken the stream on. */
  readonly state: DeadLetterState;
  readonly consumer: string;
  readonly stream_type: string;
  readonly stream_id: string;
  readonly version: number;
  readonly type: string;
  readonly reason: string;
  readonly attempts: number;
  readonly parked_at: string;
  readonly asked: {
    readonly what: 'replay' | 'drop';
    readonly by: string;
    readonly reason: string | null;
    readonly at: string;
  } | null;
  readonly settled_at: string | null;
  readonly outcome: 'handled' | 'failed-again' | 'dropped' | 'published' | null;
}

const number = z.string().regex(/^\d{1,15}$/);

const ListBody = z.object({
  state: z.enum(DEAD_LETTER_STATES).optional(),
  /** Only letters before this one. */
  before: number.optional(),
  limit: z.int().min(1).max(201),
});
const GetBody = z.object({ number });
const AskBody = z.object({
  number,
  what: z.enum(['replay', 'drop']),
  reason: z.string().max(1000).nullable(),
});

/** The requests that one service answers about its own dead letters, in the tenant of whoever asks. */
export interface DeadLetterRequests {
  /** Newest first. */
  readonly list: RequestDefinition<typeof ListBody, readonly DeadLetterRecord[]>;
  readonly get: RequestDefinition<typeof GetBody, DeadLetterRecord>;
  /** Lets the stream go, at the event that failed or behind it; asking the same again changes nothing. */
  readonly ask: RequestDefinition<typeof AskBody, DeadLetterRecord>;
}

export const deadLetterRequests = (service: string): DeadLetterRequests => ({
  list: defineRequest<readonly DeadLetterRecord[]>()(`dead-letter.${service}.list`, ListBody),
  get: defineRequest<DeadLetterRecord>()(`dead-letter.${service}.get`, GetBody),
  ask: defineRequest<DeadLetterRecord>()(`dead-letter.${service}.ask`, AskBody),
});
