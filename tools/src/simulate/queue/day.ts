import type { AgentProfile, Priority, RequiredSkills } from '@baton/contracts';

import { Random } from '../random.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** How busy each hour of the day is, as a share of the busiest: nobody asks in the night, most before noon and after four. */
const BUSY = [
  0, 0, 0, 0, 0, 0, 0, 0.3, 0.6, 0.9, 1, 0.95, 0.75, 0.7, 0.8, 0.9, 1, 0.9, 0.6, 0.35, 0, 0, 0, 0,
];
const BUSY_SUM = BUSY.reduce((sum, each) => sum + each, 0);

const SKILLS = ['billing', 'technical', 'sales'] as const;
const LANGUAGES = ['de', 'es', 'fr'] as const;
const SHIFTS = [7, 8, 9, 11, 12, 13] as const;
const SHIFT_HOURS = 8;

/** Somebody who asks for a person: what they need, and how long it takes. */
export interface Arrival {
  readonly index: number;
  readonly at: number;
  readonly priority: Priority;
  readonly required_skills: RequiredSkills;
  readonly language: string | null;
  readonly weight: number;
  readonly customer: number;
  /** By an agent of middling skill. */
  readonly handlingMs: number;
}

export interface Colleague {
  readonly id: string;
  readonly profile: AgentProfile;
  readonly shiftStartHour: number;
}

/** Those who ask, in their order: a busy hour brings more, at moments that nobody planned. */
export function* arrivals(count: number, perDay: number, seed: number): Generator<Arrival, undefined> {
  const random = new Random(seed);
  const peakPerMs = perDay / BUSY_SUM / HOUR_MS;
  let at = 7 * HOUR_MS;
  for (let index = 0; index < count;) {
    at += exponential(random, 1 / peakPerMs);
    // Thinned: of the candidates of the busiest hour, each hour keeps its share.
    if (!random.chance(BUSY[Math.floor((at % DAY_MS) / HOUR_MS)] ?? 0)) continue;
    yield arrival(index, at, random, perDay);
    index += 1;
  }
  return undefined;
}

const arrival = (index: number, at: number, random: Random, perDay: number): Arrival => {
  const kind = random.next();
  const skill = kind < 0.3 ? undefined : random.pick(SKILLS);
  const urgency = random.next();
  return {
    index,
    at,
    priority: urgency < 0.15 ? 'LOW' : urgency < 0.75 ? 'NORMAL' : urgency < 0.95 ? 'HIGH' : 'URGENT',
    required_skills: skill ? { [skill]: random.between(1, 4) } : {},
    language: random.chance(0.15) ? random.pick(LANGUAGES) : 'en',
    weight: random.chance(0.1) ? 2 : 1,
    customer: random.between(1, Math.max(10, perDay)),
    handlingMs: logNormal(random, 6 * MINUTE_MS, 0.6),
  };
};

/** A team that a day of so many can be done by: most know one thing well and another a little. */
export const team = (size: number, seed: number): Colleague[] => {
  const random = new Random(seed ^ 0x5eed);
  return Array.from({ length: size }, (_, index) => {
    const main = SKILLS[index % SKILLS.length] ?? 'billing';
    const other = random.pick(SKILLS.filter((skill) => skill !== main));
    const languages = index % 3 === 0 ? ['en', random.pick(LANGUAGES)] : undefined;
    return {
      id: `agent_${String(index).padStart(3, '0')}`,
      shiftStartHour: SHIFTS[index % SHIFTS.length] ?? 8,
      profile: {
        name: `Agent ${index}`,
        email: null,
        role: index % 8 === 0 ? 'senior' : 'agent',
        skills: { [main]: random.between(2, 5), [other]: random.between(1, 3) },
        max_concurrent: random.between(2, 3),
        ...(languages && { languages }),
      },
    };
  });
};

export const shiftMs = ({ shiftStartHour }: Colleague): { readonly start: number; readonly end: number } => ({
  start: shiftStartHour * HOUR_MS,
  end: (shiftStartHour + SHIFT_HOURS) * HOUR_MS,
});

/** The same person given the same thing does the same, under whatever policy: two policies meet the same day. */
export class Behaviour {
  constructor(private readonly seed: number) {}

  /** What an agent does with an offer: accept or decline after so long, or nothing at all. */
  answer(
    item: number,
    agent: string,
    offer: number,
  ): { readonly how: 'accept' | 'decline' | 'miss'; readonly afterMs: number } {
    const random = this.of(item, `${agent}/${offer}`);
    const kind = random.next();
    return {
      how: kind < 0.04 ? 'decline' : kind < 0.08 ? 'miss' : 'accept',
      afterMs: logNormal(random, 6_000, 0.5),
    };
  }

  /** Who knows it well is quicker. */
  handlingMs({ handlingMs, required_skills, index }: Arrival, agent: AgentProfile): number {
    const [skill] = Object.keys(required_skills);
    const level = skill === undefined ? 3 : (agent.skills[skill] ?? 0);
    return handlingMs * (1 + 0.08 * (3 - level)) * (0.9 + 0.2 * this.of(index, agent.name).next());
  }

  wrapUpMs(item: number): number {
    return exponential(this.of(item, 'wrap-up'), 15_000);
  }

  private of(item: number, what: string): Random {
    let hash = this.seed ^ Math.imul(item + 1, 0x9e3779b1);
    for (let index = 0; index < what.length; index += 1) {
      hash = Math.imul(hash ^ what.charCodeAt(index), 0x01000193);
    }
    return new Random(hash);
  }
}

const exponential = (random: Random, mean: number): number => -Math.log(1 - random.next()) * mean;

const logNormal = (random: Random, median: number, sigma: number): number => {
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return median * Math.exp(sigma * normal);
};
