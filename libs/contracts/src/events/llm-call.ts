import { z } from 'zod';

import { defineEvent, type EventOf } from './define-event.js';
import { Money } from './shared.js';

/** A row of the LLM ledger was closed. */
export const llmCallRecorded = defineEvent({
  type: 'llm_call.recorded',
  version: 1,
  schema: z.object({
    call_id: z.string(),
    kind: z.enum(['chat', 'embedding']),
    model: z.string(),
    outcome: z.enum(['ok', 'failed', 'refused', 'cancelled', 'unknown']),
    input_tokens: z.int(),
    output_tokens: z.int(),
    cost_usd: Money,
    attempts: z.int(),
    latency_ms: z.number(),
    conversation_id: z.string().nullable(),
    run_id: z.string().nullable(),
    node_id: z.string().nullable(),
    workflow: z.string().nullable(),
  }),
  personal: [],
  example: {
    call_id: 'run_1:answer:1:1',
    kind: 'chat',
    model: 'openai/gpt-5-mini',
    outcome: 'ok',
    input_tokens: 120,
    output_tokens: 30,
    cost_usd: '0.0000135',
    attempts: 1,
    latency_ms: 820,
    conversation_id: 'conv_123',
    run_id: 'run_1',
    node_id: 'answer',
    workflow: 'customer_support',
  },
});

export const llmCallEvents = [llmCallRecorded] as const;
export type LlmCallEvent = EventOf<(typeof llmCallEvents)[number]>;
