import { logRequests, type RecordedEvent, staffRequests, SYSTEM_ACTOR } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { ENOUGH_WAITS } from '../estimate/estimate-wait.js';
import { QueueSystem } from '../testing/queue-system.fixture.js';

describe('the queue', () => {
  let system: QueueSystem;
  beforeAll(async () => (system = await QueueSystem.start()));
  afterAll(() => system.stop());

  const waiting = (t: ReturnType<QueueSystem['tenant']>, count: number) =>
    waitFor(
      async () => {
        const queue = await t.queue();
        return queue.length === count ? queue : undefined;
      },
      { what: `${count} items to wait` },
    );

  it('shows who waits in the order of priority and age, with place and estimate', async () => {
    const t = system.tenant();
    const wanted = ['LOW', 'NORMAL', 'URGENT', 'HIGH', 'NORMAL'] as const;
    for (const priority of wanted) await t.handOver({ priority });
    const queue = await waiting(t, 5);
    expect(queue.map((item) => item.priority)).toEqual(['URGENT', 'HIGH', 'NORMAL', 'NORMAL', 'LOW']);
    expect(queue.map((item) => item.position)).toEqual([1, 2, 3, 4, 5]);
    expect(queue.map((item) => item.estimated_wait_seconds)).toEqual([60, 120, 180, 240, 300]);
    expect(Date.parse(queue[2]?.enqueued_at ?? '')).toBeLessThan(Date.parse(queue[3]?.enqueued_at ?? ''));
    const page = await t.request(staffRequests.listQueue, { limit: 2 });
    const rest = await t.request(staffRequests.listQueue, { limit: 200, cursor: page.next_cursor as string });
    expect([...page.items, ...rest.items].map((item) => item.position)).toEqual([1, 2, 3, 4, 5]);
    expect(rest.next_cursor).toBeNull();
  });

  it('tells a handover its place, also when asked before the news of it has come', async () => {
    const t = system.tenant();
    await t.handOver();
    await waiting(t, 1);
    const publish = system.orchestrator.publish;
    let held: readonly RecordedEvent[] = [];
    system.orchestrator.publish = (events) => {
      held = events;
      return Promise.resolve();
    };
    const { handoverId } = await t.handOver();
    system.orchestrator.publish = publish;
    const asked = t.request(staffRequests.queuePosition, { handover_id: handoverId });
    await publish(held);
    expect(await asked).toEqual({
      position: 2,
      estimated_wait_seconds: 120,
      estimated_wait_p90_seconds: 360,
      estimate_basis: 'default',
    });
  });

  it('knows no place for what is with a person', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId, handoverId } = await t.handOver();
    await t.accept((await t.offerTo('ana', conversationId)).offer_id);
    expect(await t.request(staffRequests.queuePosition, { handover_id: handoverId })).toBeNull();
  });

  it('estimates by what really happened once it has seen enough', async () => {
    const t = system.tenant();
    await t.agent('ana', { max_concurrent: 1 });
    for (let index = 0; index < ENOUGH_WAITS; index += 1) {
      const { conversationId } = await t.handOver();
      await t.accept((await t.offerTo('ana', conversationId)).offer_id);
      await system.orchestrator.end(conversationId, 'returned_to_ai');
    }
    const { conversationId } = await t.handOver();
    await t.offerTo('ana', conversationId);
    await t.handOver();
    const seen = await waitFor(
      async () => (await waiting(t, 2))[1]?.estimate_basis !== 'default' && t.queue(),
      {
        what: 'the waits to be looked at anew',
        timeoutMs: 30_000,
      },
    );
    expect(seen[1]).toMatchObject({ estimate_basis: 'skills_and_priority', callback: false });
    expect(seen[1]?.estimated_wait_p90_seconds).toBeGreaterThanOrEqual(
      seen[1]?.estimated_wait_seconds ?? NaN,
    );
  });

  it('offers what waits to whoever comes online, in the order of the queue', async () => {
    const t = system.tenant();
    const low = await t.handOver({ priority: 'LOW' });
    const urgent = await t.handOver({ priority: 'URGENT' });
    await waiting(t, 2);
    await t.agent('ana', { max_concurrent: 1 });
    const { offer_id } = await t.offerTo('ana', urgent.conversationId);
    await t.accept(offer_id);
    expect(await t.offers()).toEqual([]);
    await system.orchestrator.end(urgent.conversationId, 'returned_to_ai');
    await t.offerTo('ana', low.conversationId);
  });

  it('does not let a newcomer have a slot that somebody before it could have', async () => {
    const t = system.tenant();
    await t.agent('ana', { skills: { tax: 1 }, max_concurrent: 1 });
    const busy = await t.handOver({ required_skills: { tax: 1 } });
    await t.offerTo('ana', busy.conversationId);
    const first = await t.handOver();
    await waiting(t, 2);
    await system.orchestrator.end(busy.conversationId, 'handover_cancelled');
    await t.handOver();
    await t.offerTo('ana', first.conversationId);
  });

  it('relaxes what it asks for step by step, and shows it', async () => {
    const t = system.tenant();
    await t.agent('ana', { skills: { billing: 1 } });
    const { conversationId, handoverId } = await t.handOver({
      required_skills: { billing: 3 },
      routing: {
        relax: [
          { after_ms: 300, levels: -1 },
          { after_ms: 600, levels: -1 },
        ],
      },
    });
    expect(await waiting(t, 1)).toMatchObject([{ required_skills: { billing: 3 }, relaxed_steps: 0 }]);
    await t.offerTo('ana', conversationId);
    expect(await t.queue()).toMatchObject([{ required_skills: { billing: 1 }, relaxed_steps: 2 }]);
    expect(await t.types('queue_item', handoverId)).toEqual([
      'enqueued',
      'relaxed',
      'relaxed',
      'offer_created',
    ]);
  });

  it('says once when an SLA is nearly up, and when it is breached', async () => {
    const t = system.tenant();
    const { handoverId } = await t.handOver({ routing: { sla: { first_response_ms: 100, warn_at: 0.8 } } });
    await waitFor(async () => (await t.types('queue_item', handoverId)).includes('sla_breached'), {
      what: 'the breach',
    });
    expect(await t.types('queue_item', handoverId)).toEqual(['enqueued', 'sla_warned', 'sla_breached']);
    expect(await t.queue()).toMatchObject([{ sla_warned: true, sla_breached: true }]);
  });

  it('gives its log, sealed, to those who follow it', async () => {
    const t = system.tenant();
    const { conversationId, handoverId } = await t.handOver();
    await waiting(t, 1);
    const one = await t.request(logRequests.queueManager, {
      stream: { stream_type: 'queue_item', stream_id: handoverId, after_version: 0 },
    });
    expect(one.events).toMatchObject([
      {
        type: 'queue_item.enqueued',
        version: 1,
        data: { handover_context: { $sealed: `conversation/${conversationId}.AAAA` } },
      },
    ]);
    const all = await system.bus.request(
      logRequests.queueManager,
      { tenant_id: '*', actor: SYSTEM_ACTOR, request_id: 'req_1' },
      { log: { stream_types: ['queue_item'], after: null }, limit: 1000 },
    );
    expect(all.events.map((event) => event.stream_id)).toContain(handoverId);
  });
});
