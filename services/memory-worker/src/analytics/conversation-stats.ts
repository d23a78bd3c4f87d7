import type { ConversationState } from '@baton/contracts';

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
  readonly started_at: string;
  readonly last_event_at: string;
  readonly turns: number;
  readonly customer_messages: number;
  readonly ai_messages: number;
  readonly human_messages: number;
  /** Handed to a human for good or ill; a pause for an approval or a consultation is not counted. */
  readonly handovers: number;
  readonly handover_reasons: Readonly<Record<string, number>>;
  /** How often a human became the owner. */
  readonly assignments: number;
  readonly first_message_at: string | null;
  readonly first_response_ms: number | null;
  readonly ai_ms: number;
  readonly ai_since: string | null;
  readonly human_ms: number;
  readonly human_since: string | null;
  /** Each wait that a human ended by taking the conversation. */
  readonly queue_wait_ms: readonly number[];
  readonly waiting_since: string | null;
  readonly resolved: boolean;
  readonly abandoned: boolean;
  readonly reopened: number;
  readonly csat_rating: number | null;
  readonly erased: boolean;
}

export const emptyStats = (conversationId: string, startedAt: string): ConversationStats => ({
  conversation_id: conversationId,
  version: 0,
  state: 'NEW',
  workflow_name: null,
  started_at: startedAt,
  last_event_at: startedAt,
  turns: 0,
  customer_messages: 0,
  ai_messages: 0,
  human_messages: 0,
  handovers: 0,
  handover_reasons: {},
  assignments: 0,
  first_message_at: null,
  first_response_ms: null,
  ai_ms: 0,
  ai_since: null,
  human_ms: 0,
  human_since: null,
  queue_wait_ms: [],
  waiting_since: null,
  resolved: false,
  abandoned: false,
  reopened: 0,
  csat_rating: null,
  erased: false,
});
