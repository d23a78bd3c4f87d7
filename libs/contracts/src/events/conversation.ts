import { z } from 'zod';

import { CallerToken, ConversationId } from '../ids.js';
import { Timestamp } from '../time.js';
import { defineEvent, type EventOf } from './define-event.js';
import {
  Customer,
  HandoverContext,
  HandoverReason,
  Money,
  Priority,
  RequiredSkills,
  RoutingPolicy,
  Usage,
} from './shared.js';

const WorkflowRef = z.object({ name: CallerToken, version: z.int().positive() });
const turnNumber = z.int().positive();
/** Where the customer writes: a name that says nothing of who it is (no number can be one). */
export const Channel = z.string().regex(/^[a-z][a-z0-9_.-]{0,31}$/);

export const conversationStarted = defineEvent({
  type: 'conversation.started',
  version: 1,
  schema: z.object({
    conversation_id: ConversationId,
    workflow: WorkflowRef,
    customer: Customer.nullable(),
    metadata: z.record(z.string(), z.unknown()),
    /** `metadata.channel` where it is a plain name, in lower case: what analytics groups by. Absent: none was said. */
    channel: Channel.optional(),
    /** What the workflow says that an hour of a person costs, in USD. Absent in logs of before it was noted. */
    human_cost_per_hour: Money.optional(),
  }),
  personal: ['customer', 'metadata'],
  example: {
    conversation_id: 'conv_123',
    workflow: { name: 'customer_support', version: 1 },
    customer: { id: 'cust_9', name: 'Ana', locale: 'en' },
    metadata: { channel: 'web' },
    channel: 'web',
    human_cost_per_hour: '30',
  },
});

export const messageReceived = defineEvent({
  type: 'conversation.message_received',
  version: 1,
  schema: z.object({
    message_id: z.string(),
    turn_id: CallerToken,
    turn_number: turnNumber,
    content: z.string(),
    /** SHA-256 of the normalised text, keyed: equal texts are seen to be equal, nothing more. */
    user_input_hash: z.string(),
    /** When the quiet window closes and the turn may start; null where a human has or awaits the conversation. */
    due_at: Timestamp.nullable(),
    metadata: z.record(z.string(), z.unknown()),
  }),
  personal: ['content', 'metadata'],
  example: {
    message_id: 'msg_1',
    turn_id: 't-1',
    turn_number: 1,
    content: 'I need help with a complex return',
    user_input_hash: '9f86d0',
    due_at: '2026-11-22T10:00:00.400Z',
    metadata: {},
  },
});

export const turnStarted = defineEvent({
  type: 'conversation.turn_started',
  version: 1,
  schema: z.object({
    turn_number: turnNumber,
    run_id: z.string(),
    attempt: z.int().positive(),
    message_ids: z.array(z.string()),
  }),
  personal: [],
  example: { turn_number: 1, run_id: 'run_1', attempt: 1, message_ids: ['msg_1'] },
});

/**
 * A worker took the turn over from one that was lost, or begins it anew behind a restart; its attempt is the new fencing
 * token.
 */
export const turnAttemptStarted = defineEvent({
  type: 'conversation.turn_attempt_started',
  version: 1,
  schema: z.object({ turn_number: turnNumber, run_id: z.string(), attempt: z.int().min(2) }),
  personal: [],
  example: { turn_number: 1, run_id: 'run_1', attempt: 2 },
});

/**
 * New input came while the AI worked: its run was cancelled, and the turn gathers messages again. `attempt` is the one
 * that will answer; what an earlier one still says is refused.
 */
export const turnRestarted = defineEvent({
  type: 'conversation.turn_restarted',
  version: 1,
  schema: z.object({
    turn_number: turnNumber,
    /** The run that was cancelled. */
    run_id: z.string(),
    attempt: z.int().min(2),
    /** What the cancelled run cost. */
    usage: Usage,
  }),
  personal: [],
  example: {
    turn_number: 1,
    run_id: 'run_1',
    attempt: 2,
    usage: { input_tokens: 40, output_tokens: 8, cost_usd: '0.0000045' },
  },
});

/** The turn's run waits for people; the turn is over when it has gone on and ended. */
export const turnPaused = defineEvent({
  type: 'conversation.turn_paused',
  version: 1,
  schema: z.object({
    turn_number: turnNumber,
    run_id: z.string(),
    attempt: z.int().positive(),
    approval_id: z.string().nullable(),
    consultation_id: z.string().nullable(),
  }),
  personal: [],
  example: {
    turn_number: 1,
    run_id: 'run_1',
    attempt: 1,
    approval_id: 'appr_1',
    consultation_id: null,
  },
});

/** It was decided, or talked about: the paused run goes on. */
export const turnResumed = defineEvent({
  type: 'conversation.turn_resumed',
  version: 1,
  schema: z.object({ turn_number: turnNumber, run_id: z.string(), attempt: z.int().positive() }),
  personal: [],
  example: { turn_number: 1, run_id: 'run_1', attempt: 1 },
});

/** What was found when an answer was held against what had been said, and what became of it. */
export const Repetition = z.object({
  /** `exact`: an earlier reply's hash; `near`: an earlier reply by embedding; `echo`: a whole message of the customer. */
  kind: z.enum(['exact', 'near', 'echo']),
  /** Cosine of the two texts, where that is what was found. */
  similarity: z.number().nullable(),
  /** The turn whose reply was repeated. */
  of_turn: turnNumber.nullable(),
  /** `sent`: repeated even so, in a workflow that does not hand over for it. */
  outcome: z.enum(['regenerated', 'handed_over', 'sent']),
});
export type Repetition = z.infer<typeof Repetition>;

/** The one terminal event of a turn. `reply` is null where a human answers, or nobody does. */
export const turnCompleted = defineEvent({
  type: 'conversation.turn_completed',
  version: 1,
  schema: z.object({
    turn_number: turnNumber,
    run_id: z.string().nullable(),
    attempt: z.int().min(0),
    status: z.enum(['COMPLETED', 'FAILED', 'CANCELLED']),
    sink: z.enum(['FINISH', 'HANDOVER']).nullable(),
    reply: z
      .object({ message_id: z.string(), content: z.string(), confidence: z.number().nullable() })
      .nullable(),
    agent_response_hash: z.string().nullable(),
    /** What the customer said in this turn: the memory's other half. */
    input_text: z.string(),
    message_ids: z.array(z.string()),
    usage: Usage,
    /** Absent where the AI's first answer repeated nothing. */
    repetition: Repetition.optional(),
    /** `exact_only`: embeddings were not to be had in time, so near repetitions were not looked for. */
    repetition_check: z.enum(['exact_only']).optional(),
  }),
  personal: ['reply', 'input_text'],
  example: {
    turn_number: 1,
    run_id: 'run_1',
    attempt: 1,
    status: 'COMPLETED',
    sink: 'FINISH',
    reply: { message_id: 'msg_2', content: 'You can return it within 30 days.', confidence: 0.93 },
    agent_response_hash: '60303a',
    input_text: 'I need help with a complex return',
    message_ids: ['msg_1'],
    usage: { input_tokens: 120, output_tokens: 30, cost_usd: '0.0000135' },
  },
});

export const conversationHandedOver = defineEvent({
  type: 'conversation.handed_over',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    reason: HandoverReason,
    note: z.string().nullable(),
    required_skills: RequiredSkills,
    priority: Priority,
    queue: z.string(),
    turn_number: turnNumber.nullable(),
    customer_id: z.string().nullable(),
    context: HandoverContext,
    routing: RoutingPolicy,
  }),
  personal: ['note', 'customer_id', 'context'],
  example: {
    handover_id: 'ho_1',
    reason: 'explicit_request',
    note: 'The customer asked for a person',
    required_skills: { billing: 2 },
    priority: 'NORMAL',
    queue: 'default',
    turn_number: 1,
    customer_id: 'cust_9',
    context: {
      reason: 'explicit_request',
      note: 'The customer asked for a person',
      summary: 'Asks about a return',
      intent: 'human',
      confidence: 0.91,
      tried: [{ tool: 'knowledge.search', outcome: '2 passages' }],
      last_messages: [
        { role: 'user', content: 'I want to talk to a person', created_at: '2026-11-22T10:00:00.000Z' },
      ],
      required_skills: { billing: 2 },
      priority: 'NORMAL',
    },
    routing: {
      relax: [],
      sla: { first_response_ms: 300000, warn_at: 0.8 },
      offer: { timeout_ms: 30000, parallel: 1, mode: 'offer' },
      no_agent_available: 'wait',
      abandoned_after_ms: 1800000,
    },
  },
});

export const conversationAssigned = defineEvent({
  type: 'conversation.assigned',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    agent_id: CallerToken,
    /** Null where a supervisor assigned or took it. */
    offer_id: z.string().nullable(),
  }),
  personal: [],
  example: { handover_id: 'ho_1', agent_id: 'agent_ana', offer_id: 'offer_1' },
});

export const humanMessageSent = defineEvent({
  type: 'conversation.human_message_sent',
  version: 1,
  schema: z.object({
    message_id: z.string(),
    turn_id: CallerToken,
    turn_number: turnNumber,
    agent_id: CallerToken,
    content: z.string(),
    user_input_hash: z.string(),
  }),
  personal: ['content'],
  example: {
    message_id: 'msg_3',
    turn_id: 't-2',
    turn_number: 1,
    agent_id: 'agent_ana',
    content: 'Hello, this is Ana.',
    user_input_hash: '9f86d0',
  },
});

/** The handover package as the next person gets it; absent where nothing was added to the first one. */
const RequeuedContext = HandoverContext.optional();

export const conversationReleased = defineEvent({
  type: 'conversation.released',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    agent_id: CallerToken,
    note: z.string().nullable(),
    context: RequeuedContext,
    /** `silent`: the agent let the customer wait too long; `gone`: the agent's connection did not come back. Absent: put back. */
    cause: z.enum(['released', 'silent', 'gone']).optional(),
  }),
  personal: ['note', 'context'],
  example: { handover_id: 'ho_1', agent_id: 'agent_ana', note: 'My shift ends' },
});

export const conversationTransferred = defineEvent({
  type: 'conversation.transferred',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    from_agent_id: CallerToken,
    to_agent_id: CallerToken.nullable(),
    required_skills: RequiredSkills,
    note: z.string(),
    context: RequeuedContext,
  }),
  personal: ['note', 'context'],
  example: {
    handover_id: 'ho_1',
    from_agent_id: 'agent_ana',
    to_agent_id: null,
    required_skills: { billing: 3 },
    note: 'Needs billing',
  },
});

export const conversationResolved = defineEvent({
  type: 'conversation.resolved',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    agent_id: CallerToken.nullable(),
    resolution: z.string().nullable(),
    /** `abandoned`: the customer left while waiting. Absent: somebody resolved it. */
    cause: z.enum(['abandoned']).optional(),
  }),
  personal: ['resolution'],
  example: { handover_id: 'ho_1', agent_id: 'agent_ana', resolution: 'Refunded' },
});

/** The boundary of a human stretch: the AI's context starts behind it. */
export const conversationReturnedToAi = defineEvent({
  type: 'conversation.returned_to_ai',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    agent_id: CallerToken.nullable(),
    guidance: z.string().nullable(),
    /** What the human and the customer said, in short. */
    human_summary: z.string().nullable(),
    /** Customer messages that no human answered: the AI's first business. */
    unanswered_message_ids: z.array(z.string()),
    continue: z.boolean(),
  }),
  personal: ['guidance', 'human_summary'],
  example: {
    handover_id: 'ho_1',
    agent_id: 'agent_ana',
    guidance: 'Offer a replacement',
    human_summary: 'Ana confirmed the defect.',
    unanswered_message_ids: [],
    continue: false,
  },
});

export const handoverCancelled = defineEvent({
  type: 'conversation.handover_cancelled',
  version: 1,
  schema: z.object({
    handover_id: z.string(),
    /** What the AI takes up now. */
    unanswered_message_ids: z.array(z.string()),
    /**
     * `customer`: would rather not wait; `nobody_available`: the workflow stays with the AI then; `callback`: a person
     * takes it up later; `decided`: the approval or consultation that was the only reason is over. Absent: the customer.
     */
    cause: z.enum(['customer', 'nobody_available', 'callback', 'decided']).optional(),
    /** When people are there again, where it is their hours that are over. */
    opens_at: Timestamp.nullable().optional(),
  }),
  personal: [],
  example: { handover_id: 'ho_1', unanswered_message_ids: [] },
});

/** The customer wants no callback any more. */
export const callbackCancelled = defineEvent({
  type: 'conversation.callback_cancelled',
  version: 1,
  schema: z.object({ handover_id: z.string() }),
  personal: [],
  example: { handover_id: 'ho_1' },
});

export const NOTICE_KINDS = [
  'waiting',
  'nobody_available',
  'out_of_hours',
  'callback_promised',
  'wait_cancelled',
  'abandoned',
  'approval_pending',
] as const;
export const NoticeKind = z.enum(NOTICE_KINDS);
export type NoticeKind = z.infer<typeof NoticeKind>;

/** Baton itself tells the customer what happens: a message of the transcript with the role `system`. */
export const noticeSent = defineEvent({
  type: 'conversation.notice_sent',
  version: 1,
  schema: z.object({
    /** `notice_…`: what of the system's messages is for the customer. */
    message_id: z.string(),
    handover_id: z.string().nullable(),
    /** For front-ends that say it in their own words. */
    kind: NoticeKind,
    content: z.string(),
    /** Place in the queue, from 1; absent where it was not told. */
    position: z.int().optional(),
    /** The median of what it took lately. */
    estimated_wait_seconds: z.int().optional(),
    /** Nine of ten waited no longer. */
    estimated_wait_p90_seconds: z.int().optional(),
    /** When people are there again. */
    opens_at: Timestamp.nullable().optional(),
  }),
  personal: [],
  example: {
    message_id: 'notice_1',
    handover_id: 'ho_1',
    kind: 'waiting',
    content: 'You are number 2 in the queue.',
    position: 2,
    estimated_wait_seconds: 90,
    estimated_wait_p90_seconds: 240,
  },
});

export const whispered = defineEvent({
  type: 'conversation.whispered',
  version: 1,
  schema: z.object({
    message_id: z.string(),
    from: z.string(),
    to_agent_id: CallerToken,
    message: z.string(),
  }),
  personal: ['message'],
  example: {
    message_id: 'msg_4',
    from: 'agent_sue',
    to_agent_id: 'agent_ana',
    message: 'Offer the discount',
  },
});

export const feedbackRecorded = defineEvent({
  type: 'conversation.feedback_recorded',
  version: 1,
  schema: z.object({ rating: z.int().min(1).max(5), comment: z.string().nullable() }),
  personal: ['comment'],
  example: { rating: 5, comment: 'Quick!' },
});

export const conversationErased = defineEvent({
  type: 'conversation.erased',
  version: 1,
  schema: z.object({ conversation_id: ConversationId }),
  personal: [],
  example: { conversation_id: 'conv_123' },
});

export const conversationEvents = [
  conversationStarted,
  messageReceived,
  turnStarted,
  turnAttemptStarted,
  turnRestarted,
  turnPaused,
  turnResumed,
  turnCompleted,
  conversationHandedOver,
  conversationAssigned,
  humanMessageSent,
  conversationReleased,
  conversationTransferred,
  conversationResolved,
  conversationReturnedToAi,
  handoverCancelled,
  callbackCancelled,
  noticeSent,
  whispered,
  feedbackRecorded,
  conversationErased,
] as const;

export type ConversationEvent = EventOf<(typeof conversationEvents)[number]>;
export type ConversationEventType = ConversationEvent['type'];
