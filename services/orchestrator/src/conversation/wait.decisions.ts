import type { ConversationEvent, HandoverReason, NoticeKind } from '@baton/contracts';

import type { Abandon, TakeFromAgent, TellWait } from './conversation.commands.js';
import type { LiveConversation, PendingHuman } from './conversation.state.js';
import { released, resolved } from './handover.decisions.js';
import { goOnBehind } from './pause.decisions.js';
import { notice } from './notices.js';

type Events = readonly ConversationEvent[];

/** These wait for a decision: no hours and no empty desk end them, and nobody abandons them. */
const NOT_FOR_THE_QUEUE: ReadonlySet<HandoverReason> = new Set(['approval', 'consultation']);

/** The AI had an answer then, only not a good enough one: with nobody there it is better than none. */
const ANSWERABLE: ReadonlySet<HandoverReason> = new Set(['confidence_threshold', 'repetition', 'expression']);

/** What becomes of a wait that nobody ends now, and what the customer is told of it, once. */
export const tellWait = (command: TellWait, state: LiveConversation): Events => {
  if (state.status !== 'PENDING_HUMAN' || state.handover.handover_id !== command.handover_id) return [];
  if (NOT_FOR_THE_QUEUE.has(state.handover.reason) || state.paused) return [];
  const { is_open } = command.hours;
  const policy = state.handover.routing?.no_agent_available ?? 'wait';
  if (policy === 'wait' || (is_open && command.anyone_there)) {
    if (state.is_told || command.is_asked) return [];
    return [told(command, !is_open ? 'out_of_hours' : command.anyone_there ? 'waiting' : 'nobody_available')];
  }
  const cause = policy === 'callback' ? 'callback' : 'nobody_available';
  const opens_at = is_open ? null : command.hours.opens_at;
  return [
    {
      type: 'conversation.handover_cancelled',
      data: {
        handover_id: state.handover.handover_id,
        unanswered_message_ids: takenUp(state, cause),
        cause,
        opens_at,
      },
    },
    notice(
      command.notice_id,
      cause === 'callback' ? 'callback_promised' : is_open ? 'nobody_available' : 'out_of_hours',
      { handover_id: command.handover_id, opens_at, timezone: command.hours.timezone, is_with_ai: true },
    ),
  ];
};

/** Which messages the AI answers now: those that nobody did, and what it was not sure enough of where nobody else will. */
const takenUp = (state: PendingHuman, cause: 'nobody_available' | 'callback'): string[] => {
  const isAnswerable = cause === 'nobody_available' && ANSWERABLE.has(state.handover.reason);
  const open = isAnswerable ? (state.open_question ?? []) : [];
  return [...open, ...state.unanswered].map(({ message_id }) => message_id);
};

const told = ({ notice_id, handover_id, estimate, hours }: TellWait, kind: NoticeKind): ConversationEvent =>
  notice(notice_id, kind, {
    handover_id,
    ...(estimate && {
      position: estimate.position,
      estimated_wait_seconds: estimate.estimated_wait_seconds,
      estimated_wait_p90_seconds: estimate.estimated_wait_p90_seconds,
    }),
    ...(!hours.is_open && { opens_at: hours.opens_at, timezone: hours.timezone }),
  });

/** Stale news finds another owner, or an agent who has spoken meanwhile, and does nothing. */
export const takeFromAgent = (command: TakeFromAgent, state: LiveConversation): Events => {
  const isTheirs =
    state.status === 'HUMAN_ACTIVE' &&
    state.handover.handover_id === command.handover_id &&
    state.agent_id === command.agent_id;
  if (!isTheirs) return [];
  if (command.cause === 'silent') {
    const due = plus(state.customer_waits_since, state.handover.routing?.silent_after_ms);
    if (due === undefined || due > Date.parse(command.now)) return [];
  }
  return [released(state, null, command.context, command.cause), ...goOnBehind(state)];
};

/** The customer left while waiting: said by time, unless they wrote meanwhile. */
export const abandon = (command: Abandon, state: LiveConversation): Events => {
  if (state.status !== 'PENDING_HUMAN' || state.handover.handover_id !== command.handover_id) return [];
  if (NOT_FOR_THE_QUEUE.has(state.handover.reason) || state.paused) return [];
  const due = plus(state.customer_seen_at, state.handover.routing?.abandoned_after_ms);
  if (due === undefined || due > Date.parse(command.now)) return [];
  return [
    resolved(state, null, null, 'abandoned'),
    notice(command.notice_id, 'abandoned', { handover_id: command.handover_id }),
  ];
};

/** Whether the wait of such a hand-over ends when its customer is away long enough. */
export const canBeAbandoned = (reason: HandoverReason): boolean => !NOT_FOR_THE_QUEUE.has(reason);

const plus = (instant: string | null | undefined, ms: number | undefined): number | undefined =>
  instant && ms !== undefined ? Date.parse(instant) + ms : undefined;
