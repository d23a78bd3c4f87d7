import type { RecordedEvent } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { QueueSystem } from '../testing/queue-system.fixture.js';

describe('what happens to a conversation', () => {
  let system: QueueSystem;
  beforeAll(async () => (system = await QueueSystem.start()));
  afterAll(() => system.stop());

  const owned = async () => {
    const t = system.tenant();
    await t.agent('ana', { skills: { billing: 3 } });
    const { conversationId, handoverId } = await t.handOver({ required_skills: { billing: 1 } });
    await t.accept((await t.offerTo('ana', conversationId)).offer_id);
    return { t, conversationId, handoverId };
  };
  const until = (what: string, condition: () => Promise<boolean>) => waitFor(condition, { what });

  it('is followed when it is released: it waits again, as old as it is, and its agent is free', async () => {
    const { t, conversationId, handoverId } = await owned();
    const { enqueued_at } = (await t.log('queue_item', handoverId))[0]?.data as { enqueued_at: string };
    await system.orchestrator.release(conversationId);
    await until('it to wait', async () => (await t.queue()).length === 1);
    expect(await t.queue()).toMatchObject([{ enqueued_at, offered_to: [] }]);
    expect(await t.look('ana')).toMatchObject({ active_count: 0 });
    await t.agent('bob', { skills: { billing: 1 } });
    await t.offerTo('bob', conversationId);
  });

  it('is followed when it is transferred: the named agent is asked first, whatever their skills', async () => {
    const { t, conversationId } = await owned();
    await t.agent('bob', { skills: { billing: 5 } });
    await t.agent('cem');
    await system.orchestrator.transfer(conversationId, { agentId: 'cem', skills: { billing: 1 } });
    const offer = await t.offerTo('cem', conversationId);
    await t.decline(offer.offer_id);
    await t.offerTo('bob', conversationId);
  });

  it('is followed when it is transferred to other skills', async () => {
    const { t, conversationId } = await owned();
    await t.agent('bob', { skills: { tax: 2 } });
    await system.orchestrator.transfer(conversationId, { skills: { tax: 2 } });
    await t.offerTo('bob', conversationId);
  });

  it("is followed when a supervisor takes it: nobody else's offer stays, and nobody else is asked", async () => {
    const t = system.tenant();
    await t.agent('ana');
    await t.agent('sue');
    const { conversationId, handoverId } = await t.handOver();
    const [asked] = await waitFor(async () => (await t.offers()).length > 0 && t.offers(), {
      what: 'an offer',
    });
    await system.orchestrator.assign(conversationId, 'sue');
    await until('it to be known', async () => (await t.types('queue_item', handoverId)).includes('assigned'));
    expect(await t.offers()).toEqual([]);
    expect(await t.look('sue')).toMatchObject({ active_count: 1 });
    expect(await t.look('ana')).toMatchObject({ active_count: 0 });
    await expect(t.accept(asked?.offer_id ?? '')).rejects.toMatchObject({ code: 'offer-gone' });
    // From one to another is a release and an assignment in one append: no third person is asked in between.
    await Promise.all([
      system.orchestrator.release(conversationId),
      system.orchestrator.assign(conversationId, 'ana'),
    ]);
    await until('ana to have it', async () => (await t.look('ana')).active_count === 1);
    expect(await t.types('queue_item', handoverId)).toEqual([
      'enqueued',
      'offer_created',
      'offer_withdrawn',
      'assigned',
      'requeued',
      'assigned',
    ]);
    expect(await t.look('sue')).toMatchObject({ active_count: 0 });
  });

  it('makes room where a supervisor gives more than there is room for', async () => {
    const t = system.tenant();
    await t.agent('ana', { max_concurrent: 1 });
    const offered = await t.handOver();
    await t.offerTo('ana', offered.conversationId);
    const given = await t.handOver({ reason: 'staff' });
    await system.orchestrator.assign(given.conversationId, 'ana');
    await until('it to be known', async () =>
      (await t.types('queue_item', given.handoverId)).includes('assigned'),
    );
    expect(await t.look('ana')).toMatchObject({ active_count: 1 });
    expect((await t.types('queue_item', offered.handoverId)).at(-1)).toBe('offer_withdrawn');
    expect(await t.queue()).toMatchObject([{ handover_id: offered.handoverId, offered_to: [] }]);
  });

  it.each([
    ['resolved', 'resolved'],
    ['returned_to_ai', 'conversation_moved_on'],
    ['handover_cancelled', 'cancelled'],
    ['erased', 'cancelled'],
  ] as const)('is followed when it is %s while it is offered', async (how, cause) => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId, handoverId } = await t.handOver();
    await t.offerTo('ana', conversationId);
    await system.orchestrator.end(conversationId, how);
    await until('it to be closed', async () => (await t.types('queue_item', handoverId)).includes('closed'));
    expect((await t.log('queue_item', handoverId)).at(-2)?.data).toMatchObject({ cause });
    expect(await t.offers()).toEqual([]);
    expect(await t.queue()).toEqual([]);
    expect(await t.look('ana')).toMatchObject({ active_count: 0 });
  });

  it('is followed when it is handed over again: only the newest handover waits', async () => {
    const t = system.tenant();
    const first = await t.handOver();
    const second = await t.handOver({}, first.conversationId);
    await until('the first to close', async () =>
      (await t.types('queue_item', first.handoverId)).includes('closed'),
    );
    expect(await t.queue()).toMatchObject([{ handover_id: second.handoverId }]);
  });

  it('counts once and in its order, however often and in whatever order the bus tells it', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const publish = system.orchestrator.publish;
    const held: RecordedEvent[] = [];
    system.orchestrator.publish = (events) => {
      held.push(...events);
      return Promise.resolve();
    };
    const { conversationId, handoverId } = await t.handOver({ reason: 'staff' });
    await system.orchestrator.assign(conversationId, 'ana');
    await system.orchestrator.release(conversationId);
    await system.orchestrator.assign(conversationId, 'ana');
    system.orchestrator.publish = publish;
    // The bus drops repeats of an id by itself: other ids make it tell everything twice, the last first.
    const again = held.map((event) => ({ ...event, event_id: `${event.event_id}_again` }));
    await publish([...held].reverse());
    await publish(again);
    await until('all of it to be known', async () => (await t.types('queue_item', handoverId)).length >= 4);
    await publish(again.map((event) => ({ ...event, event_id: `${event.event_id}_and_again` })));
    const marker = await t.handOver();
    await until(
      'what was published to be handled',
      async () => (await t.types('queue_item', marker.handoverId)).length > 0,
    );
    expect(await t.types('queue_item', handoverId)).toEqual(['enqueued', 'assigned', 'requeued', 'assigned']);
  });

  it('is caught up on from the log where the bus lost the news', async () => {
    const t = system.tenant();
    const publish = system.orchestrator.publish;
    system.orchestrator.publish = () => Promise.resolve();
    const { conversationId, handoverId } = await t.handOver();
    system.orchestrator.publish = publish;
    await system.orchestrator.end(conversationId, 'handover_cancelled');
    await until('both to be known', async () => (await t.types('queue_item', handoverId)).includes('closed'));
    expect(await t.types('queue_item', handoverId)).toEqual(['enqueued', 'closed']);
  });

  it('leaves nothing of what the customer said in the tables once it is over', async () => {
    const { t, conversationId } = await owned();
    await system.orchestrator.end(conversationId, 'erased');
    await until('it to be closed', async () => (await t.look('ana')).active_count === 0);
    const { rows } = await system.sql.query<{ n: string }>(
      `SELECT count(*) AS n FROM queue_manager.offers WHERE tenant_id = $1 AND handover_context IS NOT NULL`,
      [t.id],
    );
    expect(Number(rows[0]?.n)).toBe(0);
  });
});
