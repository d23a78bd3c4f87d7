import { queueWaitRequests, staffRequests, subjects } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { QueueSystem, type Tenant } from '../testing/queue-system.fixture.js';

const AGES = { timeoutMs: 30_000 };

describe('waiting for a person', () => {
  let system: QueueSystem;
  beforeAll(async () => (system = await QueueSystem.start({ BATON_AGENT_GONE_SECONDS: '1' })));
  afterAll(() => system.stop());

  const looksAt = (handoverId: string) =>
    system.orchestrator.looks.filter((look) => look['handover_id'] === handoverId);
  const lookAt = (handoverId: string) =>
    waitFor(() => looksAt(handoverId)[0], { what: `a look at ${handoverId}`, ...AGES });
  const rowOf = async (t: Tenant, conversationId: string) =>
    (await t.queue()).find((item) => item.conversation_id === conversationId);

  it('is told about to the conversation where nobody is asked, with who is there and how long it takes', async () => {
    const t = system.tenant();
    const nobody = await t.handOver({ required_skills: { tax: 3 } });
    expect(await lookAt(nobody.handoverId)).toMatchObject({
      conversation_id: nobody.conversationId,
      anyone_there: false,
      estimate: { position: 1, estimated_wait_seconds: 60, estimate_basis: 'default' },
    });
    await t.agent('ana', { skills: { tax: 3 }, max_concurrent: 1 });
    await t.accept((await t.offerTo('ana', nobody.conversationId)).offer_id);
    const busy = await t.handOver({ required_skills: { tax: 3 } });
    expect(await lookAt(busy.handoverId)).toMatchObject({ anyone_there: true });
    expect(looksAt(nobody.handoverId)).toHaveLength(1);
  });

  it('is ended for who is called back: kept, not offered before people are there, then offered and accepted', async () => {
    const t = system.tenant();
    const { conversationId, handoverId } = await t.handOver({ routing: { no_agent_available: 'callback' } });
    const opensAt = new Date(Date.now() + 3_600_000).toISOString();
    await system.orchestrator.defer(conversationId, opensAt);
    await waitFor(async () => (await rowOf(t, conversationId))?.callback === true, {
      what: 'the callback',
      ...AGES,
    });
    await t.agent('ana');
    const urgent = await t.handOver();
    await t.offerTo('ana', urgent.conversationId);
    expect(await t.offers('ana')).toHaveLength(1);

    const now = await t.handOver({ routing: { no_agent_available: 'callback' } });
    await system.orchestrator.defer(now.conversationId, null);
    await t.offerTo('ana', now.conversationId);
    expect(await t.types('queue_item', handoverId)).not.toContain('offer_created');
  });

  it('moves, and customers and staff are told where everybody stands', async () => {
    const t = system.tenant();
    const heard: { conversation: string; position: number }[] = [];
    const stop = system.bus.subscribe(`${subjects.ephemeral(t.id, '*')}`, (message) => {
      const news = message as { type: string; handover_id: string; position: number };
      if (news.type === 'queue.position')
        heard.push({ conversation: news.handover_id, position: news.position });
    });
    try {
      const first = await t.handOver();
      const second = await t.handOver();
      const told = (handoverId: string, position: number) =>
        waitFor(() => heard.some((each) => each.conversation === handoverId && each.position === position), {
          what: `${handoverId} to be told place ${position}`,
          ...AGES,
        });
      await told(second.handoverId, 2);
      await system.orchestrator.end(first.conversationId, 'handover_cancelled');
      await told(second.handoverId, 1);
      const estimated = await waitFor(
        async () => {
          const { rows } = await system.sql.query<{
            data: { waiting: number; items: { handover_id: string }[] };
          }>(
            `SELECT data FROM queue_manager.events WHERE tenant_id = $1 AND type = 'queue.estimated' ORDER BY version DESC LIMIT 1`,
            [t.id],
          );
          return rows[0]?.data.waiting === 1 && rows[0].data;
        },
        { what: 'staff to be told', ...AGES },
      );
      expect(estimated.items).toMatchObject([{ handover_id: second.handoverId, position: 1 }]);
    } finally {
      stop();
    }
  });

  describe('with an agent who is gone', () => {
    const report = (t: Tenant, agentId: string, is_open: boolean) =>
      t.request(queueWaitRequests.reportLinks, {
        gateway_id: 'gateway_1',
        agents: [{ agent_id: agentId, is_open }],
      });
    const taken = async (t: Tenant, agentId: string) => {
      await t.agent(agentId);
      const { conversationId, handoverId } = await t.handOver();
      await t.accept((await t.offerTo(agentId, conversationId)).offer_id);
      return { conversationId, handoverId };
    };

    it('begins again, its age kept; not so with one who came back, nor with one who never had a stream', async () => {
      const t = system.tenant();
      const [gone, back, polls] = [await taken(t, 'gone'), await taken(t, 'back'), await taken(t, 'polls')];
      await report(t, 'gone', true);
      await report(t, 'back', true);
      await report(t, 'gone', false);
      await report(t, 'back', false);
      await report(t, 'back', true);
      const requeued = await waitFor(
        async () => {
          await report(t, 'back', true);
          return rowOf(t, gone.conversationId);
        },
        { what: 'what the gone agent had to be in the queue', ...AGES },
      );
      expect(requeued.handover_id).toBe(gone.handoverId);
      const log = await t.log('queue_item', gone.handoverId);
      expect(log.find(({ type }) => type === 'queue_item.requeued')?.data).toMatchObject({ cause: 'gone' });
      expect(log[0]?.data['enqueued_at']).toBe(requeued.enqueued_at);
      for (const kept of [back, polls])
        expect(await t.types('queue_item', kept.handoverId)).not.toContain('requeued');
      expect(await t.request(staffRequests.getAgent, { agent_id: 'gone' })).toMatchObject({
        status: 'ONLINE',
      });
    });

    it('begins again though an agent who went earlier can not be parted from', async () => {
      const t = system.tenant();
      const [stuck, gone] = [await taken(t, 'stuck'), await taken(t, 'gone')];
      let refused = 0;
      system.orchestrator.beforeAgentGone = (agentId) => {
        if (agentId !== 'stuck') return Promise.resolve();
        refused += 1;
        return Promise.reject(new Error('Poison'));
      };
      try {
        await report(t, 'stuck', false);
        await waitFor(
          async () => {
            await report(t, 'awake', true);
            return refused > 0;
          },
          { what: 'the first to be refused', ...AGES },
        );
        await report(t, 'gone', false);
        await waitFor(
          async () => {
            await report(t, 'awake', true);
            return rowOf(t, gone.conversationId);
          },
          { what: 'what the other one had to be in the queue', ...AGES },
        );
        expect(await rowOf(t, stuck.conversationId)).toBeUndefined();
      } finally {
        system.orchestrator.beforeAgentGone = () => Promise.resolve();
      }
      // Not forgotten: tried again until it can be done.
      await waitFor(
        async () => {
          await report(t, 'awake', true);
          return rowOf(t, stuck.conversationId);
        },
        { what: 'what the stuck agent had to be in the queue', ...AGES },
      );
    });
  });
});
