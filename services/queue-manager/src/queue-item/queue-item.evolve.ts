import type { QueueItemEvent } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';

import { relaxed } from '../assignment/relaxation.js';
import {
  type AssignedItem,
  HOLD_AFTER_REFUSAL_MS,
  type ItemFacts,
  type Pass,
  type QueueItem,
  waitedMs,
  type WaitingItem,
} from './queue-item.state.js';

type Event = Stamped<QueueItemEvent>;
type EventOfType<T extends QueueItemEvent['type']> = Extract<Event, { type: T }>;

export const initialState = (): QueueItem => ({ status: 'ABSENT' });

/** Total: what does not fit the state leaves it as it is. */
export const evolve = (state: QueueItem, event: Event): QueueItem => {
  if (event.type === 'queue_item.enqueued') return state.status === 'ABSENT' ? enqueued(event) : state;
  if (event.type === 'queue_item.assigned') return assigned(state, event);
  if (event.type === 'queue_item.closed') return closed(state, event);
  if (event.type === 'queue_item.requeued') {
    return state.status === 'ASSIGNED' ? requeued(state, event) : state;
  }
  if (state.status !== 'WAITING') return state;
  switch (event.type) {
    case 'queue_item.offer_created':
      return offered(state, event);
    case 'queue_item.offer_accepted':
      return withoutOffer(state, event.data.offer_id);
    case 'queue_item.offer_declined':
      return passed(
        withoutOffer(state, event.data.offer_id),
        event.data.agent_id,
        'declined',
        event.occurred_at,
      );
    case 'queue_item.offer_timed_out':
      return passed(
        withoutOffer(state, event.data.offer_id),
        event.data.agent_id,
        'missed',
        event.occurred_at,
      );
    case 'queue_item.offer_withdrawn':
      return {
        ...withoutOffer(state, event.data.offer_id),
        ...(event.data.cause === 'conversation_moved_on' && {
          held_until: new Date(Date.parse(event.occurred_at) + HOLD_AFTER_REFUSAL_MS).toISOString(),
        }),
      };
    case 'queue_item.relaxed':
      return {
        ...state,
        relaxed_steps: event.data.step,
        required_skills: event.data.required_skills,
        role: event.data.role ?? null,
        language_required: event.data.language_required ?? false,
      };
    case 'queue_item.rerouted':
      return rerouted(state, event);
    case 'queue_item.deferred':
      return { ...state, is_callback: true, held_until: event.data.until };
    case 'queue_item.sla_warned':
      return { ...state, sla_warned: true };
    case 'queue_item.sla_breached':
      return { ...state, sla_breached: true };
    default:
      return state;
  }
};

const enqueued = ({ data }: EventOfType<'queue_item.enqueued'>): WaitingItem => {
  const { required_skills, ...facts } = data;
  return {
    ...facts,
    status: 'WAITING',
    asked_skills: required_skills,
    required_skills,
    relaxed_steps: 0,
    role: data.routing.role ?? null,
    language_required: data.routing.language_required ?? false,
    rerouted_steps: 0,
    known_agent_ids: data.known_agent_ids ?? [],
    sla_breached: false,
    sla_warned: false,
    passes: {},
    waited_ms: 0,
    waiting_since: data.enqueued_at,
    first_assigned_at: null,
    offers: {},
    target_agent_id: null,
    held_until: null,
  };
};

/** The other rule's word counts from here on, from its first step; what the customer is and was promised stays. */
const rerouted = (state: WaitingItem, { data }: EventOfType<'queue_item.rerouted'>): WaitingItem => {
  const {
    preferred_skills: _preferred,
    role: _role,
    language_required: _language,
    weight: _weight,
    ...kept
  } = state.routing;
  const { relax, preferred_skills, role, language_required, weight } = state.routing.reroute?.[
    data.step - 1
  ] ?? { relax: [] };
  return {
    ...state,
    queue: data.queue,
    priority: data.priority,
    asked_skills: data.required_skills,
    required_skills: data.required_skills,
    relaxed_steps: 0,
    role: role ?? null,
    language_required: language_required ?? false,
    rerouted_steps: data.step,
    routing: {
      ...kept,
      relax,
      ...(preferred_skills && { preferred_skills }),
      ...(role && { role }),
      ...(language_required !== undefined && { language_required }),
      ...(weight !== undefined && { weight }),
    },
  };
};

const offered = (state: WaitingItem, event: EventOfType<'queue_item.offer_created'>): WaitingItem => ({
  ...state,
  offers: {
    ...state.offers,
    [event.data.offer_id]: {
      agent_id: event.data.agent_id,
      created_at: event.occurred_at,
      expires_at: event.data.expires_at,
    },
  },
  held_until: null,
});

const withoutOffer = (state: WaitingItem, offerId: string): WaitingItem => {
  const { [offerId]: gone, ...offers } = state.offers;
  return gone ? { ...state, offers } : state;
};

/** Whoever was named by a transfer and passed is named no more. */
const passed = (state: WaitingItem, agentId: string, how: Pass['how'], at: string): WaitingItem => ({
  ...state,
  passes: { ...state.passes, [agentId]: { at, how } },
  target_agent_id: state.target_agent_id === agentId ? null : state.target_agent_id,
});

const assigned = (state: QueueItem, event: EventOfType<'queue_item.assigned'>): QueueItem => {
  if (state.status !== 'WAITING' && state.status !== 'ASSIGNED') return state;
  const at = event.occurred_at;
  return {
    ...factsOf(state),
    status: 'ASSIGNED',
    waited_ms: state.status === 'WAITING' ? waitedMs(state, at) : state.waited_ms,
    first_assigned_at: state.first_assigned_at ?? at,
    agent_id: event.data.agent_id,
    offer_id: event.data.offer_id,
    told_by: event.data.told_by,
    assigned_at: at,
  };
};

const requeued = (state: AssignedItem, event: EventOfType<'queue_item.requeued'>): WaitingItem => {
  const { required_skills: asked, from_agent_id, to_agent_id } = event.data;
  // Other skills are another search: it starts from its own first step.
  const sameSearch = sameSkills(asked, state.asked_skills);
  const steps = sameSearch ? state.relaxed_steps : 0;
  const { routing } = state;
  const left = relaxed(
    { skills: asked, role: routing.role ?? null, language_required: routing.language_required ?? false },
    routing.relax,
    steps,
  );
  const { [to_agent_id ?? '']: _invitedBack, ...passes } = state.passes;
  return {
    ...factsOf(state),
    status: 'WAITING',
    handover_context: event.data.handover_context ?? state.handover_context,
    asked_skills: asked,
    required_skills: left.skills,
    role: left.role,
    language_required: left.language_required,
    relaxed_steps: steps,
    // A person's word on the skills goes before the rules that would have come later.
    rerouted_steps: sameSearch ? (state.rerouted_steps ?? 0) : (routing.reroute?.length ?? 0),
    waited_ms: sameSearch ? state.waited_ms : 0,
    waiting_since: event.occurred_at,
    passes: { ...passes, [from_agent_id]: { at: event.occurred_at, how: 'left' } },
    is_callback: false,
    offers: {},
    target_agent_id: to_agent_id,
    held_until: null,
  };
};

const closed = (state: QueueItem, event: EventOfType<'queue_item.closed'>): QueueItem => {
  if (state.status === 'ABSENT' || state.status === 'CLOSED') return state;
  return {
    ...factsOf(state),
    status: 'CLOSED',
    // Nobody is offered it any more: the ciphertext has no further use here.
    handover_context: null,
    cause: event.data.cause,
    agent_id: state.status === 'ASSIGNED' ? state.agent_id : null,
    closed_at: event.occurred_at,
  };
};

const factsOf = (state: WaitingItem | AssignedItem): ItemFacts => ({
  handover_id: state.handover_id,
  conversation_id: state.conversation_id,
  queue: state.queue,
  reason: state.reason,
  priority: state.priority,
  routing: state.routing,
  asked_skills: state.asked_skills,
  required_skills: state.required_skills,
  relaxed_steps: state.relaxed_steps,
  role: state.role ?? null,
  language_required: state.language_required ?? false,
  rerouted_steps: state.rerouted_steps ?? 0,
  known_agent_ids: state.known_agent_ids ?? [],
  enqueued_at: state.enqueued_at,
  sla_due_at: state.sla_due_at,
  sla_breached: state.sla_breached,
  sla_warned: state.sla_warned ?? false,
  handover_context: state.handover_context,
  passes: state.passes,
  waited_ms: state.waited_ms,
  waiting_since: state.waiting_since,
  first_assigned_at: state.first_assigned_at,
  is_callback: state.is_callback ?? false,
});

const sameSkills = (a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([skill, level]) => b[skill] === level);
