import type { RequiredSkills } from '@baton/contracts';

import {
  freeSlots,
  givenWithin,
  hasRoom,
  type RegisteredAgent,
  takenSlots,
} from '../human-agent/human-agent.state.js';
import type { Pass } from '../queue-item/queue-item.state.js';
import { type AssignmentPolicy, DEFAULT_ASSIGNMENT_POLICY, FAIR_WINDOW_MS } from './assignment-policy.js';
import { speaks } from './language.js';
import { meets } from './needs.js';
import { needsOfSeeking, type Seeking } from './seeking.js';

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Whom to ask next, best first, at most `count`: those who are online, have room and meet the needs (or were named by
 * a transfer), without those who passed on this item a moment ago. `online` holds the busy ones too: that
 * somebody else could take it is about them as well. Nobody of `held` is asked: their room is kept for an item before.
 */
export const chooseAgents = (
  item: Seeking,
  online: Iterable<RegisteredAgent>,
  now: string,
  count: number,
  policy: AssignmentPolicy = DEFAULT_ASSIGNMENT_POLICY,
  held: ReadonlySet<string> = NOBODY,
): RegisteredAgent[] => {
  if (count <= 0) return [];
  const willing = willingAgents(item, online, now, policy);
  const candidates = willing.filter((agent) => hasRoom(agent, item.weight) && !held.has(agent.agent_id));
  const isNamed = candidates.some((agent) => agent.agent_id === item.target_agent_id);
  if (!isNamed) {
    if (isAskedOfKnown(item, now)) return [];
    const known = knownFirst(item, candidates, now);
    if (known) return [known];
    if (isWaitingForKnown(item, willing, now)) return [];
  }
  return best(candidates, count, (agent) => preference(agent, item, now, policy));
};

/** Whose room an item that needs more than anybody has is to keep from newcomers; undefined where it needs none kept. */
export const holdFor = (
  item: Seeking,
  online: Iterable<RegisteredAgent>,
  now: string,
  policy: AssignmentPolicy,
  held: ReadonlySet<string>,
): string | undefined => {
  const waited = Date.parse(now) - Date.parse(item.enqueued_at);
  if (item.weight <= 1 || item.offered_to.length > 0 || waited < policy.heavyHoldAfterMs) return undefined;
  const [most] = willingAgents(item, online, now, policy)
    .filter((agent) => !held.has(agent.agent_id))
    .sort((a, b) => freeSlots(b) - freeSlots(a) || (a.agent_id < b.agent_id ? -1 : 1));
  return most?.agent_id;
};

/** Who could take it, had they room: online, able, not being asked, and has not just passed on it. */
const willingAgents = (
  item: Seeking,
  online: Iterable<RegisteredAgent>,
  now: string,
  policy: AssignmentPolicy,
): RegisteredAgent[] => {
  const needs = needsOfSeeking(item);
  const able = [...online].filter(
    (agent) => agent.status === 'ONLINE' && (agent.agent_id === item.target_agent_id || meets(agent, needs)),
  );
  const memoryMs = able.some((agent) => !refusedWithin(item.passes[agent.agent_id], now, policy.passMemoryMs))
    ? policy.passMemoryMs
    : policy.declineCoolOffMs;
  return able.filter(
    (agent) =>
      !item.offered_to.includes(agent.agent_id) &&
      !agent.slots[item.handover_id] &&
      !refusedWithin(item.passes[agent.agent_id], now, memoryMs),
  );
};

const isBefore = (now: string, until: string | null): boolean => until !== null && now < until;

const isAskedOfKnown = (item: Seeking, now: string): boolean =>
  isBefore(now, item.known_until) && item.offered_to.some((id) => item.known_agent_ids.includes(id));

const knownFirst = (
  item: Seeking,
  candidates: readonly RegisteredAgent[],
  now: string,
): RegisteredAgent | undefined => {
  if (!isBefore(now, item.known_until)) return undefined;
  for (const id of item.known_agent_ids) {
    const known = candidates.find((agent) => agent.agent_id === id);
    if (known && item.passes[id] === undefined) return known;
  }
  return undefined;
};

const isWaitingForKnown = (item: Seeking, willing: readonly RegisteredAgent[], now: string): boolean =>
  isBefore(now, item.known_wait_until) &&
  willing.some(
    (agent) => item.known_agent_ids.includes(agent.agent_id) && item.passes[agent.agent_id] === undefined,
  );

/** To miss an offer is no refusal: such an agent comes last, a decliner not at all. */
const refusedWithin = (pass: Pass | undefined, now: string, withinMs: number): boolean =>
  pass !== undefined && pass.how !== 'missed' && Date.parse(now) - Date.parse(pass.at) < withinMs;

const missedLately = (pass: Pass | undefined, now: string, withinMs: number): boolean =>
  pass?.how === 'missed' && Date.parse(now) - Date.parse(pass.at) < withinMs;

/** Smaller is better, the first difference decides; the id only makes the choice the same everywhere. */
const preference = (
  agent: RegisteredAgent,
  item: Seeking,
  now: string,
  policy: AssignmentPolicy,
): Preference => [
  agent.agent_id === item.target_agent_id ? 0 : 1,
  missedLately(item.passes[agent.agent_id], now, policy.passMemoryMs) ? 1 : 0,
  givenWithin(agent, now, FAIR_WINDOW_MS) >= policy.fairPerHour ? 1 : 0,
  item.language === null ? 0 : LANGUAGE_ORDER[speaks(agent.profile, item.language)],
  -preferredMet(agent, item.preferred_skills),
  (policy.fit === 'best' ? -1 : 1) * skillFit(agent, item.required_skills),
  -skillFit(agent, item.preferred_skills),
  takenSlots(agent) / agent.profile.max_concurrent,
  agent.idle_since,
  agent.agent_id,
];

const LANGUAGE_ORDER = { yes: 0, unknown: 1, no: 2 } as const;

const preferredMet = (agent: RegisteredAgent, preferred: RequiredSkills): number =>
  Object.entries(preferred).filter(([skill, level]) => (agent.profile.skills[skill] ?? 0) >= level).length;

/** The sum of the levels in what is asked for: who knows it best. */
const skillFit = (agent: RegisteredAgent, asked: RequiredSkills): number =>
  Object.keys(asked).reduce((sum, skill) => sum + (agent.profile.skills[skill] ?? 0), 0);

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
