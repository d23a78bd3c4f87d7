import { PRIORITIES } from '@baton/contracts';
import fc from 'fast-check';

import type { RegisteredAgent } from '../human-agent/human-agent.state.js';
import { freeSlots, takenSlots } from '../human-agent/human-agent.state.js';
import { after, agent, ROUTING, waiting } from '../testing/queue.fixture.js';
import { DEFAULT_ASSIGNMENT_POLICY } from './assignment-policy.js';
import { chooseAgents } from './choose-agents.js';
import { matchItems } from './match.js';
import { hasSkills } from './needs.js';
import { byRank, rankAt } from './rank.js';
import { type Seeking, seekingOf } from './seeking.js';

const skills = fc.dictionary(fc.constantFrom('billing', 'spanish', 'tax'), fc.integer({ min: 1, max: 5 }), {
  noNullPrototype: true,
});
const agents: fc.Arbitrary<RegisteredAgent[]> = fc
  .array(
    fc.record({
      status: fc.constantFrom('ONLINE' as const, 'ONLINE' as const, 'AWAY' as const),
      skills,
      max_concurrent: fc.integer({ min: 1, max: 3 }),
      taken: fc.integer({ min: 0, max: 3 }),
      idle: fc.integer({ min: 0, max: 1000 }),
    }),
    { maxLength: 12 },
  )
  .map((list) =>
    list.map((each, index) =>
      agent(
        `agent_${index}`,
        {
          status: each.status,
          idle_since: after(each.idle),
          slots: Object.fromEntries(
            Array.from({ length: each.taken }, (_, slot) => [
              `old_${slot}`,
              { holds: 'conversation' as const },
            ]),
          ),
        },
        { skills: each.skills, max_concurrent: each.max_concurrent },
      ),
    ),
  );
const items: fc.Arbitrary<Seeking[]> = fc
  .array(
    fc.record({
      priority: fc.constantFrom(...PRIORITIES),
      required_skills: skills,
      parallel: fc.integer({ min: 1, max: 3 }),
      waited: fc.integer({ min: 0, max: 7_200_000 }),
      decliner: fc.option(fc.integer({ min: 0, max: 11 })),
    }),
    { maxLength: 20 },
  )
  .map((list) =>
    list.map((each, index) => ({
      ...seekingOf(
        waiting(
          {
            handover_id: `ho_${index}`,
            priority: each.priority,
            required_skills: each.required_skills,
            routing: { ...ROUTING, offer: { ...ROUTING.offer, parallel: each.parallel } },
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

describe('the assignment, for any queue and any staff', () => {
  it('asks only who is online, able and not over capacity', () => {
    fc.assert(
      fc.property(items, agents, (queue, staff) => {
        const given = new Map<string, number>();
        for (const { item, agentIds } of matchItems(queue, staff, now)) {
          expect(new Set(agentIds).size).toBe(agentIds.length);
          expect(agentIds.length).toBeLessThanOrEqual(item.parallel);
          for (const id of agentIds) {
            const asked = staff.find((each) => each.agent_id === id) as RegisteredAgent;
            expect(asked.status).toBe('ONLINE');
            expect(hasSkills(asked, item.required_skills)).toBe(true);
            expect(item.passes[id]).toBeUndefined();
            given.set(id, (given.get(id) ?? 0) + 1);
            expect(takenSlots(asked) + (given.get(id) ?? 0)).toBeLessThanOrEqual(
              asked.profile.max_concurrent,
            );
          }
        }
      }),
    );
  });

  it('leaves nobody waiting whom a free agent could take', () => {
    fc.assert(
      fc.property(items, agents, (queue, staff) => {
        const matches = matchItems(queue, staff, now);
        const used = new Map<string, number>();
        for (const id of matches.flatMap((match) => match.agentIds)) used.set(id, (used.get(id) ?? 0) + 1);
        const left = staff.filter((each) => freeSlots(each) > (used.get(each.agent_id) ?? 0));
        for (const item of queue.filter((each) => !matches.some((match) => match.item === each))) {
          const online = staff.filter((each) => each.status === 'ONLINE');
          const possible = chooseAgents(item, online, now, 100).map((each) => each.agent_id);
          expect(left.filter((each) => possible.includes(each.agent_id))).toEqual([]);
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

  it('is pulled forward by a short SLA, and not pushed back by a long one', () => {
    const withSla = (first_response_ms: number) =>
      rankAt(waiting({ routing: { ...ROUTING, sla: { first_response_ms, warn_at: 0.8 } } }));
    expect(withSla(60_000) < withSla(300_000)).toBe(true);
    expect(withSla(3_600_000)).toBe(withSla(300_000));
  });
});
