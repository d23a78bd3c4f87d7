import { PRIORITIES, STAFF_ROLES } from '@baton/contracts';
import fc from 'fast-check';

import type { RegisteredAgent } from '../human-agent/human-agent.state.js';
import { freeSlots, takenSlots } from '../human-agent/human-agent.state.js';
import { after, agent, ROUTING, waiting } from '../testing/queue.fixture.js';
import { DEFAULT_ASSIGNMENT_POLICY } from './assignment-policy.js';
import { chooseAgents } from './choose-agents.js';
import { matchItems } from './match.js';
import { byRank, rankAt } from './rank.js';
import { type Seeking, seekingOf } from './seeking.js';

const skills = fc.dictionary(fc.constantFrom('billing', 'spanish', 'tax'), fc.integer({ min: 1, max: 5 }), {
  noNullPrototype: true,
});
const LANGUAGES = ['en', 'es', 'de'] as const;
const agents: fc.Arbitrary<RegisteredAgent[]> = fc
  .array(
    fc.record({
      status: fc.constantFrom('ONLINE' as const, 'ONLINE' as const, 'AWAY' as const),
      skills,
      role: fc.constantFrom(...STAFF_ROLES),
      languages: fc.option(fc.subarray([...LANGUAGES]), { nil: undefined }),
      max_concurrent: fc.integer({ min: 1, max: 4 }),
      taken: fc.array(fc.integer({ min: 1, max: 2 }), { maxLength: 3 }),
      idle: fc.integer({ min: 0, max: 1000 }),
      given: fc.integer({ min: 0, max: 3 }),
    }),
    { maxLength: 12 },
  )
  .map((list) =>
    list.map(({ skills: has, role, languages, max_concurrent, ...each }, index) =>
      agent(
        `agent_${index}`,
        {
          status: each.status,
          idle_since: after(each.idle),
          given_at: Array.from({ length: each.given }, () => after(-1000)),
          slots: Object.fromEntries(
            each.taken.map((weight, slot) => [`old_${slot}`, { holds: 'conversation' as const, weight }]),
          ),
        },
        { skills: has, role, max_concurrent, ...(languages && { languages }) },
      ),
    ),
  );
const items: fc.Arbitrary<Seeking[]> = fc
  .array(
    fc.record({
      priority: fc.constantFrom(...PRIORITIES),
      required_skills: skills,
      role: fc.option(fc.constantFrom(...STAFF_ROLES), { nil: undefined }),
      language: fc.option(fc.constantFrom(...LANGUAGES), { nil: undefined }),
      language_required: fc.boolean(),
      weight: fc.integer({ min: 1, max: 3 }),
      parallel: fc.integer({ min: 1, max: 3 }),
      waited: fc.integer({ min: 0, max: 7_200_000 }),
      decliner: fc.option(fc.integer({ min: 0, max: 11 })),
      known: fc.option(fc.integer({ min: 0, max: 11 })),
    }),
    { maxLength: 20 },
  )
  .map((list) =>
    list.map(({ role, language, language_required, weight, parallel, ...each }, index) => ({
      ...seekingOf(
        waiting(
          {
            handover_id: `ho_${index}`,
            priority: each.priority,
            required_skills: each.required_skills,
            routing: {
              ...ROUTING,
              offer: { ...ROUTING.offer, parallel },
              language_required,
              weight,
              ...(role && { role }),
              ...(language && { language }),
            },
            ...(each.known !== null && { known_agent_ids: [`agent_${each.known}`] }),
          },
          after(-each.waited),
        ),
      ),
      passes:
        each.decliner === null
          ? {}
          : { [`agent_${each.decliner}`]: { at: after(-1000), how: 'declined' as const } },
    })),
  );
const now = after(0);

/** Said once more in other words than the code's. */
const isEligible = (item: Seeking, { profile }: RegisteredAgent): boolean => {
  const isAble = Object.entries(item.required_skills).every(
    ([skill, level]) => Number(profile.skills[skill]) >= level,
  );
  const roles = ['agent', 'senior', 'supervisor', 'admin'];
  const isHighEnough = item.role === null || roles.indexOf(profile.role) >= roles.indexOf(item.role);
  const isUnderstood =
    !item.language_required ||
    item.language === null ||
    profile.languages?.includes(item.language) === true ||
    (item.language === 'es' && 'spanish' in profile.skills);
  return isAble && isHighEnough && isUnderstood;
};

describe('the assignment, for any queue and any staff', () => {
  it('asks only who is online, able and not over capacity, each at most once', () => {
    fc.assert(
      fc.property(items, agents, (queue, staff) => {
        const given = new Map<string, number>();
        for (const { item, agentIds } of matchItems(queue, staff, now)) {
          expect(new Set(agentIds).size).toBe(agentIds.length);
          expect(agentIds.length).toBeLessThanOrEqual(item.parallel);
          for (const id of agentIds) {
            const asked = staff.find((each) => each.agent_id === id) as RegisteredAgent;
            expect(asked.status).toBe('ONLINE');
            expect(isEligible(item, asked)).toBe(true);
            expect(item.passes[id]).toBeUndefined();
            const takes = Math.min(item.weight, asked.profile.max_concurrent);
            given.set(id, (given.get(id) ?? 0) + takes);
            expect(takenSlots(asked) + (given.get(id) ?? 0)).toBeLessThanOrEqual(
              asked.profile.max_concurrent,
            );
          }
        }
      }),
    );
  });

  it('is the same in whatever order items and agents come', () => {
    fc.assert(
      fc.property(items, agents, fc.infiniteStream(fc.nat(1000)), (queue, staff, numbers) => {
        const shuffled = <T>(list: readonly T[]): T[] =>
          list
            .map((each) => ({ each, at: Number(numbers.next().value) }))
            .sort((a, b) => a.at - b.at)
            .map(({ each }) => each);
        const plain = (matches: ReturnType<typeof matchItems>) =>
          matches.map(({ item, agentIds }) => [item.handover_id, agentIds]);
        expect(plain(matchItems(shuffled(queue), shuffled(staff), now))).toEqual(
          plain(matchItems(queue, staff, now)),
        );
      }),
    );
  });

  it('leaves nobody waiting whom a free agent could take, but for one who is kept for a heavy item before', () => {
    fc.assert(
      fc.property(items, agents, (queue, staff) => {
        const matches = matchItems(queue, staff, now);
        const used = new Map<string, number>();
        for (const { item, agentIds } of matches)
          for (const id of agentIds) used.set(id, (used.get(id) ?? 0) + item.weight);
        const online = staff.filter((each) => each.status === 'ONLINE');
        const unmatched = queue.filter((each) => !matches.some((match) => match.item === each));
        const kept = unmatched.filter((each) => each.weight > 1).length;
        for (const item of unmatched) {
          const missed = chooseAgents({ ...item, parallel: 100 }, online, now, 100).filter(
            (each) => freeSlots(each) - (used.get(each.agent_id) ?? 0) >= item.weight,
          );
          expect(missed.length).toBeLessThanOrEqual(kept);
        }
      }),
    );
  });

  it('never gives a slot to an item while one before it could have had it', () => {
    fc.assert(
      fc.property(items, agents, (queue, staff) => {
        const first = [...queue].sort(byRank)[0];
        if (!first) return;
        const couldBeAsked = chooseAgents(first, staff, now, 1).length > 0;
        const match = matchItems(queue, staff, now).find((each) => each.item === first);
        expect(match !== undefined).toBe(couldBeAsked);
      }),
    );
  });

  it('asks whom the customer knows before anybody else, and alone, as long as they are asked first', () => {
    fc.assert(
      fc.property(items, agents, (queue, staff) => {
        for (const { item, agentIds } of matchItems(queue, staff, now)) {
          const [known] = item.known_agent_ids;
          const isFirst = item.known_until !== null && now < item.known_until && !item.passes[known ?? ''];
          if (isFirst && agentIds.includes(known ?? '')) expect(agentIds).toEqual([known]);
        }
      }),
    );
  });

  it('lets no heavy item starve behind light ones that come without end', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 3 }), (capacity, rounds) => {
        const full = (free: number) =>
          agent(
            'ana',
            {
              slots: Object.fromEntries(
                Array.from({ length: capacity - free }, (_, slot) => [
                  `old_${slot}`,
                  { holds: 'conversation' as const },
                ]),
              ),
            },
            { max_concurrent: capacity },
          );
        const heavy = seekingOf(
          waiting(
            { handover_id: 'ho_heavy', routing: { ...ROUTING, weight: capacity } },
            after(-60_000 * rounds),
          ),
        );
        const light = Array.from({ length: 5 }, (_, each) =>
          seekingOf(waiting({ handover_id: `ho_light_${each}` }, after(-1000))),
        );
        for (let free = 1; free < capacity; free += 1) {
          expect(matchItems([...light, heavy], [full(free)], now)).toEqual([]);
        }
        expect(matchItems([...light, heavy], [full(capacity)], now)).toMatchObject([{ item: heavy }]);
      }),
    );
  });
});

describe('the order of the queue', () => {
  it('starves nobody: whoever has waited longer than the head start goes before any newcomer', () => {
    const newest = Math.max(...Object.values(DEFAULT_ASSIGNMENT_POLICY.headStartMs));
    fc.assert(
      fc.property(
        fc.constantFrom(...PRIORITIES),
        fc.constantFrom(...PRIORITIES),
        fc.nat(10_000_000),
        (old, young, extra) => {
          const waited = waiting({ handover_id: 'ho_z', priority: old }, after(-(newest + 1 + extra)));
          const newcomer = waiting({ handover_id: 'ho_a', priority: young }, now);
          expect([newcomer, waited].sort(byRank)[0]).toBe(waited);
        },
      ),
    );
  });

  it('puts the higher priority first, and the older of the same priority', () => {
    const item = (id: string, priority: (typeof PRIORITIES)[number], agoMs: number) =>
      waiting({ handover_id: id, priority }, after(-agoMs));
    const queue = [
      item('low', 'LOW', 4000),
      item('normal', 'NORMAL', 3000),
      item('older', 'NORMAL', 3500),
      item('urgent', 'URGENT', 0),
      item('high', 'HIGH', 1000),
    ];
    expect(queue.sort(byRank).map((each) => each.handover_id)).toEqual([
      'urgent',
      'high',
      'older',
      'normal',
      'low',
    ]);
  });

  it('goes forward when its SLA is nearly up, by less than a priority', () => {
    const at = { priority: 'NORMAL', enqueued_at: after(0), sla_due_at: after(300_000) } as const;
    expect(rankAt({ ...at, sla_warned: true }) < rankAt(at)).toBe(true);
    expect(rankAt({ ...at, priority: 'HIGH' }) < rankAt({ ...at, sla_warned: true })).toBe(true);
  });

  it('is pulled forward by a short SLA, and not pushed back by a long one', () => {
    const withSla = (first_response_ms: number) =>
      rankAt(waiting({ routing: { ...ROUTING, sla: { first_response_ms, warn_at: 0.8 } } }));
    expect(withSla(60_000) < withSla(300_000)).toBe(true);
    expect(withSla(3_600_000)).toBe(withSla(300_000));
  });
});
