import { freeSlots, type RegisteredAgent } from '../human-agent/human-agent.state.js';
import { chooseAgents } from './choose-agents.js';
import { byRank } from './rank.js';
import type { Seeking } from './seeking.js';

export interface Match {
  readonly item: Seeking;
  readonly agentIds: readonly string[];
}

/**
 * Who is asked about what: the items in their order, each with as many agents as its policy asks at once, every
 * slot given once. Pure; the agents' streams have the last word.
 */
export const matchItems = (
  items: readonly Seeking[],
  online: readonly RegisteredAgent[],
  now: string,
): Match[] => {
  const agents = new Map(online.map((agent) => [agent.agent_id, agent]));
  const matches: Match[] = [];
  let free = online.reduce((sum, agent) => sum + freeSlots(agent), 0);
  for (const item of [...items].sort(byRank)) {
    const wanted = item.parallel - item.offered_to.length;
    if (free === 0) break;
    const chosen = chooseAgents(item, agents.values(), now, wanted);
    if (chosen.length === 0) continue;
    free -= chosen.length;
    for (const agent of chosen) agents.set(agent.agent_id, withOffer(agent, item.handover_id, now));
    matches.push({ item, agentIds: chosen.map((agent) => agent.agent_id) });
  }
  return matches;
};

const withOffer = (agent: RegisteredAgent, handoverId: string, now: string): RegisteredAgent => ({
  ...agent,
  slots: { ...agent.slots, [handoverId]: { holds: 'offer' } },
  idle_since: now,
});
