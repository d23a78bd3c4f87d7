import type { RequiredSkills } from '@baton/contracts';

import { freeSlots, type RegisteredAgent, takenSlots } from '../human-agent/human-agent.state.js';
import type { Pass } from '../queue-item/queue-item.state.js';
import type { Seeking } from './seeking.js';

/** A decliner is not asked about the same item again for so long, as long as anybody else could take it. */
export const PASS_MEMORY_MS = 60_000;
/** And where nobody else could, not at once. */
export const DECLINE_COOL_OFF_MS = 10_000;

export const hasSkills = (agent: RegisteredAgent, required: RequiredSkills): boolean =>
  Object.entries(required).every(([skill, level]) => (agent.profile.skills[skill] ?? 0) >= level);

/**
 * Whom to ask next, best first, at most `count`: those who are online with a free slot and have the skills (or
 * were named by a transfer), without those who passed on this item a moment ago. `online` holds the busy ones
 * too: that somebody else could take it is about them as well.
 */
export const chooseAgents = (
  item: Seeking,
  online: Iterable<RegisteredAgent>,
  now: string,
  count: number,
): RegisteredAgent[] => {
  const able = [...online].filter(
    (agent) =>
      agent.status === 'ONLINE' &&
      (agent.agent_id === item.target_agent_id || hasSkills(agent, item.required_skills)),
  );
  const memoryMs = able.some((agent) => !refusedWithin(item.passes[agent.agent_id], now, PASS_MEMORY_MS))
    ? PASS_MEMORY_MS
    : DECLINE_COOL_OFF_MS;
  const candidates = able.filter(
    (agent) =>
      freeSlots(agent) > 0 &&
      !item.offered_to.includes(agent.agent_id) &&
      !agent.slots[item.handover_id] &&
      !refusedWithin(item.passes[agent.agent_id], now, memoryMs),
  );
  return best(candidates, count, (agent) => preference(agent, item, now));
};

/** To miss an offer is no refusal: such an agent comes last, a decliner not at all. */
const refusedWithin = (pass: Pass | undefined, now: string, withinMs: number): boolean =>
  pass !== undefined && pass.how !== 'missed' && Date.parse(now) - Date.parse(pass.at) < withinMs;

const missedLately = (pass: Pass | undefined, now: string): boolean =>
  pass?.how === 'missed' && Date.parse(now) - Date.parse(pass.at) < PASS_MEMORY_MS;

/** Smaller is better, the first difference decides; the id only makes the choice the same everywhere. */
const preference = (agent: RegisteredAgent, item: Seeking, now: string): Preference => [
  agent.agent_id === item.target_agent_id ? 0 : 1,
  missedLately(item.passes[agent.agent_id], now) ? 1 : 0,
  -skillFit(agent, item.required_skills),
  takenSlots(agent) / agent.profile.max_concurrent,
  agent.idle_since,
  agent.agent_id,
];

/** The sum of the levels in what is needed: who knows it best. */
const skillFit = (agent: RegisteredAgent, required: RequiredSkills): number =>
  Object.keys(required).reduce((sum, skill) => sum + (agent.profile.skills[skill] ?? 0), 0);

type Preference = readonly (number | string)[];

const isBetter = (a: Preference, b: Preference): boolean => {
  for (const [index, value] of a.entries()) {
    const other = b[index] as typeof value;
    if (value !== other) return value < other;
  }
  return false;
};

/** The few best of many, without sorting the rest: nearly always one is asked for. */
const best = (
  agents: readonly RegisteredAgent[],
  count: number,
  preferenceOf: (agent: RegisteredAgent) => Preference,
): RegisteredAgent[] => {
  const rest = agents.map((agent) => ({ agent, preference: preferenceOf(agent) }));
  const chosen: RegisteredAgent[] = [];
  while (chosen.length < count && rest.length > 0) {
    let first = 0;
    for (let index = 1; index < rest.length; index += 1) {
      if (isBetter(at(rest, index).preference, at(rest, first).preference)) first = index;
    }
    chosen.push(at(rest, first).agent);
    rest.splice(first, 1);
  }
  return chosen;
};

const at = <T>(list: readonly T[], index: number): T => list[index] as T;
