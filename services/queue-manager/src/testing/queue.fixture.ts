import type { AgentProfile, RoutingPolicy } from '@baton/contracts';
import type { Decider, DomainEvent, Stamped } from '@baton/event-store';

import type { RegisteredAgent } from '../human-agent/human-agent.state.js';
import type { Handover } from '../queue-item/queue-item.commands.js';
import { queueItemDecider } from '../queue-item/queue-item.decider.js';
import type { QueueItem, WaitingItem } from '../queue-item/queue-item.state.js';

export const T0 = '2026-11-22T10:00:00.000Z';
export const after = (ms: number, from = T0): string => new Date(Date.parse(from) + ms).toISOString();

/** A decider as its specification takes it: every event is recorded at `now`. */
export const at = <C, E extends DomainEvent, S>(decider: Decider<C, E, S>, now = T0) => ({
  initialState: () => decider.initialState(),
  decide: (command: C, state: S) => decider.decide(command, state),
  evolve: (state: S, event: E | Stamped<E>) => decider.evolve(state, { occurred_at: now, ...event }),
});

export const foldAt = <E extends DomainEvent, S>(
  decider: Pick<Decider<never, E, S>, 'initialState' | 'evolve'>,
  events: readonly (E | Stamped<E>)[],
  now = T0,
): S =>
  events.reduce<S>(
    (state, event) => decider.evolve(state, { occurred_at: now, ...event }),
    decider.initialState(),
  );

export const PROFILE: AgentProfile = {
  name: 'Ana',
  email: null,
  role: 'agent',
  skills: { billing: 4 },
  max_concurrent: 2,
};

export const ROUTING: RoutingPolicy = {
  relax: [],
  sla: { first_response_ms: 300_000, warn_at: 0.8 },
  offer: { timeout_ms: 30_000, parallel: 1, mode: 'offer' },
  no_agent_available: 'wait',
  abandoned_after_ms: 1_800_000,
};

export const handover = (changes: Partial<Handover> = {}): Handover => ({
  handover_id: 'ho_1',
  conversation_id: 'conv_1',
  queue: 'default',
  reason: 'explicit_request',
  priority: 'NORMAL',
  required_skills: {},
  routing: ROUTING,
  handover_context: { $sealed: 'conversation/conv_1.AAAA' },
  ...changes,
});

export const agent = (
  id: string,
  changes: Partial<Omit<RegisteredAgent, 'profile'>> = {},
  profile: Partial<AgentProfile> = {},
): RegisteredAgent => ({
  status: 'ONLINE',
  agent_id: id,
  profile: { ...PROFILE, ...profile },
  slots: {},
  missed_in_row: 0,
  idle_since: T0,
  created_at: T0,
  updated_at: T0,
  ...changes,
});

export const waiting = (changes: Partial<Handover> = {}, askedAt = T0): WaitingItem => {
  const events = queueItemDecider.decide(
    { type: 'Enqueue', handover: handover(changes), asked_at: askedAt },
    queueItemDecider.initialState(),
  );
  const state: QueueItem = foldAt(queueItemDecider, events, askedAt);
  if (state.status !== 'WAITING') throw new Error('An enqueued item waits');
  return state;
};
