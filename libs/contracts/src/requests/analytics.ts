import { z } from 'zod';

import { ConversationId } from '../ids.js';
import { Timestamp } from '../time.js';
import { defineRequest } from './define-request.js';

/** What a set of conversations came to; of one conversation, the same with `conversations: 1`. */
export interface AnalyticsMetrics {
  readonly conversations: number;
  /** Share that was handed over to a human at least once; a pause for an approval or a consultation is none. */
  readonly handover_rate: number;
  /** Share in which no human ever owned the conversation or is awaited now. */
  readonly containment_rate: number;
  /** Share that is settled: resolved by a human, or finished by the AI. */
  readonly resolution_rate: number;
  readonly ai_seconds: number;
  readonly human_seconds: number;
  /** Over the waits that a human ended by taking the conversation; null where there was none. */
  readonly queue_wait_seconds: { readonly p50: number | null; readonly p95: number | null };
  /** Mean of the time from the first customer message to the first answer; null where there was none. */
  readonly first_response_seconds: number | null;
  /** Decimal strings in USD, unrounded. */
  readonly ai_cost_usd: string;
  readonly human_cost_usd: string;
  readonly csat: { readonly average: number | null; readonly count: number };
  readonly handover_reasons: Readonly<Record<string, number>>;
}

export const ANALYTICS_GROUPS = ['day', 'week', 'month', 'workflow', 'state'] as const;
export type AnalyticsGroup = (typeof ANALYTICS_GROUPS)[number];

/** `groups` is there where `group_by` was asked; a day, week or month is named by its first day (UTC). */
export interface AnalyticsSummary extends AnalyticsMetrics {
  readonly from: string | null;
  readonly to: string | null;
  readonly groups?: readonly (AnalyticsMetrics & { readonly group: string })[];
}

export interface ConversationAnalytics extends AnalyticsMetrics {
  readonly conversation_id: string;
  readonly state: string;
  readonly workflow: string | null;
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

export const analyticsRequests = {
  /** Over the conversations that began in `[from, to)`. */
  summary: defineRequest<AnalyticsSummary>()(
    'analytics.summary',
    z.object({
      from: Timestamp.optional(),
      to: Timestamp.optional(),
      group_by: z.enum(ANALYTICS_GROUPS).optional(),
    }),
  ),
  conversation: defineRequest<ConversationAnalytics>()(
    'analytics.conversation',
    z.object({ conversation_id: ConversationId }),
  ),
} as const;
