import { type Actor, BatonError } from '@baton/contracts';

import type { HumanActive, LiveConversation } from './conversation.state.js';

/** The state machine says no. */
export const refused = (state: LiveConversation, why: string): BatonError =>
  new BatonError('invalid-transition', why, { details: { state: state.status } });

export const notTheirs = (): BatonError => new BatonError('forbidden', 'Another agent has this conversation');

/** An API key acts for the tenant; a supervisor for the floor; an agent for what is theirs. */
export const ownsOrOversees = (actor: Actor, agentId: string | null): boolean =>
  actor.type === 'api_key' ||
  actor.type === 'system' ||
  (actor.type === 'human_agent' &&
    (actor.id === agentId || actor.role === 'supervisor' || actor.role === 'admin'));

export const requireHumanActive = (state: LiveConversation): HumanActive => {
  if (state.status !== 'HUMAN_ACTIVE') throw refused(state, 'No person has this conversation');
  return state;
};

export const requireOwner = (actor: Actor, state: LiveConversation): HumanActive => {
  const active = requireHumanActive(state);
  if (!ownsOrOversees(actor, active.agent_id)) throw notTheirs();
  return active;
};
