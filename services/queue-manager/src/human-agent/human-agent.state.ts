import type { AgentProfile, PresenceStatus } from '@baton/contracts';

/** What holds one of the agent's slots: an open offer, a conversation, or the writing-up of one. */
export interface Slot {
  readonly holds: 'offer' | 'conversation' | 'wrap_up';
  /** How much of the capacity; absent: 1. */
  readonly weight?: number;
}

export interface RegisteredAgent {
  readonly status: PresenceStatus;
  readonly agent_id: string;
  readonly profile: AgentProfile;
  /** By handover; each slot was taken by an event of this stream, so two can't take the last one. */
  readonly slots: Readonly<Record<string, Slot>>;
  readonly missed_in_row: number;
  /** Since when this agent was neither given nor done with anything: the longest idle goes first. */
  readonly idle_since: string;
  /** When conversations were given in the last hour before the latest, oldest first; absent in an older snapshot. */
  readonly given_at?: readonly string[];
  readonly created_at: string;
  readonly updated_at: string;
}

export type HumanAgent = { readonly status: 'UNREGISTERED' } | RegisteredAgent;

/** The capacity that is taken: each slot by its weight. */
export const takenSlots = (agent: RegisteredAgent): number =>
  Object.values(agent.slots).reduce((sum, slot) => sum + (slot.weight ?? 1), 0);

export const freeSlots = (agent: RegisteredAgent): number =>
  Math.max(0, agent.profile.max_concurrent - takenSlots(agent));

/** What is heavier than an agent's whole capacity takes all of it. */
export const hasRoom = (agent: RegisteredAgent, weight: number): boolean =>
  freeSlots(agent) > 0 && freeSlots(agent) >= Math.min(weight, agent.profile.max_concurrent);

/** Conversations given to the agent within `withinMs` before `now`. */
export const givenWithin = (agent: RegisteredAgent, now: string, withinMs: number): number => {
  const since = new Date(Date.parse(now) - withinMs).toISOString();
  return (agent.given_at ?? []).filter((at) => at > since).length;
};

export const isRegistered = (agent: HumanAgent): agent is RegisteredAgent => agent.status !== 'UNREGISTERED';

/** Handovers that this agent was offered and has not answered. */
export const offeredHandovers = (agent: HumanAgent): string[] =>
  isRegistered(agent)
    ? Object.entries(agent.slots)
        .filter(([, slot]) => slot.holds === 'offer')
        .map(([handoverId]) => handoverId)
    : [];
