import { freeSlots, type RegisteredAgent } from '../human-agent/human-agent.state.js';
import { type AssignmentPolicy, DEFAULT_ASSIGNMENT_POLICY } from './assignment-policy.js';
import { chooseAgents, holdFor } from './choose-agents.js';
import { rankOrder } from './rank.js';
import type { Seeking } from './seeking.js';

export interface Match {
  readonly item: Seeking;
  readonly agentIds: readonly string[];
}

/**
 * Who is asked about what: the items in their order, each with as many agents as its policy asks at once, all
 * capacity given once. Pure; the agents' streams have the last word.
 */
export const matchItems = (
  items: readonly Seeking[],
  online: readonly RegisteredAgent[],
  now: string,
  policy: AssignmentPolicy = DEFAULT_ASSIGNMENT_POLICY,
): Match[] => {
  const agents = new Map(online.map((agent) => [agent.agent_id, agent]));
  const held = new Set<string>();
  const matches: Match[] = [];
  for (const item of [...items].sort(rankOrder(policy))) {
    if (![...agents.values()].some((agent) => freeSlots(agent) > 0)) break;
    const wanted = item.parallel - item.offered_to.length;
    const chosen = chooseAgents(item, agents.values(), now, wanted, policy, held);
    for (const agent of chosen) {
      agents.set(agent.agent_id, withOffer(agent, item, now));
    }
    if (chosen.length > 0) {
      matches.push({ item, agentIds: chosen.map((agent) => agent.agent_id) });
      continue;
    }
    const hold = holdFor(item, agents.values(), now, policy, held);
    if (hold !== undefined) held.add(hold);
  }
  return matches;
};

const withOffer = (agent: RegisteredAgent, item: Seeking, now: string): RegisteredAgent => ({
  ...agent,
  slots: {
    ...agent.slots,
    [item.handover_id]: { holds: 'offer', weight: Math.min(item.weight, agent.profile.max_concurrent) },
  },
  idle_since: now,
});
