import { z } from 'zod';

import { CallerToken } from '../ids.js';
import { Timestamp } from '../time.js';
import { defineEvent, type EventOf } from './define-event.js';
import { HandoverReason, Priority, RequiredSkills, RoutingPolicy, StaffRole } from './shared.js';

/** Ciphertext that the queue carries and never opens. */
export const SealedContext = z.unknown();

export const queueItemEnqueued = defineEvent({
  type: 'queue_item.enqueued',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    conversation_id: z.string(),
    queue: z.string(),
    reason: HandoverReason,
    priority: Priority,
    required_skills: RequiredSkills,
    routing: RoutingPolicy,
    enqueued_at: Timestamp,
    sla_due_at: Timestamp,
    handover_context: SealedContext,
    /** Who had this customer before, latest first. */
    known_agent_ids: z.array(CallerToken).optional(),
  }),
  personal: ['handover_context'],
  example: {
    handover_id: 'ho_1',
    conversation_id: 'conv_123',
    queue: 'default',
    reason: 'explicit_request',
    priority: 'NORMAL',
    required_skills: { billing: 2 },
    routing: {
      relax: [],
      sla: { first_response_ms: 300000, warn_at: 0.8 },
      offer: { timeout_ms: 30000, parallel: 1, mode: 'offer' },
      no_agent_available: 'wait',
      abandoned_after_ms: 1800000,
    },
    enqueued_at: '2026-11-22T10:00:00.000Z',
    sla_due_at: '2026-11-22T10:05:00.000Z',
    handover_context: { $sealed: 'conversation/conv_123.AAAA' },
  },
});

export const offerCreated = defineEvent({
  type: 'queue_item.offer_created',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    conversation_id: z.string(),
    offer_id: z.string(),
    agent_id: CallerToken,
    expires_at: Timestamp,
    handover_context: SealedContext,
  }),
  personal: ['handover_context'],
  example: {
    handover_id: 'ho_1',
    conversation_id: 'conv_123',
    offer_id: 'offer_1',
    agent_id: 'agent_ana',
    expires_at: '2026-11-22T10:00:30.000Z',
    handover_context: { $sealed: 'conversation/conv_123.AAAA' },
  },
});

const offerEnd = z.object({
  handover_id: z.string(),
  conversation_id: z.string(),
  offer_id: z.string(),
  agent_id: CallerToken,
});
const offerEndExample = {
  handover_id: 'ho_1',
  conversation_id: 'conv_123',
  offer_id: 'offer_1',
  agent_id: 'agent_ana',
};

export const offerAccepted = defineEvent({
  type: 'queue_item.offer_accepted',
  version: 1,
  schema: offerEnd,
  personal: [],
  example: offerEndExample,
});

export const offerDeclined = defineEvent({
  type: 'queue_item.offer_declined',
  version: 1,
  schema: offerEnd.extend({ reason: z.string().nullable() }),
  personal: [],
  example: { ...offerEndExample, reason: 'On a call' },
});

export const offerTimedOut = defineEvent({
  type: 'queue_item.offer_timed_out',
  version: 1,
  schema: offerEnd,
  personal: [],
  example: offerEndExample,
});

export const offerWithdrawn = defineEvent({
  type: 'queue_item.offer_withdrawn',
  version: 1,
  schema: offerEnd.extend({
    cause: z.enum([
      'taken',
      'cancelled',
      'resolved',
      'assigned',
      'agent_unavailable',
      'conversation_moved_on',
    ]),
  }),
  personal: [],
  example: { ...offerEndExample, cause: 'taken' },
});

/** The item has an owner: by an accepted offer or a supervisor's assignment. */
export const queueItemAssigned = defineEvent({
  type: 'queue_item.assigned',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    conversation_id: z.string(),
    agent_id: CallerToken,
    offer_id: z.string().nullable(),
    /** Who said so first: an acceptance here, or the conversation's log (a supervisor's word, or an acceptance that died). */
    told_by: z.enum(['acceptance', 'conversation']).default('conversation'),
  }),
  personal: [],
  example: {
    handover_id: 'ho_1',
    conversation_id: 'conv_123',
    agent_id: 'agent_ana',
    offer_id: 'offer_1',
    told_by: 'acceptance',
  },
});

/** Released, transferred or gone silent: it waits again and keeps its age. */
export const queueItemRequeued = defineEvent({
  type: 'queue_item.requeued',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    conversation_id: z.string(),
    cause: z.enum(['released', 'transferred', 'silent', 'gone']),
    from_agent_id: CallerToken,
    to_agent_id: CallerToken.nullable(),
    required_skills: RequiredSkills,
    /** Absent: as it was enqueued. */
    handover_context: SealedContext.optional(),
  }),
  personal: ['handover_context'],
  example: {
    handover_id: 'ho_1',
    conversation_id: 'conv_123',
    cause: 'released',
    from_agent_id: 'agent_ana',
    to_agent_id: null,
    required_skills: { billing: 2 },
  },
});

/** It waited long enough for the next step of its routing policy: this is what an agent needs from now on. */
export const queueItemRelaxed = defineEvent({
  type: 'queue_item.relaxed',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    conversation_id: z.string(),
    /** How many of the policy's steps count now. */
    step: z.int().positive(),
    required_skills: RequiredSkills,
    /** The least role that still counts; null: any. Absent where none was ever asked for. */
    role: StaffRole.nullable().optional(),
    /** Absent where the language was never required. */
    language_required: z.boolean().optional(),
  }),
  personal: [],
  example: { handover_id: 'ho_1', conversation_id: 'conv_123', step: 1, required_skills: { billing: 1 } },
});

/** It waited so long that another rule of its workflow fits: this is how it is queued from now on. */
export const queueItemRerouted = defineEvent({
  type: 'queue_item.rerouted',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    conversation_id: z.string(),
    /** How many of the policy's reroutes count now. */
    step: z.int().positive(),
    queue: z.string(),
    priority: Priority,
    required_skills: RequiredSkills,
  }),
  personal: [],
  example: {
    handover_id: 'ho_1',
    conversation_id: 'conv_123',
    step: 1,
    queue: 'default',
    priority: 'HIGH',
    required_skills: { billing: 2 },
  },
});

/** Most of the time to a first answer is gone: it goes forward in the queue. */
export const slaWarned = defineEvent({
  type: 'queue_item.sla_warned',
  version: 1,
  schema: z.object({ handover_id: z.string(), conversation_id: z.string(), sla_due_at: Timestamp }),
  personal: [],
  example: { handover_id: 'ho_1', conversation_id: 'conv_123', sla_due_at: '2026-11-22T10:05:00.000Z' },
});

export const slaBreached = defineEvent({
  type: 'queue_item.sla_breached',
  version: 1,
  schema: z.object({ handover_id: z.string(), conversation_id: z.string(), sla_due_at: Timestamp }),
  personal: [],
  example: { handover_id: 'ho_1', conversation_id: 'conv_123', sla_due_at: '2026-11-22T10:05:00.000Z' },
});

/** Nobody was available: the customer is with the AI again, and is called back by whoever takes the item. */
export const queueItemDeferred = defineEvent({
  type: 'queue_item.deferred',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    conversation_id: z.string(),
    /** Nobody is asked before; null where somebody may be asked as soon as they come. */
    until: Timestamp.nullable(),
  }),
  personal: [],
  example: { handover_id: 'ho_1', conversation_id: 'conv_123', until: '2026-11-23T08:00:00.000Z' },
});

export const queueItemClosed = defineEvent({
  type: 'queue_item.closed',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    conversation_id: z.string(),
    cause: z.enum(['resolved', 'returned_to_ai', 'cancelled', 'erased', 'abandoned']),
  }),
  personal: [],
  example: { handover_id: 'ho_1', conversation_id: 'conv_123', cause: 'resolved' },
});

export const queueItemEvents = [
  queueItemEnqueued,
  offerCreated,
  offerAccepted,
  offerDeclined,
  offerTimedOut,
  offerWithdrawn,
  queueItemAssigned,
  queueItemRequeued,
  queueItemRelaxed,
  queueItemRerouted,
  slaWarned,
  slaBreached,
  queueItemDeferred,
  queueItemClosed,
] as const;
export type QueueItemEvent = EventOf<(typeof queueItemEvents)[number]>;
