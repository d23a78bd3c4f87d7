import { type AgentProfile, BatonError, type HumanAgentEvent } from '@baton/contracts';
import type { Decider, Stamped } from '@baton/event-store';

import { FAIR_WINDOW_MS } from '../assignment/assignment-policy.js';
import type { HumanAgentCommand, ProfileChanges, SlotFreedCause } from './human-agent.commands.js';
import {
  hasRoom,
  type HumanAgent,
  isRegistered,
  type RegisteredAgent,
  type Slot,
} from './human-agent.state.js';

type Event = HumanAgentEvent;

/** No limit of an hour is higher. */
const MOST_GIVEN = 1_000;

const initialState = (): HumanAgent => ({ status: 'UNREGISTERED' });

const decide = (command: HumanAgentCommand, state: HumanAgent): readonly Event[] => {
  if (command.type === 'RegisterAgent') return register(command, state);
  if (!isRegistered(state)) return unregistered(command);
  const agent_id = state.agent_id;
  switch (command.type) {
    case 'UpdateAgent':
      return update(command.changes, state);
    case 'SetPresence':
      return state.status === command.status
        ? []
        : [
            {
              type: 'human_agent.presence_changed',
              data: { agent_id, status: command.status, cause: 'put' },
            },
          ];
    case 'ReserveSlot':
      return reserve(command, state);
    case 'TakeSlot':
      return state.slots[command.handover_id]?.holds === 'conversation'
        ? []
        : [taken(state, command.handover_id, 'assigned', command.weight)];
    case 'FreeSlot':
      return state.slots[command.handover_id] ? [freed(agent_id, command.handover_id, command.cause)] : [];
    case 'MissOffer':
      return missOffer(command.handover_id, command.limit, state);
    case 'StartWrapUp':
      return state.slots[command.handover_id]?.holds === 'conversation'
        ? [
            {
              type: 'human_agent.wrap_up_started',
              data: { agent_id, handover_id: command.handover_id, conversation_id: command.conversation_id },
            },
          ]
        : [];
    case 'EndWrapUp':
      return state.slots[command.handover_id]?.holds === 'wrap_up'
        ? [freed(agent_id, command.handover_id, 'wrapped_up')]
        : [];
    default:
      return command satisfies never;
  }
};

const register = (
  command: HumanAgentCommand & { type: 'RegisterAgent' },
  state: HumanAgent,
): readonly Event[] => {
  if (!isRegistered(state)) {
    return [
      { type: 'human_agent.registered', data: { agent_id: command.agent_id, profile: command.profile } },
    ];
  }
  if (sameProfile(state.profile, command.profile)) return [];
  throw new BatonError('conflict', `There is another agent ${command.agent_id}`);
};

/** A supervisor may name someone the queue never heard of; only a command of a person is told so. */
const unregistered = (command: HumanAgentCommand): readonly Event[] => {
  if (command.type === 'UpdateAgent' || command.type === 'SetPresence') {
    throw new BatonError('not-found', 'There is no such agent');
  }
  if (command.type === 'ReserveSlot') throw new BatonError('conflict', 'There is no such agent to offer to');
  return [];
};

const update = (changes: ProfileChanges, state: RegisteredAgent): readonly Event[] => {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const profile: AgentProfile = { ...state.profile, ...Object.fromEntries(given) };
  return sameProfile(profile, state.profile)
    ? []
    : [{ type: 'human_agent.updated', data: { agent_id: state.agent_id, profile } }];
};

const reserve = (
  { handover_id, weight }: HumanAgentCommand & { type: 'ReserveSlot' },
  state: RegisteredAgent,
): readonly Event[] => {
  if (state.slots[handover_id]) return [];
  if (state.status !== 'ONLINE') throw new BatonError('conflict', `${state.agent_id} is ${state.status}`);
  if (!hasRoom(state, weight ?? 1)) {
    throw new BatonError('conflict', `${state.agent_id} has no free capacity`);
  }
  return [taken(state, handover_id, 'offered', weight)];
};

/** What is heavier than the whole capacity takes all of it. */
const taken = (
  { agent_id, profile }: RegisteredAgent,
  handover_id: string,
  cause: 'offered' | 'assigned',
  weight = 1,
): Event => {
  const takes = Math.min(weight, profile.max_concurrent);
  return {
    type: 'human_agent.capacity_taken',
    data: { agent_id, handover_id, cause, ...(takes !== 1 && { weight: takes }) },
  };
};

const missOffer = (handover_id: string, limit: number, state: RegisteredAgent): readonly Event[] => {
  if (state.slots[handover_id]?.holds !== 'offer') return [];
  const missed = freed(state.agent_id, handover_id, 'timed_out');
  if (state.status !== 'ONLINE' || state.missed_in_row + 1 < limit) return [missed];
  return [
    missed,
    {
      type: 'human_agent.presence_changed',
      data: { agent_id: state.agent_id, status: 'AWAY', cause: 'missed_offers' },
    },
  ];
};

const freed = (agent_id: string, handover_id: string, cause: SlotFreedCause): Event => ({
  type: 'human_agent.capacity_freed',
  data: { agent_id, handover_id, cause },
});

const sameProfile = (a: AgentProfile, b: AgentProfile): boolean =>
  a.name === b.name &&
  a.email === b.email &&
  a.role === b.role &&
  a.max_concurrent === b.max_concurrent &&
  sameLanguages(a.languages, b.languages) &&
  Object.keys(a.skills).length === Object.keys(b.skills).length &&
  Object.entries(a.skills).every(([skill, level]) => b.skills[skill] === level);

const sameLanguages = (a: readonly string[] | undefined, b: readonly string[] | undefined): boolean =>
  a?.length === b?.length && (a ?? []).every((language, index) => b?.[index] === language);

const evolve = (state: HumanAgent, event: Stamped<Event>): HumanAgent => {
  const at = event.occurred_at;
  if (event.type === 'human_agent.registered') {
    if (isRegistered(state)) return state;
    const { agent_id, profile } = event.data;
    return {
      status: 'OFFLINE',
      agent_id,
      profile,
      slots: {},
      missed_in_row: 0,
      idle_since: at,
      given_at: [],
      created_at: at,
      updated_at: at,
    };
  }
  if (!isRegistered(state)) return state;
  switch (event.type) {
    case 'human_agent.updated':
      return { ...state, profile: event.data.profile, updated_at: at };
    case 'human_agent.presence_changed':
      return { ...state, status: event.data.status, missed_in_row: 0, idle_since: at, updated_at: at };
    case 'human_agent.capacity_taken':
      return event.data.cause === 'assigned'
        ? {
            ...withSlot(state, event.data.handover_id, 'conversation', event.data.weight),
            missed_in_row: 0,
            idle_since: at,
            given_at: givenUntil(state, at),
          }
        : { ...withSlot(state, event.data.handover_id, 'offer', event.data.weight), idle_since: at };
    case 'human_agent.wrap_up_started':
      return withSlot(state, event.data.handover_id, 'wrap_up', state.slots[event.data.handover_id]?.weight);
    case 'human_agent.capacity_freed':
      return afterFreed(state, event.data.handover_id, event.data.cause, at);
    default:
      return state;
  }
};

const withSlot = (
  state: RegisteredAgent,
  handoverId: string,
  holds: Slot['holds'],
  weight: number | undefined,
): RegisteredAgent => ({
  ...state,
  slots: { ...state.slots, [handoverId]: { holds, ...(weight !== undefined && { weight }) } },
});

const givenUntil = (state: RegisteredAgent, at: string): string[] => {
  const since = new Date(Date.parse(at) - FAIR_WINDOW_MS).toISOString();
  return [...(state.given_at ?? []).filter((given) => given > since), at].slice(-MOST_GIVEN);
};

const afterFreed = (
  state: RegisteredAgent,
  handoverId: string,
  cause: SlotFreedCause,
  at: string,
): RegisteredAgent => {
  const { [handoverId]: slot, ...slots } = state.slots;
  if (!slot) return state;
  const missed_in_row =
    cause === 'timed_out' ? state.missed_in_row + 1 : cause === 'declined' ? 0 : state.missed_in_row;
  // An offer that came to nothing was counted as given when it was made; only work that ended counts again.
  return { ...state, slots, missed_in_row, ...(slot.holds !== 'offer' && { idle_since: at }) };
};

/** The agent's own stream orders every taking and freeing of a slot: capacity can't be exceeded by two at once. */
export const humanAgentDecider: Decider<HumanAgentCommand, Event, HumanAgent> = {
  initialState,
  decide,
  evolve,
};
