import type { HumanAgentEvent, QueueItemEvent } from '@baton/contracts';
import type { Stamped, TimerRequest } from '@baton/event-store';

import { DEFAULT_ASSIGNMENT_POLICY } from '../assignment/assignment-policy.js';
import { seekingOf } from '../assignment/seeking.js';
import {
  HOLD_AFTER_REFUSAL_MS,
  type QueueItem,
  slaWarnAt,
  type WaitingItem,
} from '../queue-item/queue-item.state.js';
import { nextStepAt } from '../queue-item/waiting-steps.js';
import type { QueuePolicy } from './consequences.js';

export const TIMER_KINDS = {
  offerTimeout: 'offer-timeout',
  autoAccept: 'auto-accept',
  relax: 'relax',
  sla: 'sla',
  slaWarning: 'sla-warning',
  retry: 'retry',
  wrapUp: 'wrap-up',
  look: 'look',
} as const;
type TimerKind = (typeof TIMER_KINDS)[keyof typeof TIMER_KINDS];

export interface TimerChanges {
  readonly set: readonly TimerRequest[];
  readonly cancel: readonly string[];
}

const WHILE_WAITING = [
  'relax',
  'sla',
  'sla-warning',
  'retry',
  'look',
] as const satisfies readonly TimerKind[];
const NONE: TimerChanges = { set: [], cancel: [] };
const timerId = (kind: TimerKind, id: string): string => `${kind}:${id}`;

const timer = (
  kind: TimerKind,
  id: string,
  dueAt: string,
  payload: Record<string, unknown>,
): TimerRequest => ({ timerId: timerId(kind, id), kind, dueAt, payload });

const plusMs = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

/** The timers that an item's event sets and ends; `after` is the item with the event. */
export const itemTimers = (event: Stamped<QueueItemEvent>, after: QueueItem): TimerChanges => {
  const { handover_id } = event.data;
  switch (event.type) {
    case 'queue_item.enqueued':
    case 'queue_item.requeued':
    case 'queue_item.relaxed':
    case 'queue_item.rerouted':
      return whileWaiting(event, after);
    case 'queue_item.offer_created': {
      const { offer_id, agent_id, expires_at } = event.data;
      const payload = { handover_id, offer_id, agent_id };
      const isAuto = after.status === 'WAITING' && after.routing.offer.mode === 'auto_accept';
      return {
        set: [
          timer('offer-timeout', offer_id, expires_at, payload),
          ...(isAuto ? [timer('auto-accept', offer_id, event.occurred_at, payload)] : []),
        ],
        cancel: [],
      };
    }
    case 'queue_item.offer_declined':
      return {
        set: [retryAfter(event, DEFAULT_ASSIGNMENT_POLICY.declineCoolOffMs)],
        cancel: offerTimers(event.data.offer_id),
      };
    case 'queue_item.offer_withdrawn':
      return {
        set: event.data.cause === 'conversation_moved_on' ? [retryAfter(event, HOLD_AFTER_REFUSAL_MS)] : [],
        cancel: offerTimers(event.data.offer_id),
      };
    case 'queue_item.offer_accepted':
    case 'queue_item.offer_timed_out':
      return { set: [], cancel: offerTimers(event.data.offer_id) };
    case 'queue_item.assigned':
    case 'queue_item.closed':
      return {
        set: [],
        cancel: WHILE_WAITING.map((kind) => timerId(kind, handover_id)),
      };
    case 'queue_item.deferred':
      // A call is promised for no certain time.
      return {
        set:
          event.data.until === null ? [] : [timer('retry', handover_id, event.data.until, { handover_id })],
        cancel: (['look', 'sla', 'sla-warning'] as const).map((kind) => timerId(kind, handover_id)),
      };
    case 'queue_item.sla_warned':
    case 'queue_item.sla_breached':
      return NONE;
    default:
      return event satisfies never;
  }
};

/** What goes by while an item waits: its SLA, its next relaxation, the return of whoever left it. */
const whileWaiting = (event: Stamped<QueueItemEvent>, after: QueueItem): TimerChanges => {
  if (after.status !== 'WAITING') return NONE;
  const { handover_id } = after;
  const set: TimerRequest[] = [];
  const step = nextStepAt(after);
  if (step !== undefined) {
    const dueAt = step > event.occurred_at ? step : event.occurred_at;
    set.push(timer('relax', handover_id, dueAt, { handover_id }));
  }
  const isEnd = step === undefined && event.type === 'queue_item.rerouted';
  const cancel = isEnd ? [timerId('relax', handover_id)] : [];
  if (event.type === 'queue_item.relaxed' || event.type === 'queue_item.rerouted') return { set, cancel };
  set.push(lookTimer(handover_id, plusMs(event.occurred_at, LOOK_AFTER_MS)));
  if (!after.sla_breached) set.push(timer('sla', handover_id, after.sla_due_at, { handover_id }));
  if (!after.sla_breached && !after.sla_warned && after.routing.sla.warn_at < 1) {
    set.push(timer('sla-warning', handover_id, slaWarnAt(after), { handover_id }));
  }
  if (event.type === 'queue_item.requeued') {
    set.push(retryAfter(event, DEFAULT_ASSIGNMENT_POLICY.declineCoolOffMs));
  } else {
    const othersAt = othersAskedAt(after);
    if (othersAt !== undefined) set.push(timer('retry', handover_id, othersAt, { handover_id }));
  }
  return { set, cancel };
};

/** Who can be asked has been asked by then; what becomes of a wait is told to whom nobody is asked about. */
const LOOK_AFTER_MS = 500;

export const lookTimer = (handover_id: string, dueAt: string): TimerRequest =>
  timer('look', handover_id, dueAt, { handover_id });

/** When others are asked who were passed over for one who knows the customer; undefined where none are. */
const othersAskedAt = (item: WaitingItem): string | undefined => {
  const { known_until, known_wait_until, parallel } = seekingOf(item);
  return known_wait_until ?? (parallel > 1 ? (known_until ?? undefined) : undefined);
};

const offerTimers = (offerId: string): string[] => [
  timerId('offer-timeout', offerId),
  timerId('auto-accept', offerId),
];

const retryAfter = (event: Stamped<QueueItemEvent>, ms: number): TimerRequest =>
  timer('retry', event.data.handover_id, plusMs(event.occurred_at, ms), {
    handover_id: event.data.handover_id,
  });

/** The end of a wrap-up that its agent forgets. */
export const agentTimers = (event: Stamped<HumanAgentEvent>, policy: QueuePolicy): TimerChanges => {
  if (event.type === 'human_agent.wrap_up_started') {
    const { agent_id, handover_id } = event.data;
    const dueAt = plusMs(event.occurred_at, policy.wrapUpMs);
    return { set: [timer('wrap-up', handover_id, dueAt, { agent_id, handover_id })], cancel: [] };
  }
  if (event.type === 'human_agent.capacity_freed' && event.data.cause === 'wrapped_up') {
    return { set: [], cancel: [timerId('wrap-up', event.data.handover_id)] };
  }
  return NONE;
};
