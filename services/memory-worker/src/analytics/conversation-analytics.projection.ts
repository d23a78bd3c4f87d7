import type { ConversationEvent, RecordedEvent } from '@baton/contracts';

import { type ConversationStats, emptyStats } from './conversation-stats.js';

/** An event as the log gives it; personal fields stay sealed, they are not looked at. */
export type StatsEvent = Pick<RecordedEvent, 'type' | 'data' | 'version' | 'occurred_at' | 'metadata'>;

/** Who decides something is not a conversation that a human took over. */
const PAUSES: ReadonlySet<string> = new Set(['approval', 'consultation']);

/** The conversation's numbers after one more event; total: what it does not know only moves the version. */
export const evolveStats = (
  stats: ConversationStats | undefined,
  conversationId: string,
  event: StatsEvent,
): ConversationStats => {
  const before = stats ?? emptyStats(conversationId, event.occurred_at);
  const after = apply(before, event as StatsEvent & ConversationEvent);
  return { ...after, version: event.version, last_event_at: event.occurred_at };
};

const apply = (stats: ConversationStats, event: StatsEvent & ConversationEvent): ConversationStats => {
  const at = event.occurred_at;
  switch (event.type) {
    case 'conversation.started':
      return { ...stats, workflow_name: event.data.workflow.name };
    case 'conversation.message_received':
      return {
        ...reopened(stats),
        customer_messages: stats.customer_messages + 1,
        first_message_at: stats.first_message_at ?? at,
      };
    case 'conversation.turn_started':
    case 'conversation.turn_attempt_started':
      // A lost attempt's time counts too: the customer waited for the AI through it.
      return { ...reopened(stats), state: 'AI_PROCESSING', ai_since: stats.ai_since ?? at };
    case 'conversation.turn_completed':
      return turnCompleted(stats, event.data, at);
    case 'conversation.handed_over':
      return handedOver(stats, event.data.reason, at);
    case 'conversation.assigned':
      return assigned(stats, event.data.offer_id !== null, at);
    case 'conversation.human_message_sent':
      return { ...answered(stats, at), human_messages: stats.human_messages + 1 };
    case 'conversation.released':
    case 'conversation.transferred':
      return { ...humanLeft(stats, at), state: 'PENDING_HUMAN', waiting_since: at };
    case 'conversation.resolved':
      return {
        ...humanLeft(stats, at),
        state: 'RESOLVED',
        resolved: event.metadata.actor.type !== 'system',
        // Nobody resolved it: the customer had gone.
        abandoned: event.metadata.actor.type === 'system',
      };
    case 'conversation.returned_to_ai':
    case 'conversation.handover_cancelled':
      return { ...humanLeft(stats, at), state: 'BACK_TO_AI' };
    case 'conversation.feedback_recorded':
      return { ...stats, csat_rating: event.data.rating };
    case 'conversation.erased':
      return { ...aiStopped(humanLeft(stats, at), at), erased: true };
    case 'conversation.turn_restarted':
    case 'conversation.whispered':
    case 'conversation.notice_sent':
    case 'conversation.callback_cancelled':
      return stats;
    default:
      return ignored(event, stats);
  }
};

/** A message to a human, or while one is awaited, is a turn without a run: the AI's clock has no part in it. */
const turnCompleted = (
  stats: ConversationStats,
  turn: { readonly run_id: string | null; readonly reply: unknown },
  at: string,
): ConversationStats => {
  const counted = { ...stats, turns: stats.turns + 1 };
  if (turn.run_id === null) return counted;
  const stopped = aiStopped(counted, at);
  const settled: ConversationStats =
    stopped.state === 'AI_PROCESSING' ? { ...stopped, state: 'FINISHED' } : stopped;
  return turn.reply === null ? settled : { ...answered(settled, at), ai_messages: settled.ai_messages + 1 };
};

const handedOver = (stats: ConversationStats, reason: string, at: string): ConversationStats => ({
  ...aiStopped(humanLeft(reopened(stats), at), at),
  state: 'PENDING_HUMAN',
  waiting_since: at,
  handovers: stats.handovers + (PAUSES.has(reason) ? 0 : 1),
  handover_reasons: { ...stats.handover_reasons, [reason]: (stats.handover_reasons[reason] ?? 0) + 1 },
});

const assigned = (stats: ConversationStats, byOffer: boolean, at: string): ConversationStats => {
  const waitedMs = stats.waiting_since === null ? null : elapsed(stats.waiting_since, at);
  // A supervisor who takes a conversation hands it over and assigns it in one append: nobody waited.
  const waited = waitedMs !== null && (byOffer || waitedMs > 0);
  return {
    ...stats,
    state: 'HUMAN_ACTIVE',
    assignments: stats.assignments + 1,
    human_since: at,
    waiting_since: null,
    queue_wait_ms: waited ? [...stats.queue_wait_ms, waitedMs] : stats.queue_wait_ms,
  };
};

const reopened = (stats: ConversationStats): ConversationStats =>
  stats.resolved || stats.abandoned
    ? { ...stats, resolved: false, abandoned: false, reopened: stats.reopened + 1 }
    : stats;

const answered = (stats: ConversationStats, at: string): ConversationStats =>
  stats.first_response_ms === null && stats.first_message_at !== null
    ? { ...stats, first_response_ms: elapsed(stats.first_message_at, at) }
    : stats;

const aiStopped = (stats: ConversationStats, at: string): ConversationStats =>
  stats.ai_since === null
    ? stats
    : { ...stats, ai_since: null, ai_ms: stats.ai_ms + elapsed(stats.ai_since, at) };

const humanLeft = (stats: ConversationStats, at: string): ConversationStats => ({
  ...stats,
  waiting_since: null,
  human_since: null,
  human_ms: stats.human_ms + (stats.human_since === null ? 0 : elapsed(stats.human_since, at)),
});

const elapsed = (from: string, to: string): number => Math.max(0, Date.parse(to) - Date.parse(from));

/** An event of a newer writer; the type check says that none of ours is left out. */
const ignored = (_event: never, stats: ConversationStats): ConversationStats => stats;
