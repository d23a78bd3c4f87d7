import type { TimerRequest } from '@baton/event-store';

import type { Conversation } from './conversation.state.js';
import { canBeAbandoned } from './wait.decisions.js';

/** The kinds of the timers that watch over a human stretch. */
export const SILENCE_TIMER = 'conversation.silence';
export const ABANDON_TIMER = 'conversation.abandon';

export interface TimerChanges {
  readonly set: readonly TimerRequest[];
  readonly cancel: readonly string[];
}

/** The timers that a change of a conversation sets and ends; `before` and `after` are all that counts. */
export const timersBetween = (before: Conversation, after: Conversation): TimerChanges => {
  const set: TimerRequest[] = [];
  const cancel: string[] = [];
  for (const [timerId, timerOf] of WATCHES) {
    const [was, is] = [timerOf(before), timerOf(after)];
    const id = 'conversation_id' in after ? `${timerId}/${after.conversation_id}` : timerId;
    if (is && is.dueAt !== was?.dueAt) set.push({ timerId: id, ...is });
    else if (was && !is) cancel.push(id);
  }
  return { set, cancel };
};

type Watch = Omit<TimerRequest, 'timerId'>;

/** The owner lets the customer wait for a word. */
const silence = (state: Conversation): Watch | undefined => {
  if (state.status !== 'HUMAN_ACTIVE' || !state.customer_waits_since) return undefined;
  const limit = state.handover.routing?.silent_after_ms;
  if (limit === undefined) return undefined;
  const { conversation_id, handover, agent_id } = state;
  return {
    kind: SILENCE_TIMER,
    dueAt: plusMs(state.customer_waits_since, limit),
    payload: { conversation_id, handover_id: handover.handover_id, agent_id },
  };
};

/** The customer does not come back. */
const abandonment = (state: Conversation): Watch | undefined => {
  if (state.status !== 'PENDING_HUMAN' || !state.customer_seen_at) return undefined;
  const limit = state.handover.routing?.abandoned_after_ms;
  if (limit === undefined || !canBeAbandoned(state.handover.reason)) return undefined;
  const { conversation_id, handover } = state;
  return {
    kind: ABANDON_TIMER,
    dueAt: plusMs(state.customer_seen_at, limit),
    payload: { conversation_id, handover_id: handover.handover_id, after_ms: limit },
  };
};

const WATCHES = [
  ['silence', silence],
  ['abandon', abandonment],
] as const;

const plusMs = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();
