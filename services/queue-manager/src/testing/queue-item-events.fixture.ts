import type { QueueItemEvent } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';
import { DeciderSpecification } from '@baton/testkit';

import { queueItemDecider } from '../queue-item/queue-item.decider.js';
import type { WaitingItem } from '../queue-item/queue-item.state.js';
import { after, at, foldAt, handover, ROUTING, T0 } from './queue.fixture.js';

type Event = QueueItemEvent | Stamped<QueueItemEvent>;

export const given = DeciderSpecification.for(at(queueItemDecider));

export const SEALED = { $sealed: 'conversation/conv_1.AAAA' };
export const ids = { handover_id: 'ho_1', conversation_id: 'conv_1' };
export const enqueuedWith = (changes: Parameters<typeof handover>[0] = {}): QueueItemEvent => ({
  type: 'queue_item.enqueued',
  data: { ...handover(changes), enqueued_at: T0, sla_due_at: after(300_000) },
});
export const enqueued = enqueuedWith();
export const twoAtOnce = enqueuedWith({ routing: { ...ROUTING, offer: { ...ROUTING.offer, parallel: 2 } } });
export const offered = (offer_id: string, agent_id: string): QueueItemEvent => ({
  type: 'queue_item.offer_created',
  data: { ...ids, offer_id, agent_id, expires_at: after(30_000), handover_context: SEALED },
});
export const accepted = (offer_id: string, agent_id: string): QueueItemEvent => ({
  type: 'queue_item.offer_accepted',
  data: { ...ids, offer_id, agent_id },
});
export const declined = (offer_id: string, agent_id: string): QueueItemEvent => ({
  type: 'queue_item.offer_declined',
  data: { ...ids, offer_id, agent_id, reason: null },
});
export const timedOut = (offer_id: string, agent_id: string): QueueItemEvent => ({
  type: 'queue_item.offer_timed_out',
  data: { ...ids, offer_id, agent_id },
});
export const withdrawn = (
  offer_id: string,
  agent_id: string,
  cause: (QueueItemEvent & { type: 'queue_item.offer_withdrawn' })['data']['cause'],
): QueueItemEvent => ({ type: 'queue_item.offer_withdrawn', data: { ...ids, offer_id, agent_id, cause } });
export const assigned = (agent_id: string, offer_id: string | null): QueueItemEvent => ({
  type: 'queue_item.assigned',
  data: { ...ids, agent_id, offer_id, told_by: 'acceptance' },
});
export const released: QueueItemEvent = {
  type: 'queue_item.requeued',
  data: { ...ids, cause: 'released', from_agent_id: 'ana', to_agent_id: null, required_skills: {} },
};
export const closed = (
  cause: (QueueItemEvent & { type: 'queue_item.closed' })['data']['cause'],
): QueueItemEvent => ({
  type: 'queue_item.closed',
  data: { ...ids, cause },
});
export const stamped = (event: QueueItemEvent, occurred_at: string): Stamped<QueueItemEvent> => ({
  ...event,
  occurred_at,
});

export const waitingAfter = (...events: Event[]): WaitingItem => {
  const state = foldAt(queueItemDecider, events);
  if (state.status !== 'WAITING') throw new Error(`Expected a waiting item, not ${state.status}`);
  return state;
};
