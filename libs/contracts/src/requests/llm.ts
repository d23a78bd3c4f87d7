import { z } from 'zod';

import type { Usage } from '../events/shared.js';
import { defineRequest } from './define-request.js';

export const ToolCall = z.object({ id: z.string(), name: z.string(), args: z.unknown() });
export type ToolCall = z.infer<typeof ToolCall>;

/** A picture that the customer sent: where it is, or the picture itself. */
export const ChatImage = z.union([
  z.object({ url: z.url({ protocol: /^https$/ }) }),
  z.object({
    media_type: z.enum(['image/png', 'image/jpeg', 'image/gif', 'image/webp']),
    base64: z.base64(),
  }),
]);
export type ChatImage = z.infer<typeof ChatImage>;

export const ChatMessage = z.discriminatedUnion('role', [
  z.object({ role: z.literal('system'), content: z.string() }),
  z.object({
    role: z.literal('user'),
    content: z.string(),
    /** Behind the text, in this order; a model that sees none refuses the call. */
    images: z.array(ChatImage).max(20).optional(),
  }),
  z.object({ role: z.literal('assistant'), content: z.string(), tool_calls: z.array(ToolCall).optional() }),
  z.object({ role: z.literal('tool'), tool_call_id: z.string(), content: z.string() }),
]);
export type ChatMessage = z.infer<typeof ChatMessage>;

export const ToolSpec = z.object({
  name: z.string(),
  description: z.string(),
  input_schema: z.record(z.string(), z.unknown()),
});
export type ToolSpec = z.infer<typeof ToolSpec>;

/** A passage the answer should rest on; a served model gets it in its prompt, the offline model extracts from it. */
export const GroundingDocument = z.object({
  id: z.string(),
  title: z.string(),
  content: z.string(),
  score: z.number(),
});
export type GroundingDocument = z.infer<typeof GroundingDocument>;

/** Where a call belongs: for the ledger, limits, budgets and traces. */
export const CallOrigin = z.object({
  conversation_id: z.string().optional(),
  run_id: z.string().optional(),
  node_id: z.string().optional(),
  workflow: z.string().optional(),
});

export interface Completion {
  readonly call_id: string;
  /** `provider/model` that answered. */
  readonly model: string;
  readonly text: string;
  readonly tool_calls: readonly ToolCall[];
  /** The structured output, validated against `output_schema`. */
  readonly output: unknown;
  /** Set by models that know it (the offline model: its score), else null. */
  readonly confidence: number | null;
  readonly stop_reason: 'stop' | 'tool_calls' | 'length' | 'refusal';
  readonly usage: Usage;
  /** True where this call id had been paid for already and its stored result is given again. */
  readonly replayed: boolean;
}

export interface ModelInfo {
  /** `provider/model` */
  readonly model: string;
  readonly tool_calls: boolean;
  readonly offline: boolean;
  /** Most tokens of prompt and answer together. */
  readonly context_window: number;
}

export const llmRequests = {
  complete: defineRequest<Completion>()(
    'llm.complete',
    z.object({
      /** `run:node:iteration:try`, never the attempt: a repeated id gives the stored result and pays nothing. */
      call_id: z.string().min(1).max(300),
      /** A tier (`fast`, `smart`, or one of the deployment's own) or `provider/model`. */
      model: z.string(),
      messages: z.array(ChatMessage).min(1),
      tools: z.array(ToolSpec).optional(),
      /** JSON Schema of the answer; validated, repaired once, else `model-output-invalid`. */
      output_schema: z.record(z.string(), z.unknown()).optional(),
      /** What the offline model answers and classifies; a served model has it in its messages. */
      question: z.string().optional(),
      documents: z.array(GroundingDocument).optional(),
      max_tokens: z.int().positive().optional(),
      temperature: z.number().min(0).max(2).optional(),
      /** Core-NATS subject on which {@link CompletionDelta}s are published as they come. */
      stream_to: z.string().optional(),
      /**
       * What becomes of a call that breaks off after tokens were streamed: `fail` (unless told), or `restart`, which
       * only a caller may ask for who withdraws what was shown (see {@link CompletionDelta}).
       */
      on_cut: z.enum(['fail', 'restart']).optional(),
      timeout_ms: z.int().positive(),
      origin: CallOrigin,
    }),
  ),
  embed: defineRequest<{
    readonly model: string;
    /** Unit vectors, in the order of `texts`. */
    readonly vectors: readonly (readonly number[])[];
    readonly usage: Usage;
    readonly replayed: boolean;
  }>()(
    'llm.embed',
    z.object({
      call_id: z.string().min(1).max(300),
      texts: z.array(z.string()).min(1).max(256),
      timeout_ms: z.int().positive(),
      origin: CallOrigin,
    }),
  ),
  /**
   * Nobody needs this call, or any call of this run that is under way, any more: the request to the vendor is ended on
   * whichever replica makes it, what it used so far stays in the ledger, and who waits for it, or asks for that call id
   * again, is answered `cancelled`. Answered before it has happened everywhere.
   */
  cancel: defineRequest<Record<string, never>>()(
    'llm.cancel',
    z.union([
      z.strictObject({ call_id: z.string().min(1).max(300) }),
      z.strictObject({ run_id: z.string().min(1).max(128) }),
    ]),
  ),
  /** Which model each tier, or a named model, resolves to now. */
  resolveModel: defineRequest<ModelInfo>()('llm.resolve-model', z.object({ model: z.string() })),
  /** How surely each passage answers the query, best first: the one score that knowledge search and the offline model share. */
  rank: defineRequest<{ readonly passages: readonly ScoredPassage[] }>()(
    'llm.rank',
    z.object({
      query: z.string().trim().min(1).max(32_000),
      passages: z.array(z.object({ id: z.string(), title: z.string(), content: z.string() })).max(100),
      limit: z.int().min(1).max(100).default(5),
    }),
  ),
  /** Whether the customer asks to be given to a person, in any words; told without calling a served model. */
  detectHumanRequest: defineRequest<HumanRequestVerdict>()(
    'llm.detect-human-request',
    z.object({ text: z.string().max(32_000) }),
  ),
} as const;

export interface ScoredPassage {
  readonly id: string;
  /** 0–1: at least 0.7 where the passage answers the query, at most 0.5 where it does not. */
  readonly score: number;
}

export interface HumanRequestVerdict {
  readonly requested: boolean;
  /** 0–1: how surely a person was asked for. */
  readonly score: number;
}

/** A piece of an answer while it is written. */
export interface CompletionDelta {
  /**
   * Whose answer it is: the call's id, and from its second attempt on `<call id>/<attempt>`. A piece under another
   * id than the one before withdraws what was shown of that.
   */
  readonly call_id: string;
  readonly text: string;
}
