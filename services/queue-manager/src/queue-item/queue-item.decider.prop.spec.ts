import type { QueueItemEvent } from '@baton/contracts';
import { queueItemEvents } from '@baton/contracts';
import { fold, type Stamped } from '@baton/event-store';
import fc from 'fast-check';

import { after, handover, ROUTING } from '../testing/queue.fixture.js';
import type { QueueItemCommand } from './queue-item.commands.js';
import { queueItemDecider } from './queue-item.decider.js';
import type { QueueItem } from './queue-item.state.js';

const agentId = fc.constantFrom('ana', 'bob', 'cem');
const offerId = fc.constantFrom('o1', 'o2', 'o3', 'o4');
const now = fc.integer({ min: 0, max: 400_000 }).map((ms) => after(ms));

const command: fc.Arbitrary<QueueItemCommand> = fc.oneof(
  fc.record({ type: fc.constant('Offer' as const), offer_id: offerId, agent_id: agentId, now }),
  fc.record({ type: fc.constant('Offer' as const), offer_id: offerId, agent_id: agentId, now }),
  fc.record({
    type: fc.constant('DeclineOffer' as const),
    offer_id: offerId,
    reason: fc.constant(null),
    now,
  }),
  fc.record({ type: fc.constant('TimeOutOffer' as const), offer_id: offerId }),
  fc.record({
    type: fc.constant('WithdrawOffers' as const),
    cause: fc.constant('agent_unavailable' as const),
  }),
  fc.record({
    type: fc.constant('Assign' as const),
    agent_id: agentId,
    offer_id: fc.option(offerId),
    told_by: fc.constant('conversation' as const),
  }),
  fc.record({
    type: fc.constant('Requeue' as const),
    cause: fc.constantFrom('released' as const, 'transferred' as const, 'silent' as const, 'gone' as const),
    from_agent_id: agentId,
    to_agent_id: fc.option(agentId),
    required_skills: fc.option(fc.constantFrom({}, { billing: 3 }, { tax: 1 })),
  }),
  fc.record({ type: fc.constant('Relax' as const), now }),
  fc.record({ type: fc.constant('Defer' as const), until: fc.option(now) }),
  fc.record({ type: fc.constant('BreachSla' as const), now }),
  fc.record({ type: fc.constant('WarnSla' as const), now }),
  fc.record({
    type: fc.constant('Close' as const),
    cause: fc.constantFrom('resolved' as const, 'cancelled' as const),
  }),
);

const policy = handover({
  required_skills: { billing: 3 },
  routing: {
    ...ROUTING,
    relax: [
      { after_ms: 60_000, levels: -1 },
      { after_ms: 120_000, drop: ['billing'] },
    ],
    reroute: [
      { after_ms: 90_000, queue: 'q', priority: 'HIGH', required_skills: { tax: 2 }, relax: [], weight: 2 },
    ],
    offer: { ...ROUTING.offer, parallel: 2 },
  },
});

const decideOrRefuse = (next: QueueItemCommand, state: QueueItem): readonly QueueItemEvent[] => {
  try {
    return queueItemDecider.decide(next, state);
  } catch (error) {
    expect(['conflict', 'offer-gone']).toContain((error as { code?: string }).code);
    return [];
  }
};

/** Runs commands a second apart and shows each state with the events that led to it. */
const walk = (
  commands: readonly QueueItemCommand[],
  look: (state: QueueItem, log: readonly Stamped<QueueItemEvent>[]) => void,
) => {
  const log: Stamped<QueueItemEvent>[] = [];
  let state = queueItemDecider.initialState();
  [{ type: 'Enqueue', handover: policy, asked_at: after(0) } as const, ...commands].forEach((next, index) => {
    for (const event of decideOrRefuse(next, state)) {
      const recorded = { ...event, occurred_at: after(index * 1000) };
      state = queueItemDecider.evolve(state, recorded);
      log.push(recorded);
    }
    look(state, log);
  });
};

const commands = fc.array(command, { maxLength: 60 });

describe('a queue item, whatever happens to it', () => {
  it('is offered to each agent once at a time and to no more than its policy allows', () => {
    fc.assert(
      fc.property(commands, (each) =>
        walk(each, (state) => {
          if (state.status !== 'WAITING') return;
          const asked = Object.values(state.offers).map((offer) => offer.agent_id);
          expect(asked.length).toBeLessThanOrEqual(2);
          expect(new Set(asked).size).toBe(asked.length);
        }),
      ),
    );
  });

  it('ends every offer exactly once', () => {
    fc.assert(
      fc.property(commands, (each) => {
        let last: { state: QueueItem; log: readonly Stamped<QueueItemEvent>[] } | undefined;
        walk(each, (state, log) => (last = { state, log }));
        const open = last?.state.status === 'WAITING' ? Object.keys(last.state.offers) : [];
        const balance = new Map<string, number>();
        for (const { type, data } of last?.log ?? []) {
          if (!('offer_id' in data) || data.offer_id === null || type === 'queue_item.assigned') continue;
          const change = type === 'queue_item.offer_created' ? 1 : -1;
          balance.set(data.offer_id, (balance.get(data.offer_id) ?? 0) + change);
        }
        const unbalanced = [...balance].filter(([, count]) => count !== 0).map(([id]) => id);
        expect(unbalanced.sort()).toEqual([...open].sort());
      }),
    );
  });

  it('keeps its age, never needs more than was asked, and is the fold of its events', () => {
    fc.assert(
      fc.property(commands, (each) =>
        walk(each, (state, log) => {
          expect(fold(queueItemDecider, log)).toEqual(state);
          if (state.status === 'ABSENT') return;
          expect(state.enqueued_at).toBe(after(0));
          for (const [skill, level] of Object.entries(state.required_skills)) {
            expect(level).toBeLessThanOrEqual(state.asked_skills[skill] ?? 0);
          }
        }),
      ),
    );
  });

  it('has one owner at most, and none once it is closed', () => {
    fc.assert(
      fc.property(commands, (each) => {
        let closed = false;
        walk(each, (state) => {
          if (closed) expect(state.status).toBe('CLOSED');
          closed = state.status === 'CLOSED';
        });
      }),
    );
  });

  it('takes any event in any state without failing', () => {
    const examples = queueItemEvents.map((definition) => ({
      type: definition.type,
      data: definition.example,
      occurred_at: after(0),
    })) as unknown as Stamped<QueueItemEvent>[];
    const unknown = { type: 'queue_item.of_a_newer_writer', data: {}, occurred_at: after(0) } as never;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...examples, unknown), { maxLength: 30 }), (events) => {
        fold(queueItemDecider, events);
      }),
    );
  });
});
