import { z } from 'zod';

import type { RecordedEvent } from '../envelope.js';
import {
  ConversationState,
  Customer,
  type HandoverContext,
  type HandoverReason,
  type MessageRole,
  Priority,
  RequiredSkills,
  type TurnStatus,
  type Usage,
} from '../events/shared.js';
import { CallerToken, ConversationId } from '../ids.js';
import { Characters } from '../text.js';
import { defineRequest, type Page, PageQuery, type Replayable } from './define-request.js';

export interface TurnView {
  readonly conversation_id: string;
  readonly turn_id: string;
  readonly turn_number: number;
  readonly idempotency_key: string;
  readonly status: TurnStatus;
  readonly state: ConversationState;
  readonly version: number;
  readonly reply: {
    readonly message_id: string;
    readonly content: string;
    readonly sink: 'FINISH' | 'HANDOVER';
    readonly confidence: number | null;
    readonly created_at: string;
  } | null;
  readonly handover: {
    readonly handover_id: string;
    readonly reason: HandoverReason;
    readonly queue: string;
  } | null;
}

export interface ConversationView {
  readonly conversation_id: string;
  readonly state: ConversationState;
  readonly is_hil: boolean;
  readonly hil_reason: HandoverReason | null;
  readonly owner: string;
  readonly owner_epoch: number;
  readonly assigned_agent_id: string | null;
  readonly handover_context: HandoverContext | null;
  readonly customer: Customer | null;
  readonly workflow: { readonly name: string; readonly version: number };
  readonly version: number;
  readonly turn_count: number;
  readonly usage: Usage;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface MessageView {
  readonly message_id: string;
  readonly role: MessageRole;
  readonly content: string;
  readonly turn_number: number | null;
  readonly owner: string;
  readonly owner_epoch: number;
  readonly created_at: string;
}

export interface TurnRecordView {
  readonly turn_number: number;
  readonly inputs: readonly {
    readonly turn_id: string;
    readonly idempotency_key: string;
    readonly user_input_hash: string;
    readonly message_id: string;
  }[];
  readonly agent_response_hash: string | null;
  readonly status: TurnStatus;
  readonly run_id: string | null;
  readonly attempts: number;
  readonly timings: {
    readonly received_at: string;
    readonly started_at: string | null;
    readonly completed_at: string | null;
  };
}

/** One row of `GET …/events`. */
export interface EventView {
  readonly version: number;
  readonly type: string;
  readonly data: Record<string, unknown>;
  readonly actor: { readonly type: string; readonly id: string };
  readonly owner: string;
  readonly owner_epoch: number;
  readonly occurred_at: string;
  /** The trace that this is part of; null where none was known. Customers and archives have it not. */
  readonly trace_id?: string | null;
}

/** An opened event of a conversation as `GET …/events` shows it, paged and live. */
export const eventView = (event: RecordedEvent): EventView => ({
  version: event.version,
  type: event.type,
  data: event.data,
  actor: { type: event.metadata.actor.type, id: event.metadata.actor.id },
  owner: event.metadata.owner ?? 'ai',
  owner_epoch: event.metadata.owner_epoch ?? 1,
  occurred_at: event.occurred_at,
  trace_id: traceIdOf(event.metadata.traceparent),
});

/** W3C Trace Context: version, trace, parent, flags. */
const traceIdOf = (traceparent: string | undefined): string | null =>
  /^[\da-f]{2}-([\da-f]{32})-/.exec(traceparent ?? '')?.[1] ?? null;

/** A token as it came; no id, provisional until the message's own event. */
export type Delta =
  | {
      readonly type: 'delta';
      readonly turn_number: number;
      readonly attempt: number;
      readonly owner_epoch: number;
      readonly content: string;
    }
  | {
      readonly type: 'delta.reset';
      readonly turn_number: number;
      readonly attempt: number;
      readonly owner_epoch: number;
    };

const id = z.object({ conversation_id: ConversationId });
const note = Characters(4000);

export const conversationRequests = {
  receiveMessage: defineRequest<Replayable<TurnView>>()(
    'conversation.receive-message',
    z.object({
      conversation_id: ConversationId,
      turn_id: CallerToken,
      message: Characters(32_000).refine(
        (text) => /[^\s\p{Cf}]/u.test(text),
        'must hold more than white space',
      ),
      sender_type: z.enum(['user', 'human_agent']),
      workflow_name: CallerToken.optional(),
      customer: Customer.optional(),
      metadata: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
  /** The turn that a message joined, as it now is. */
  turn: defineRequest<TurnView>()('conversation.turn', id.extend({ turn_id: CallerToken })),
  get: defineRequest<ConversationView>()('conversation.get', id),
  list: defineRequest<Page<ConversationView>>()(
    'conversation.list',
    PageQuery.extend({
      state: ConversationState.optional(),
      assigned_agent_id: CallerToken.optional(),
      customer_id: z.string().max(128).optional(),
      q: Characters(200, 1).optional(),
    }),
  ),
  messages: defineRequest<Page<MessageView>>()('conversation.messages', PageQuery.extend(id.shape)),
  turns: defineRequest<Page<TurnRecordView>>()('conversation.turns', PageQuery.extend(id.shape)),
  events: defineRequest<Page<EventView>>()('conversation.events', PageQuery.extend(id.shape)),
  stateAt: defineRequest<ConversationView>()(
    'conversation.state-at',
    id.extend({ version: z.int().positive() }),
  ),
  requestHandover: defineRequest<
    Replayable<{ readonly handover_id: string; readonly state: ConversationState }>
  >()(
    'conversation.request-handover',
    id.extend({
      reason: z.enum(['explicit_request', 'staff']).default('explicit_request'),
      note: note.optional(),
      required_skills: RequiredSkills.optional(),
      priority: Priority.optional(),
    }),
  ),
  cancelHandover: defineRequest<Replayable<{ readonly state: ConversationState }>>()(
    'conversation.cancel-handover',
    id,
  ),
  resolve: defineRequest<Replayable<{ readonly state: ConversationState }>>()(
    'conversation.resolve',
    id.extend({
      outcome: z.enum(['RESOLVED', 'BACK_TO_AI']),
      resolution: note.optional(),
      guidance: note.optional(),
      continue: z.boolean().default(false),
    }),
  ),
  transfer: defineRequest<Replayable<{ readonly state: ConversationState }>>()(
    'conversation.transfer',
    id.extend({
      to_agent_id: CallerToken.optional(),
      required_skills: RequiredSkills.optional(),
      note: note.trim().min(1),
    }),
  ),
  release: defineRequest<Replayable<{ readonly state: ConversationState }>>()(
    'conversation.release',
    id.extend({ note: note.optional() }),
  ),
  /** The queue's word that an offer was taken; the conversation's stream is the arbiter. */
  acceptHandover: defineRequest<{ readonly conversation_id: string; readonly state: ConversationState }>()(
    'conversation.accept-handover',
    id.extend({ handover_id: z.string(), offer_id: z.string(), agent_id: CallerToken }),
  ),
  assign: defineRequest<
    Replayable<{
      readonly conversation_id: string;
      readonly state: ConversationState;
      readonly handover_id: string;
    }>
  >()('conversation.assign', id.extend({ agent_id: CallerToken })),
  whisper: defineRequest<Replayable<{ readonly message_id: string }>>()(
    'conversation.whisper',
    id.extend({ message: Characters(4000, 1) }),
  ),
  feedback: defineRequest<Replayable<null>>()(
    'conversation.feedback',
    id.extend({ rating: z.int().min(1).max(5), comment: note.optional() }),
  ),
  erase: defineRequest<null>()('conversation.erase', id),
  /** The key that seals a stream's personal fields, as base64; `erased` for one that was destroyed, null where there never was one. Cache for a minute at most. */
  dataKey: defineRequest<{ readonly key: string } | { readonly erased: true } | null>()(
    'conversation.data-key',
    z.object({ key_id: z.string() }),
  ),
  /** What a memory or the offline model may know of the latest exchange; newest last, bounded. */
  recentMessages: defineRequest<readonly MessageView[]>()(
    'conversation.recent-messages',
    id.extend({ limit: z.int().min(1).max(200) }),
  ),
} as const;

const readLog = z.object({
  /** Events of one stream after a version, oldest first. */
  stream: z
    .object({
      stream_type: z.string(),
      stream_id: z.string(),
      after_version: z.int().min(0),
      types: z.array(z.string()).min(1).optional(),
    })
    .optional(),
  /**
   * The whole log in commit order, for consumers that catch up: only events whose transaction, and every
   * older one, has ended, so that none can appear behind the cursor. Read by types, the cursor also passes what is
   * of none of them.
   */
  log: z
    .object({
      stream_types: z.array(z.string()).min(1),
      after: z.string().nullable(),
      types: z.array(z.string()).min(1).optional(),
    })
    .optional(),
  limit: z.int().min(1).max(1000).default(500),
});

export interface LogPage {
  /** Personal fields are sealed, as on the bus. */
  readonly events: readonly RecordedEvent[];
  /** Where to read on; the same as `after` when there was nothing. */
  readonly next: string | null;
  /** Nothing more was behind it at that moment. */
  readonly isEnd?: boolean;
}

/** One per owner of a log; `log.tenant_id` in the context is `*` for a reader of all tenants. */
export const logRequests = {
  orchestrator: defineRequest<LogPage>()('event-log.read.orchestrator', readLog),
  queueManager: defineRequest<LogPage>()('event-log.read.queue-manager', readLog),
  memoryWorker: defineRequest<LogPage>()('event-log.read.memory-worker', readLog),
  /** The closed rows of the ledger (`llm_call.recorded`): what analytics adds up the cost from. */
  llmRouter: defineRequest<LogPage>()('event-log.read.llm-router', readLog),
} as const;
