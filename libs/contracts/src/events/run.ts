import { z } from 'zod';

import { CallerToken } from '../ids.js';
import { ActionPlan, ApprovalKind } from './approval.js';
import { defineEvent, type EventOf } from './define-event.js';
import { Usage } from './shared.js';

export const RunStatus = z.enum(['RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED']);
export type RunStatus = z.infer<typeof RunStatus>;
export const StepStatus = z.enum(['COMPLETED', 'SKIPPED', 'FAILED', 'CANCELLED']);
export type StepStatus = z.infer<typeof StepStatus>;

export const runStarted = defineEvent({
  type: 'run.started',
  version: 1,
  schema: z.object({
    run_id: z.string(),
    /** Version 0: one that is in no registry, for this run alone; `definition` is its text. */
    workflow: z.object({ name: CallerToken, version: z.int().min(0) }),
    definition: z.string().optional(),
    mode: z.enum(['conversation', 'standalone']),
    conversation_id: z.string().nullable(),
    turn_number: z.int().positive().nullable(),
    /** The human agent who set it off, where one did. */
    started_by: z.string().optional(),
    input: z.record(z.string(), z.unknown()),
  }),
  personal: ['input', 'definition'],
  example: {
    run_id: 'run_1',
    workflow: { name: 'customer_support', version: 1 },
    mode: 'conversation',
    conversation_id: 'conv_123',
    turn_number: 1,
    input: { message: 'Where is order 1001?' },
  },
});

/** Another worker goes on with it: whoever ran it before finds the stream moved and stops. */
export const runResumed = defineEvent({
  type: 'run.resumed',
  version: 1,
  schema: z.object({ attempt: z.int().min(2) }),
  personal: [],
  example: { attempt: 2 },
});

/** What a conversation supplied beside the message: once, so that every worker of the run sees the same. */
export const runInputGathered = defineEvent({
  type: 'run.input_gathered',
  version: 1,
  schema: z.object({ input: z.record(z.string(), z.unknown()) }),
  personal: ['input'],
  example: {
    input: {
      message: 'And order 1002?',
      history: [{ role: 'user', content: 'Where is order 1001?' }],
      memory: { summary: null, memories: [] },
      customer: null,
    },
  },
});

/** Parts of a conversation, by what they are. */
const ContextParts = z.object({
  summary: z.boolean(),
  /** Oldest first. */
  message_ids: z.array(z.string()),
  /** Nearest first. */
  memory_ids: z.array(z.string()),
});

/** What of a conversation went into an agent's prompt, and what found no room in it. */
export const FittedContext = z.object({
  /** What the workflow lets a prompt take. */
  max_tokens: z.int().positive(),
  /**
   * `bytes`: everything fits even if each byte were a token, so nothing was counted and the numbers are bounds.
   * `estimate`: the model's tokenizer is not public; the numbers are those of another, raised.
   */
  counted_by: z.enum(['bytes', 'o200k_base', 'cl100k_base', 'estimate']),
  tokens: z.object({
    /** The rules, the task and who the customer is. */
    system: z.int().min(0),
    question: z.int().min(0),
    guidance: z.int().min(0),
    human_summary: z.int().min(0),
    summary: z.int().min(0),
    messages: z.int().min(0),
    memories: z.int().min(0),
    total: z.int().min(0),
  }),
  kept: ContextParts,
  dropped: ContextParts,
});
export type FittedContext = z.infer<typeof FittedContext>;

/** One node is done; the next begins only when this is in the log. */
export const stepCompleted = defineEvent({
  type: 'run.step_completed',
  version: 1,
  schema: z.object({
    node_id: z.string(),
    status: StepStatus,
    output: z.unknown(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    attempts: z.int().min(0),
    duration_ms: z.number().min(0),
    usage: Usage,
    /** Of an agent in a conversation. */
    context: FittedContext.optional(),
  }),
  personal: ['output', 'error'],
  example: {
    node_id: 'classify',
    status: 'COMPLETED',
    output: { intent: 'order_status', confidence: 0.9 },
    error: null,
    attempts: 1,
    duration_ms: 12,
    usage: { input_tokens: 40, output_tokens: 8, cost_usd: '0' },
  },
});

/** One model answer inside a reasoning agent: its thought and the calls it asks for, before any of them runs. */
export const agentThought = defineEvent({
  type: 'run.agent_thought',
  version: 1,
  schema: z.object({
    node_id: z.string(),
    iteration: z.int().positive(),
    text: z.string(),
    tool_calls: z.array(z.object({ id: z.string(), tool: z.string(), args: z.unknown() })),
    /** Why the model stopped; absent where it said all it had to say. */
    stop_reason: z.enum(['length', 'refusal']).optional(),
    /** How sure the model itself is, where it knows that. */
    confidence: z.number().optional(),
    usage: Usage,
  }),
  personal: ['text', 'tool_calls'],
  example: {
    node_id: 'answer',
    iteration: 1,
    text: 'I look the order up.',
    tool_calls: [{ id: 'c1', tool: 'orders.lookup', args: { order_id: '1001' } }],
    usage: { input_tokens: 200, output_tokens: 20, cost_usd: '0' },
  },
});

/** Written before a side-effecting tool runs, so that a crash between start and finish is seen. */
export const toolStarted = defineEvent({
  type: 'run.tool_started',
  version: 1,
  schema: z.object({
    node_id: z.string(),
    call_id: z.string(),
    tool: z.string(),
    args: z.unknown(),
    idempotency_key: z.string(),
    /** The approval that let it through, begun with it in one commit, and the digest of what was agreed to. */
    approval_id: z.string().optional(),
    action_digest: z.string().optional(),
  }),
  personal: ['args'],
  example: {
    node_id: 'answer',
    call_id: 'c1',
    tool: 'orders.refund',
    args: { order_id: '1001', amount: 20 },
    idempotency_key: 'run_1:answer:c1',
  },
});

export const toolFinished = defineEvent({
  type: 'run.tool_finished',
  version: 1,
  schema: z.object({
    node_id: z.string(),
    call_id: z.string(),
    tool: z.string(),
    result: z.unknown(),
    error: z.object({ code: z.string(), message: z.string() }).nullable(),
    duration_ms: z.number().min(0),
    approval_id: z.string().optional(),
  }),
  personal: ['result', 'error'],
  example: {
    node_id: 'answer',
    call_id: 'c1',
    tool: 'orders.lookup',
    result: { order_id: '1001', status: 'shipped' },
    error: null,
    duration_ms: 3,
  },
});

/**
 * The reply says what was said before: the agents that wrote it are asked once more, with that said. Their steps count
 * as not done from here on; what they cost, their thoughts and their tools' results stand.
 */
export const replyRepeated = defineEvent({
  type: 'run.reply_repeated',
  version: 1,
  schema: z.object({
    node_ids: z.array(z.string()),
    /** `guided`: it repeats nothing, a person wants another answer. */
    kind: z.enum(['exact', 'near', 'echo', 'guided']),
    similarity: z.number().nullable(),
    of_turn: z.int().positive().nullable(),
    reply: z.string(),
    /** What the person wants instead, and the draft that they say it of. */
    guidance: z.string().optional(),
    draft_call_id: z.string().optional(),
  }),
  personal: ['reply', 'guidance'],
  example: {
    node_ids: ['answer'],
    kind: 'exact',
    similarity: null,
    of_turn: 1,
    reply: 'Order 1001 is shipped.',
  },
});

/**
 * It waits for people and costs nothing: for the decision on an action, or for the end of a consultation. Whoever
 * takes it up again goes on behind its last journaled step.
 */
export const runPaused = defineEvent({
  type: 'run.paused',
  version: 1,
  schema: z.object({
    /** What has to be decided; null where it is only talked about. */
    approval_id: z.string().nullable(),
    consultation_id: z.string().nullable(),
    /** The step that asks. */
    node_id: z.string().nullable(),
  }),
  personal: [],
  example: { approval_id: 'appr_1', consultation_id: null, node_id: 'handle' },
});

/** What people (or time) said to the action that the run had asked for. An APPROVED one may be done, once. */
export const runDecisionRecorded = defineEvent({
  type: 'run.decision_recorded',
  version: 1,
  schema: z.object({
    approval_id: z.string(),
    kind: ApprovalKind,
    node_id: z.string(),
    call_id: z.string(),
    decision: z.enum(['APPROVED', 'REJECTED', 'RESPONDED', 'EXPIRED', 'CANCELLED']),
    /** Of the action that may be done; null for a no. */
    action_digest: z.string().nullable(),
    /** The plan as it was agreed to; null for a no. */
    plan: ActionPlan.nullable(),
    /** Whether people changed it. */
    is_edited: z.boolean(),
    /** The reason, or the guidance, that the agent is told. */
    message: z.string().nullable(),
    decided_by: z.array(z.string()),
  }),
  personal: ['plan', 'message'],
  example: {
    approval_id: 'appr_1',
    kind: 'tool',
    node_id: 'handle',
    call_id: 'c2',
    decision: 'APPROVED',
    action_digest: '3b1f09',
    plan: {
      request: 'orders.refund',
      steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 300 }, reason: null }],
    },
    is_edited: true,
    message: null,
    decided_by: ['lena'],
  },
});

/** What was said with the agent while its run stood still: it goes on knowing it. */
export const runConsulted = defineEvent({
  type: 'run.consulted',
  version: 1,
  schema: z.object({
    consultation_id: z.string(),
    messages: z.array(z.object({ role: z.enum(['HUMAN', 'AGENT']), content: z.string() })),
    /** How many came before these and had no room. */
    omitted: z.int().min(0).optional(),
  }),
  personal: ['messages'],
  example: {
    consultation_id: 'cons_1',
    messages: [
      { role: 'HUMAN', content: 'Why the whole amount?' },
      { role: 'AGENT', content: 'Both parts came broken.' },
    ],
  },
});

export const runCompleted = defineEvent({
  type: 'run.completed',
  version: 1,
  schema: z.object({
    sink: z.object({
      kind: z.enum(['FINISH', 'HANDOVER']),
      node_id: z.string().nullable(),
      reason: z.string().nullable(),
      note: z.string().nullable(),
    }),
    reply: z.string().nullable(),
    confidence: z.number().nullable(),
    output: z.unknown(),
    usage: Usage,
  }),
  personal: ['sink', 'reply', 'output'],
  example: {
    sink: { kind: 'FINISH', node_id: 'done', reason: null, note: null },
    reply: 'Order 1001 is shipped.',
    confidence: 0.93,
    output: 'Order 1001 is shipped.',
    usage: { input_tokens: 240, output_tokens: 28, cost_usd: '0' },
  },
});

export const runFailed = defineEvent({
  type: 'run.failed',
  version: 1,
  schema: z.object({
    error: z.object({ code: z.string(), message: z.string(), node_id: z.string().nullable() }),
    usage: Usage,
  }),
  personal: ['error'],
  example: {
    error: { code: 'model-unavailable', message: 'No model answered', node_id: 'answer' },
    usage: { input_tokens: 0, output_tokens: 0, cost_usd: '0' },
  },
});

export const runCancelled = defineEvent({
  type: 'run.cancelled',
  version: 1,
  schema: z.object({ reason: z.string(), usage: Usage }),
  personal: [],
  example: { reason: 'taken over', usage: { input_tokens: 0, output_tokens: 0, cost_usd: '0' } },
});

export const runEvents = [
  runStarted,
  runResumed,
  runInputGathered,
  stepCompleted,
  agentThought,
  toolStarted,
  toolFinished,
  replyRepeated,
  runPaused,
  runDecisionRecorded,
  runConsulted,
  runCompleted,
  runFailed,
  runCancelled,
] as const;
export type RunEvent = EventOf<(typeof runEvents)[number]>;
