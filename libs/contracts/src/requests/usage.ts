import { z } from 'zod';

import { Timestamp } from '../time.js';
import { defineRequest } from './define-request.js';

export const USAGE_GROUPS = [
  'model',
  'kind',
  'outcome',
  'day',
  'month',
  'workflow',
  'conversation',
  'run',
  'node',
] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** What a set of requests to models used. */
export interface UsageNumbers {
  /** Calls that were asked for, whatever became of them. */
  readonly calls: number;
  /** Requests to models: a call that was tried again has several. */
  readonly attempts: number;
  /** Answers that were given. */
  readonly answered: number;
  /** Answers that came from the cache and cost nothing. */
  readonly cached_answers: number;
  /** Attempts that a crash cut off: what they used, nobody knows. */
  readonly unknown: number;
  readonly input_tokens: number;
  /** Among the input tokens. */
  readonly cached_tokens: number;
  readonly output_tokens: number;
  /** Among the output tokens. */
  readonly reasoning_tokens: number;
  /** A decimal string in USD, unrounded. */
  readonly cost_usd: string;
}

export interface UsageItem extends UsageNumbers {
  /** The model, day (`2026-11-22`), month (`2026-11`), workflow, …; null where it belongs to none. */
  readonly group: string | null;
}

export interface UsageReport extends UsageNumbers {
  readonly from: string | null;
  readonly to: string | null;
  readonly group_by: UsageGroup | null;
  readonly items: readonly UsageItem[];
  readonly next_cursor: string | null;
}

/** One model as a replica of the router sees it. */
export interface ModelHealth {
  /** `provider/model` */
  readonly model: string;
  /** `open`: it failed again and again and is left alone; `half_open`: one call tries it. */
  readonly breaker: 'closed' | 'open' | 'half_open';
  readonly available: boolean;
  readonly last_success_at: string | null;
  readonly last_failure_at: string | null;
  /** As in the ledger: `transient-503`, `cut`, …; null where it never failed. */
  readonly last_failure: string | null;
  readonly tool_calls: boolean;
  readonly context_window: number;
}

export interface ModelsView {
  /** What each tier comes to, in the order in which it is tried. */
  readonly tiers: Readonly<Record<string, readonly string[]>>;
  readonly models: readonly ModelHealth[];
}

export const usageRequests = {
  /** What the tenant's model calls used that began in `[from, to)`: the sum, and by group, most expensive first. */
  report: defineRequest<UsageReport>()(
    'usage.report',
    z.object({
      from: Timestamp.optional(),
      to: Timestamp.optional(),
      group_by: z.enum(USAGE_GROUPS).optional(),
      limit: z.int().min(1).max(200).default(50),
      cursor: z.string().max(512).optional(),
    }),
  ),
  /** Tiers, models and how they are, as the replica that answers sees them. */
  models: defineRequest<ModelsView>()('llm.models', z.object({})),
} as const;
