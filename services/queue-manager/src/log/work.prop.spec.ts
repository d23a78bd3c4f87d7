import { isBatonError } from '@baton/contracts';
import fc from 'fast-check';

import { isRegistered, type Slot, takenSlots } from '../human-agent/human-agent.state.js';
import { after, handover, PROFILE, ROUTING } from '../testing/queue.fixture.js';
import { MemoryLog } from '../testing/memory-log.fixture.js';
import type { Work } from './work.js';

const AGENTS = ['ana', 'bob', 'cem'] as const;
const ITEMS = ['ho_1', 'ho_2', 'ho_3', 'ho_4'] as const;
const CAPACITY = 2;

type Step = (work: Work, offerId: string) => Promise<unknown>;

const agentId = fc.constantFrom(...AGENTS);
const itemId = fc.constantFrom(...ITEMS);

/** Takes the first open offer of an item, as the conversation would have said. */
const accept =
  (id: string): Step =>
  async (work) => {
    const item = await work.item(id);
    if (item.status !== 'WAITING') return;
    const [offer] = Object.entries(item.offers);
    if (offer)
      await work.tellItem(id, {
        type: 'Assign',
        agent_id: offer[1].agent_id,
        offer_id: offer[0],
        told_by: 'acceptance',
      });
  };
const endOffer =
  (id: string, how: 'decline' | 'miss'): Step =>
  async (work) => {
    const item = await work.item(id);
    const [offer_id] = item.status === 'WAITING' ? Object.keys(item.offers) : [];
    if (offer_id === undefined) return;
    await work.tellItem(
      id,
      how === 'miss'
        ? { type: 'TimeOutOffer', offer_id }
        : { type: 'DeclineOffer', offer_id, reason: null, now: after(0) },
    );
  };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(itemId, agentId).map(
      ([id, agent_id]): Step =>
        (work, offer_id) =>
          work.tellItem(id, { type: 'Offer', offer_id, agent_id, now: work.now }),
    ),
  },
  { weight: 3, arbitrary: itemId.map(accept) },
  { weight: 1, arbitrary: itemId.map((id) => endOffer(id, 'decline')) },
  { weight: 2, arbitrary: itemId.map((id) => endOffer(id, 'miss')) },
  {
    weight: 1,
    arbitrary: fc.tuple(itemId, agentId).map(
      ([id, agent_id]): Step =>
        (work) =>
          work.tellItem(id, { type: 'Assign', agent_id, offer_id: null, told_by: 'acceptance' }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(itemId, agentId).map(
      ([id, from_agent_id]): Step =>
        (work) =>
          work.tellItem(id, {
            type: 'Requeue',
            cause: 'released',
            from_agent_id,
            to_agent_id: null,
            required_skills: null,
          }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(itemId, fc.constantFrom('resolved' as const, 'returned_to_ai' as const)).map(
      ([id, cause]): Step =>
        (work) =>
          work.tellItem(id, { type: 'Close', cause }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(agentId, fc.constantFrom('ONLINE' as const, 'AWAY' as const, 'OFFLINE' as const)).map(
      ([id, status]): Step =>
        (work) =>
          work.tellAgent(id, { type: 'SetPresence', status }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(agentId, itemId).map(
      ([id, handover_id]): Step =>
        (work) =>
          work.tellAgent(id, { type: 'EndWrapUp', handover_id }),
    ),
  },
);

const begun = async (): Promise<MemoryLog> => {
  const log = new MemoryLog();
  const work = log.begin(after(0));
  for (const agent_id of AGENTS) {
    const profile = { ...PROFILE, max_concurrent: CAPACITY };
    await work.tellAgent(agent_id, { type: 'RegisterAgent', agent_id, profile });
    await work.tellAgent(agent_id, { type: 'SetPresence', status: 'ONLINE' });
  }
  for (const handover_id of ITEMS) {
    const routing = { ...ROUTING, offer: { ...ROUTING.offer, parallel: 2 } };
    await work.tellItem(handover_id, {
      type: 'Enqueue',
      asked_at: after(0),
      handover: handover({ handover_id, conversation_id: `conv_${handover_id}`, routing }),
    });
  }
  log.commit(work);
  return log;
};

const walk = async (steps: readonly Step[], look: (log: MemoryLog) => void): Promise<void> => {
  const log = await begun();
  for (const [index, take] of steps.entries()) {
    const work = log.begin(after((index + 1) * 10));
    try {
      await take(work, `offer_${index}`);
    } catch (error) {
      // Refused as a whole: nothing of it may be written.
      if (!isBatonError(error, 'conflict')) throw error;
      continue;
    }
    log.commit(work);
    look(log);
  }
};

/** What each agent should hold, by the items. */
const heldByItems = (log: MemoryLog, agentId: string): Record<string, Slot> => {
  const held: Record<string, Slot> = {};
  for (const id of ITEMS) {
    const item = log.item(id);
    if (item.status === 'ASSIGNED' && item.agent_id === agentId) held[id] = { holds: 'conversation' };
    if (item.status !== 'WAITING') continue;
    if (Object.values(item.offers).some((offer) => offer.agent_id === agentId)) held[id] = { holds: 'offer' };
  }
  return held;
};

const heldByAgent = (log: MemoryLog, agentId: string): Record<string, Slot> => {
  const agent = log.agent(agentId);
  if (!isRegistered(agent)) throw new Error(`${agentId} is registered`);
  return Object.fromEntries(Object.entries(agent.slots).filter(([, slot]) => slot.holds !== 'wrap_up'));
};

describe('items and agents, whatever happens to them', () => {
  it('always agree on who holds what', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), (steps) =>
        walk(steps, (log) => {
          for (const id of AGENTS) expect(heldByAgent(log, id)).toEqual(heldByItems(log, id));
        }),
      ),
    );
  });

  it('leave no open offer with an agent who is not there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), (steps) =>
        walk(steps, (log) => {
          for (const id of AGENTS) {
            if (log.agent(id).status === 'ONLINE') continue;
            expect(Object.values(heldByAgent(log, id)).filter((slot) => slot.holds === 'offer')).toEqual([]);
          }
        }),
      ),
    );
  });

  it('exceed capacity only by what a conversation itself has given, and never with an offer open', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), (steps) =>
        walk(steps, (log) => {
          for (const id of AGENTS) {
            const agent = log.agent(id);
            if (!isRegistered(agent) || takenSlots(agent) <= CAPACITY) continue;
            expect(Object.values(agent.slots).filter((slot) => slot.holds === 'offer')).toEqual([]);
          }
        }),
      ),
    );
  });
});
