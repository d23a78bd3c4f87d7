import type { AgentProfile, PresenceStatus } from '@baton/contracts';

/** What holds one of the agent's slots: an open offer, a conversation, or the writing-up of one. */
export interface Slot {
  readonly holds: 'offer' | 'conversation' | 'wrap_up';
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
  readonly created_at: string;
  readonly updated_at: string;
}

export type HumanAgent = { readonly status: 'UNREGISTERED' } | RegisteredAgent;

export const takenSlots = (agent: RegisteredAgent): number => Object.keys(agent.slots).length;

export const freeSlots = (agent: RegisteredAgent): number =>
  Math.max(0, agent.profile.max_concurrent - takenSlots(agent));

export const isRegistered = (agent: HumanAgent): agent is RegisteredAgent => agent.status !== 'UNREGISTERED';

/** Handovers that this agent was offered and has not answered. */
export const offeredHandovers = (agent: HumanAgent): string[] =>
  isRegistered(agent)
    ? Object.entries(agent.slots)
        .filter(([, slot]) => slot.holds === 'offer')
        .map(([handoverId]) => handoverId)
    : [];
