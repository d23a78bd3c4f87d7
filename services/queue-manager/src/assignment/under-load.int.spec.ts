import type { HumanAgentEvent, QueueItemEvent } from '@baton/contracts';
import { fold, type Stamped, stamped, toRecorded } from '@baton/event-store';
import { waitFor } from '@baton/testkit';
import pg from 'pg';

import { humanAgentDecider } from '../human-agent/human-agent.decider.js';
import { type HumanAgent, isRegistered, takenSlots } from '../human-agent/human-agent.state.js';
import { queueItemDecider } from '../queue-item/queue-item.decider.js';
import { READ_MODEL_NAMES, READ_MODELS, type ReadModelName } from '../read-model/read-models.js';
import { rebuildReadModel } from '../read-model/rebuild-read-model.js';
import { ROUTING } from '../testing/queue.fixture.js';
import { as, QueueSystem, type Tenant } from '../testing/queue-system.fixture.js';

const HANDOVERS = 200;
const AGENTS = 12;
const CAPACITY = 3;

describe('two hundred handovers at once, on two replicas', () => {
  let system: QueueSystem;
  let t: Tenant;
  beforeAll(async () => {
    system = await QueueSystem.start();
    await system.startReplica();
    t = system.tenant();
    await serveAll();
  }, 300_000);
  afterAll(() => system.stop());

  /** Agents take what they are offered, decline some of it, and give each conversation back at once. */
  const serveAll = async (): Promise<void> => {
    const agents = Array.from({ length: AGENTS }, (_, index) => `agent_${index}`);
    await Promise.all(
      agents.map((id, index) =>
        t.agent(id, { max_concurrent: CAPACITY, skills: index % 2 === 0 ? { billing: 3 } : {} }),
      ),
    );
    let served = 0;
    const work = async (agentId: string): Promise<void> => {
      let answered = 0;
      while (served < HANDOVERS) {
        const [offer] = await t.offers(agentId);
        if (!offer) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          continue;
        }
        answered += 1;
        if (answered % 7 === 0) {
          await t.decline(offer.offer_id, as(agentId)).catch(onlyGone);
          continue;
        }
        const accepted = await t.accept(offer.offer_id, as(agentId)).catch(onlyGone);
        if (!accepted) continue;
        await system.orchestrator.end(offer.conversation_id, 'returned_to_ai');
        served += 1;
      }
    };
    const working = agents.map(work);
    await Promise.all(
      Array.from({ length: HANDOVERS }, (_, index) =>
        t.handOver({
          required_skills: index % 3 === 0 ? { billing: 2 } : {},
          routing: { offer: { ...ROUTING.offer, parallel: index % 5 === 0 ? 2 : 1 } },
        }),
      ),
    );
    await Promise.all(working);
    await waitFor(
      async () => {
        const page = await system.sql.query<{ n: string }>(
          `SELECT count(*) AS n FROM queue_manager.agent_queue WHERE tenant_id = $1 AND status = 'CLOSED'`,
          [t.id],
        );
        return Number(page.rows[0]?.n) === HANDOVERS;
      },
      { what: 'every item to be closed' },
    );
  };

  const onlyGone = (error: unknown): undefined => {
    expect(error).toMatchObject({ code: 'offer-gone' });
  };

  const logOf = async <E>(streamType: string): Promise<Map<string, Stamped<E>[]>> => {
    const { rows } = await system.sql.query<Parameters<typeof toRecorded>[0]>(
      `SELECT * FROM queue_manager.events WHERE tenant_id = $1 AND stream_type = $2 ORDER BY stream_id, version`,
      [t.id, streamType],
    );
    const streams = new Map<string, Stamped<E>[]>();
    for (const recorded of rows.map(toRecorded)) {
      streams.set(recorded.stream_id, [...(streams.get(recorded.stream_id) ?? []), stamped<E>(recorded)]);
    }
    return streams;
  };

  it('never give an agent more than their capacity, at no version of their log', async () => {
    for (const events of (await logOf<HumanAgentEvent>('human_agent')).values()) {
      let state: HumanAgent = humanAgentDecider.initialState();
      for (const event of events) {
        state = humanAgentDecider.evolve(state, event);
        expect(isRegistered(state) && takenSlots(state)).toBeLessThanOrEqual(CAPACITY);
      }
      expect(isRegistered(state) && takenSlots(state)).toBe(0);
    }
  });

  it('are each had by one agent, who was offered it', async () => {
    const streams = await logOf<QueueItemEvent>('queue_item');
    expect(streams.size).toBe(HANDOVERS);
    for (const events of streams.values()) {
      const assigned = events.filter((event) => event.type === 'queue_item.assigned');
      expect(assigned).toHaveLength(1);
      expect(events.filter((event) => event.type === 'queue_item.offer_accepted')).toHaveLength(1);
      const state = fold(queueItemDecider, events);
      expect(state.status).toBe('CLOSED');
    }
  });

  it.each(READ_MODEL_NAMES)('leave %s as a rebuild from the log makes it', async (name) => {
    const client = new pg.Client({ connectionString: system.urls.system });
    await client.connect();
    try {
      const before = await tableOf(name);
      await system.sql.query(`UPDATE queue_manager.${name} SET status = 'BROKEN'`);
      await system.sql.query(
        `DELETE FROM queue_manager.${name} WHERE ctid IN (SELECT ctid FROM queue_manager.${name} LIMIT 5)`,
      );
      expect(await rebuildReadModel(client, 'queue_manager', name)).toBe(before.length);
      expect(await tableOf(name)).toEqual(before);
      expect(before.length).toBeGreaterThan(0);
    } finally {
      await client.end();
    }
  });

  const tableOf = async (name: ReadModelName): Promise<unknown[]> => {
    const { rows } = await system.sql.query<Record<string, unknown>>(
      `SELECT * FROM queue_manager.${name} ORDER BY ${READ_MODELS[name].key.join(', ')}`,
    );
    return rows;
  };
});
