import { BatonError, type QueueItemEvent } from '@baton/contracts';
import type { Decider } from '@baton/event-store';

import type { Handover, QueueItemCommand, WithdrawCause } from './queue-item.commands.js';
import { evolve, initialState } from './queue-item.evolve.js';
import { dueSteps } from './waiting-steps.js';
import {
  type AssignedItem,
  type ItemFacts,
  type OpenOffer,
  type QueueItem,
  slaWarnAt,
  type WaitingItem,
} from './queue-item.state.js';

type Event = QueueItemEvent;
type CommandOf<T extends QueueItemCommand['type']> = Extract<QueueItemCommand, { type: T }>;

const decide = (command: QueueItemCommand, state: QueueItem): readonly Event[] => {
  switch (command.type) {
    case 'Enqueue':
      return state.status === 'ABSENT' ? [enqueued(command.handover, command.asked_at)] : [];
    case 'Offer':
      return offer(command, state);
    case 'CheckOffer':
      if (!isAcceptedUnheard(state, command.offer_id)) openOffer(state, command.offer_id, command.now);
      return [];
    case 'DeclineOffer': {
      const [item, open] = openOffer(state, command.offer_id, command.now);
      return [
        {
          type: 'queue_item.offer_declined',
          data: { ...ended(item, command.offer_id, open), reason: command.reason },
        },
      ];
    }
    case 'TimeOutOffer':
      return timeOut(command.offer_id, state);
    case 'WithdrawOffers':
      return state.status === 'WAITING' ? withdrawn(state, command.cause, command.agent_id) : [];
    case 'Assign':
      return assign(command, state);
    case 'Requeue':
      return state.status === 'ASSIGNED' && state.agent_id === command.from_agent_id
        ? [requeued(command, state)]
        : [];
    case 'Defer':
      return defer(command, state);
    case 'Relax':
      return state.status === 'WAITING' ? dueSteps(state, command.now) : [];
    case 'WarnSla':
      return warnSla(state, command.now);
    case 'BreachSla':
      return breachSla(state, command.now);
    case 'Close':
      return close(command, state);
    default:
      return command satisfies never;
  }
};

const ids = (item: ItemFacts) => ({
  handover_id: item.handover_id,
  conversation_id: item.conversation_id,
});

const ended = (item: ItemFacts, offer_id: string, open: OpenOffer) => ({
  ...ids(item),
  offer_id,
  agent_id: open.agent_id,
});

const enqueued = (handover: Handover, askedAt: string): Event => ({
  type: 'queue_item.enqueued',
  data: {
    ...handover,
    enqueued_at: askedAt,
    sla_due_at: plusMs(askedAt, handover.routing.sla.first_response_ms),
  },
});

const offer = (command: CommandOf<'Offer'>, state: QueueItem): readonly Event[] => {
  if (state.status !== 'WAITING') throw new BatonError('conflict', 'The item is not waiting');
  const open = Object.values(state.offers);
  if (open.some((each) => each.agent_id === command.agent_id)) return [];
  if (state.offers[command.offer_id]) throw new BatonError('conflict', 'An offer id names one offer');
  if (open.length >= state.routing.offer.parallel) {
    throw new BatonError('conflict', 'The item is offered to as many as its policy allows');
  }
  return [
    {
      type: 'queue_item.offer_created',
      data: {
        ...ids(state),
        offer_id: command.offer_id,
        agent_id: command.agent_id,
        expires_at: plusMs(command.now, state.routing.offer.timeout_ms),
        handover_context: state.handover_context,
      },
    },
  ];
};

/** Its acceptance died before the agent was told: who asks again is told now. */
const isAcceptedUnheard = (state: QueueItem, offerId: string): boolean =>
  state.status === 'ASSIGNED' && state.offer_id === offerId && state.told_by === 'conversation';

/** @throws BatonError `offer-gone` where it was answered, withdrawn or ran out */
const openOffer = (state: QueueItem, offerId: string, now: string): [WaitingItem, OpenOffer] => {
  const open = state.status === 'WAITING' ? state.offers[offerId] : undefined;
  if (state.status !== 'WAITING' || !open || open.expires_at <= now) {
    throw new BatonError('offer-gone', 'The offer was answered, withdrawn or ran out');
  }
  return [state, open];
};

const timeOut = (offerId: string, state: QueueItem): readonly Event[] => {
  const open = state.status === 'WAITING' ? state.offers[offerId] : undefined;
  if (state.status !== 'WAITING' || !open) return [];
  return [{ type: 'queue_item.offer_timed_out', data: ended(state, offerId, open) }];
};

const withdrawn = (
  item: WaitingItem,
  cause: WithdrawCause,
  only?: string,
  except?: string | null,
): readonly Event[] =>
  Object.entries(item.offers)
    .filter(([offerId, open]) => offerId !== except && (only === undefined || open.agent_id === only))
    .map(([offerId, open]) => ({
      type: 'queue_item.offer_withdrawn',
      data: { ...ended(item, offerId, open), cause },
    }));

const assign = (command: CommandOf<'Assign'>, state: QueueItem): readonly Event[] => {
  if (state.status === 'ABSENT' || state.status === 'CLOSED') return [];
  if (state.status === 'ASSIGNED' && state.agent_id === command.agent_id) return [];
  const { agent_id, offer_id, told_by } = command;
  const assigned: Event = {
    type: 'queue_item.assigned',
    data: { ...ids(state), agent_id, offer_id, told_by },
  };
  if (state.status === 'ASSIGNED') return [assigned];
  const accepted = offer_id === null ? undefined : state.offers[offer_id];
  return [
    ...(accepted && offer_id !== null
      ? [{ type: 'queue_item.offer_accepted' as const, data: ended(state, offer_id, accepted) }]
      : []),
    ...withdrawn(state, accepted ? 'taken' : 'assigned', undefined, accepted ? offer_id : null),
    assigned,
  ];
};

const requeued = (command: CommandOf<'Requeue'>, state: AssignedItem): Event => ({
  type: 'queue_item.requeued',
  data: {
    ...ids(state),
    cause: command.cause,
    from_agent_id: command.from_agent_id,
    to_agent_id: command.to_agent_id,
    required_skills: command.required_skills ?? state.asked_skills,
    ...(command.handover_context !== undefined && { handover_context: command.handover_context }),
  },
});

const warnSla = (state: QueueItem, now: string): readonly Event[] =>
  state.status === 'WAITING' && !state.sla_warned && !state.sla_breached && slaWarnAt(state) <= now
    ? [{ type: 'queue_item.sla_warned', data: { ...ids(state), sla_due_at: state.sla_due_at } }]
    : [];

const breachSla = (state: QueueItem, now: string): readonly Event[] =>
  state.status === 'WAITING' && !state.sla_breached && state.sla_due_at <= now
    ? [{ type: 'queue_item.sla_breached', data: { ...ids(state), sla_due_at: state.sla_due_at } }]
    : [];

const defer = (command: CommandOf<'Defer'>, state: QueueItem): readonly Event[] => {
  if (state.status !== 'WAITING' || state.is_callback) return [];
  return [
    ...withdrawn(state, 'cancelled'),
    { type: 'queue_item.deferred', data: { ...ids(state), until: command.until } },
  ];
};

const WITHDRAWN_BY = {
  resolved: 'resolved',
  returned_to_ai: 'conversation_moved_on',
  cancelled: 'cancelled',
  erased: 'cancelled',
  abandoned: 'cancelled',
} as const satisfies Record<CommandOf<'Close'>['cause'], WithdrawCause>;

const close = (command: CommandOf<'Close'>, state: QueueItem): readonly Event[] => {
  if (state.status === 'ABSENT' || state.status === 'CLOSED') return [];
  return [
    ...(state.status === 'WAITING' ? withdrawn(state, WITHDRAWN_BY[command.cause]) : []),
    { type: 'queue_item.closed', data: { ...ids(state), cause: command.cause } },
  ];
};

const plusMs = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

/** A handover's way through the queue; offers are its sub-states. */
export const queueItemDecider: Decider<QueueItemCommand, Event, QueueItem> = { initialState, decide, evolve };
