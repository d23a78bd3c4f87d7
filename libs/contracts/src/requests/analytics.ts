import { z } from 'zod';

import { ConversationId } from '../ids.js';
import { Timestamp } from '../time.js';
import { defineRequest } from './define-request.js';

/** In seconds; null where there was nothing to measure. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
}

export interface Csat {
  /** 1–5; null where nobody rated. */
  readonly average: number | null;
  readonly count: number;
}

/** What became of the promise to have a human there in time, by handover. */
export interface ServiceLevel {
  /** A human took it in time. */
  readonly met: number;
  /** A human took it too late, or it was too late when the customer gave up. */
  readonly missed: number;
  /** Nobody has it yet, and there is time. */
  readonly open: number;
  /** met / (met + missed); null where both are 0. */
  readonly hit_rate: number | null;
}

/** What a set of conversations came to; of one conversation, the same with `conversations: 1`. `docs/analytics.md` defines each. */
export interface AnalyticsMetrics {
  readonly conversations: number;
  /** Share that was handed over to a human at least once; a pause for an approval or a consultation is none. */
  readonly handover_rate: number;
  /** Share that was handed over at least once for this reason; a conversation may be in several. */
  readonly handover_rate_by_reason: Readonly<Record<string, number>>;
  /** Share in which no human ever owned the conversation or is awaited now. */
  readonly containment_rate: number;
  /** Share that the AI answered, or handed over for another reason than its budget. */
  readonly coverage_rate: number;
  /** Share that is settled: resolved by a human, or finished by the AI. */
  readonly resolution_rate: number;
  /** Share that the AI settled alone: it answered, and nobody was asked. */
  readonly ai_resolution_rate: number;
  /** Share of those whose seven days are over that stayed settled through them; null where there is none. */
  readonly durable_resolution_rate: number | null;
  /** Settled, and the seven days are not over. */
  readonly durable_resolution_pending: number;
  /** Share of those ever settled that were opened again; null where none was settled. */
  readonly reopen_rate: number | null;
  /** The AI at work. */
  readonly ai_seconds: number;
  /** Humans having the conversation. */
  readonly human_seconds: number;
  /** Waiting for a human, whatever ended it. */
  readonly queue_seconds: number;
  /** Over the waits that a human ended by taking the conversation; null where there was none. */
  readonly queue_wait_seconds: Percentiles;
  /** Mean of the time from the first customer message to the first answer; null where there was none. */
  readonly first_response_seconds: number | null;
  readonly first_response_percentiles: Percentiles;
  /** Calls of models, as the ledger has them. */
  readonly ai_calls: number;
  /** Decimal strings in USD, unrounded; of human time, to a millionth. */
  readonly ai_cost_usd: string;
  readonly human_cost_usd: string;
  readonly csat: Csat;
  /** By who had handled the conversation when it was rated. */
  readonly csat_by_handler: { readonly ai: Csat; readonly human: Csat };
  readonly sla: ServiceLevel;
  /** How many handovers for each reason. */
  readonly handover_reasons: Readonly<Record<string, number>>;
  /** How many pauses for an approval or a consultation. */
  readonly pauses: Readonly<Record<string, number>>;
}

/** `model`, `skill`, `agent` and `reason`: a conversation is in each of its groups. */
export const ANALYTICS_GROUPS = [
  'day',
  'week',
  'month',
  'workflow',
  'version',
  'channel',
  'model',
  'skill',
  'agent',
  'reason',
  'handler',
  'state',
] as const;
export type AnalyticsGroup = (typeof ANALYTICS_GROUPS)[number];
/** So many at once. */
export const MOST_ANALYTICS_GROUPS = 3;
/** More groups than this in one answer are refused: the question is to be narrowed, nothing is cut off. */
export const MOST_GROUP_ROWS = 1000;

/** One group: `keys` has the value of each grouping asked for, `''` where there is none; `group` joins them with ` · `. */
export type AnalyticsGroupRow = AnalyticsMetrics & {
  readonly group: string;
  readonly keys: Readonly<Record<string, string>>;
};

/** `groups` is there where `group_by` was asked; a day, week or month is named by its first day (UTC). */
export interface AnalyticsSummary extends AnalyticsMetrics {
  readonly from: string | null;
  readonly to: string | null;
  readonly groups?: readonly AnalyticsGroupRow[];
}

/** A stretch in which the conversation was one owner's. */
export interface OwnerIntervalView {
  /** `pause`: an approval or a consultation is awaited. */
  readonly owner: 'ai' | 'queue' | 'human' | 'pause';
  /** Who had it; of a wait, who ended it. */
  readonly agent_id: string | null;
  readonly reason: string | null;
  readonly started_at: string;
  /** Null while it lasts. */
  readonly ended_at: string | null;
  readonly ended_by: string | null;
  /** Of the AI, its work; of others, from start to end: 0 while it lasts. */
  readonly seconds: number;
}

/** What a row of the export has, too. */
interface ConversationNumbers {
  readonly state: string;
  readonly workflow: string | null;
  readonly workflow_version: number | null;
  readonly channel: string | null;
  readonly turns: number;
  readonly customer_messages: number;
  readonly ai_messages: number;
  readonly human_messages: number;
  readonly handovers: number;
  readonly resolved: boolean;
  readonly reopened: number;
  readonly started_at: string;
  readonly last_event_at: string;
}

export interface ConversationAnalytics extends AnalyticsMetrics, ConversationNumbers {
  readonly conversation_id: string;
  /** Oldest first; the latest 500 where there are more. */
  readonly intervals: readonly OwnerIntervalView[];
  readonly interval_count: number;
}

/** A conversation as a flat row. */
export interface AnalyticsRow extends ConversationNumbers {
  /** Null where the conversation was erased: its counts stay. */
  readonly conversation_id: string | null;
  readonly erased: boolean;
  readonly handled_by: 'ai' | 'human';
  /** Joined with `;`, sorted. */
  readonly handover_reasons: string;
  readonly skills: string;
  readonly agents: string;
  readonly models: string;
  readonly pauses: number;
  readonly is_settled: boolean;
  readonly settled_at: string | null;
  readonly abandoned: boolean;
  /** `yes`, `no`, or `pending` while the seven days run. */
  readonly durable: 'yes' | 'no' | 'pending';
  readonly ai_seconds: number;
  readonly human_seconds: number;
  readonly queue_seconds: number;
  readonly first_response_seconds: number | null;
  readonly ai_calls: number;
  readonly ai_cost_usd: string;
  readonly human_cost_usd: string;
  readonly csat_rating: number | null;
  readonly csat_handled_by: 'ai' | 'human' | null;
  readonly sla_met: number;
  readonly sla_missed: number;
}

export interface AnalyticsRows {
  readonly rows: readonly AnalyticsRow[];
  /** Null where these were the last. */
  readonly next: string | null;
}

const range = { from: Timestamp.optional(), to: Timestamp.optional() };

export const analyticsRequests = {
  /** Over the conversations that began in `[from, to)`. */
  summary: defineRequest<AnalyticsSummary>()(
    'analytics.summary',
    z.object({
      ...range,
      group_by: z
        .union([
          z.enum(ANALYTICS_GROUPS),
          z.array(z.enum(ANALYTICS_GROUPS)).min(1).max(MOST_ANALYTICS_GROUPS),
        ])
        .optional(),
    }),
  ),
  conversation: defineRequest<ConversationAnalytics>()(
    'analytics.conversation',
    z.object({ conversation_id: ConversationId }),
  ),
  /** A page of the conversations that began in `[from, to)`, oldest first, behind the page before. */
  rows: defineRequest<AnalyticsRows>()(
    'analytics.rows',
    z.object({ ...range, after: z.string().nullable(), limit: z.int().min(1).max(1000) }),
  ),
} as const;
