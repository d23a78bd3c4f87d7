import type { ConversationState } from '@baton/contracts';

import type { OwnerInterval } from './owner-interval.js';

/**
 * One conversation in numbers: a row of `conversation_analytics`. Times are whole milliseconds, so that a
 * rebuild adds up to the same. Nothing personal is in it: an erased conversation keeps its counts.
 */
export interface ConversationStats {
  readonly conversation_id: string;
  /** The version of the conversation's stream that this is the fold of. */
  readonly version: number;
  readonly state: ConversationState;
  readonly workflow_name: string | null;
  readonly workflow_version: number | null;
  readonly channel: string | null;
  /** Of the workflow version that it runs, in USD; null in a log of before it was noted. */
  readonly human_cost_per_hour: string | null;
  readonly started_at: string;
  readonly last_event_at: string;
  readonly turns: number;
  readonly customer_messages: number;
  readonly ai_messages: number;
  readonly human_messages: number;
  /** Handed to a human for good or ill; a pause for an approval or a consultation is none. */
  readonly handovers: number;
  readonly handover_reasons: Readonly<Record<string, number>>;
  /** Pauses for an approval or a consultation, by which of the two. */
  readonly pauses: Readonly<Record<string, number>>;
  /** Every skill that a handover asked for, sorted. */
  readonly skills: readonly string[];
  /** How often a human became the owner. */
  readonly assignments: number;
  readonly last_agent_id: string | null;
  readonly first_message_at: string | null;
  readonly first_response_ms: number | null;
  readonly ai_ms: number;
  readonly ai_since: string | null;
  readonly human_ms: number;
  readonly human_since: string | null;
  /** All waiting for a human, whatever ended it. */
  readonly queue_ms: number;
  /** Each wait that a human ended by taking the conversation. */
  readonly queue_wait_ms: readonly number[];
  readonly waiting_since: string | null;
  /** Since when it has been settled without a break: resolved by a human, or finished by the AI. */
  readonly settled_at: string | null;
  /** It was settled at least once. */
  readonly was_settled: boolean;
  /** It stayed settled for seven days once, and was taken up again after. */
  readonly was_durable: boolean;
  /** A human resolved it, and nobody took it up again. */
  readonly resolved: boolean;
  readonly abandoned: boolean;
  readonly reopened: number;
  readonly csat_rating: number | null;
  /** Who had handled the conversation when it was rated. */
  readonly csat_handled_by: 'ai' | 'human' | null;
  readonly csat_agent_id: string | null;
  /** Whose it is now; null where it is nobody's: resolved or erased. */
  readonly owner_interval: OwnerInterval | null;
  readonly intervals: number;
  readonly erased: boolean;
}

export const emptyStats = (conversationId: string, startedAt: string): ConversationStats => ({
  conversation_id: conversationId,
  version: 0,
  state: 'NEW',
  workflow_name: null,
  workflow_version: null,
  channel: null,
  human_cost_per_hour: null,
  started_at: startedAt,
  last_event_at: startedAt,
  turns: 0,
  customer_messages: 0,
  ai_messages: 0,
  human_messages: 0,
  handovers: 0,
  handover_reasons: {},
  pauses: {},
  skills: [],
  assignments: 0,
  last_agent_id: null,
  first_message_at: null,
  first_response_ms: null,
  ai_ms: 0,
  ai_since: null,
  human_ms: 0,
  human_since: null,
  queue_ms: 0,
  queue_wait_ms: [],
  waiting_since: null,
  settled_at: null,
  was_settled: false,
  was_durable: false,
  resolved: false,
  abandoned: false,
  reopened: 0,
  csat_rating: null,
  csat_handled_by: null,
  csat_agent_id: null,
  owner_interval: null,
  intervals: 0,
  erased: false,
});
