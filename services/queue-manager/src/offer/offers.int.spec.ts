import { conversationRequests, SYSTEM_ACTOR, staffRequests } from '@baton/contracts';
import { newId } from '@baton/service';
import { waitFor } from '@baton/testkit';

import { ROUTING } from '../testing/queue.fixture.js';
import { as, QueueSystem } from '../testing/queue-system.fixture.js';

const QUICK = { offer: { ...ROUTING.offer, timeout_ms: 300 } };

describe('offers', () => {
  let system: QueueSystem;
  beforeAll(async () => (system = await QueueSystem.start()));
  afterAll(() => system.stop());

  it('are made to the agent who has the skills, with the context sealed as it came', async () => {
    const t = system.tenant();
    await t.agent('ana', { skills: { billing: 4 } });
    await t.agent('bob', { skills: { tax: 5 } });
    const { conversationId, handoverId } = await t.handOver({ required_skills: { billing: 2 } });
    const offer = await t.offerTo('ana', conversationId);
    expect(offer).toMatchObject({
      agent_id: 'ana',
      handover_id: handoverId,
      handover_context: { $sealed: `conversation/${conversationId}.AAAA` },
    });
    expect(Date.parse(offer.expires_at) - Date.parse(offer.created_at)).toBe(30_000);
    expect(await t.offers('bob')).toEqual([]);
    expect(await t.look('ana')).toMatchObject({ active_count: 1 });
    expect(await t.queue()).toMatchObject([
      { conversation_id: conversationId, offered_to: ['ana'], position: 1 },
    ]);
  });

  it('make the conversation theirs when they accept', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId, handoverId } = await t.handOver();
    const { offer_id } = await t.offerTo('ana', conversationId);
    expect(await t.accept(offer_id, as('ana'))).toEqual({
      result: { conversation_id: conversationId, state: 'HUMAN_ACTIVE' },
      replayed: false,
    });
    expect(system.orchestrator.get(conversationId)).toMatchObject({ state: 'HUMAN_ACTIVE', agent_id: 'ana' });
    expect(await t.types('queue_item', handoverId)).toEqual([
      'enqueued',
      'offer_created',
      'offer_accepted',
      'assigned',
    ]);
    expect(await t.queue()).toEqual([]);
    expect(await t.offers()).toEqual([]);
    expect(await t.look('ana')).toMatchObject({ active_count: 1 });
  });

  it('are had by one of two who accept at once', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId, handoverId } = await t.handOver();
    const { offer_id } = await t.offerTo('ana', conversationId);
    const results = await Promise.allSettled([t.accept(offer_id, as('ana')), t.accept(offer_id)]);
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    const refused = results.find((result) => result.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'offer-gone' });
    expect((await t.types('queue_item', handoverId)).filter((type) => type === 'assigned')).toHaveLength(1);
  });

  it('to several at once are had by the first, and withdrawn from the rest', async () => {
    const t = system.tenant();
    await t.agent('ana');
    await t.agent('bob');
    const { conversationId, handoverId } = await t.handOver({
      routing: { offer: { ...ROUTING.offer, parallel: 2 } },
    });
    const offers = [await t.offerTo('ana', conversationId), await t.offerTo('bob', conversationId)];
    const results = await Promise.allSettled(
      offers.map((offer) => t.accept(offer.offer_id, as(offer.agent_id))),
    );
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await t.offers()).toEqual([]);
    const { agent_id: owner } = system.orchestrator.get(conversationId);
    for (const { agent_id } of offers) {
      expect(await t.look(agent_id)).toMatchObject({ active_count: agent_id === owner ? 1 : 0 });
    }
    expect((await t.types('queue_item', handoverId)).slice(-3)).toEqual([
      'offer_accepted',
      'offer_withdrawn',
      'assigned',
    ]);
  });

  it('are answered by their agent, a supervisor or a key, and by nobody else', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId } = await t.handOver();
    const { offer_id } = await t.offerTo('ana', conversationId);
    await expect(t.accept(offer_id, as('bob'))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(t.decline(offer_id, as('bob', 'senior'))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(t.request(staffRequests.getOffer, { offer_id }, { actor: as('bob') })).rejects.toMatchObject(
      {
        code: 'forbidden',
      },
    );
    await expect(t.accept(offer_id, as('sue', 'supervisor'))).resolves.toMatchObject({ replayed: false });
    expect(system.orchestrator.get(conversationId).agent_id).toBe('ana');
  });

  it('of another tenant are not there', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId } = await t.handOver();
    const { offer_id } = await t.offerTo('ana', conversationId);
    await expect(system.tenant().accept(offer_id)).rejects.toMatchObject({ code: 'not-found' });
    await expect(t.accept('offer_\0')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('are gone once they ran out, and the next agent is asked', async () => {
    const t = system.tenant();
    await t.agent('ana', { skills: { billing: 5 } });
    await t.agent('bob', { skills: { billing: 1 } });
    const { conversationId, handoverId } = await t.handOver({
      required_skills: { billing: 1 },
      routing: QUICK,
    });
    const { offer_id } = await t.offerTo('ana', conversationId);
    const next = await t.offerTo('bob', conversationId);
    await expect(t.accept(offer_id, as('ana'))).rejects.toMatchObject({ code: 'offer-gone' });
    expect(next.agent_id).toBe('bob');
    expect(await t.types('queue_item', handoverId)).toContain('offer_timed_out');
    expect(await t.look('ana')).toMatchObject({ active_count: 0, status: 'ONLINE' });
  });

  it('that are declined go to the next agent, and not back to the decliner at once', async () => {
    const t = system.tenant();
    await t.agent('ana', { skills: { billing: 5 } });
    await t.agent('bob', { skills: { billing: 1 } });
    const { conversationId, handoverId } = await t.handOver({ required_skills: { billing: 1 } });
    const first = await t.offerTo('ana', conversationId);
    expect(await t.decline(first.offer_id, as('ana'))).toEqual({
      result: { offer_id: first.offer_id },
      replayed: false,
    });
    const second = await t.offerTo('bob', conversationId);
    await t.decline(second.offer_id, as('bob'));
    await expect(t.decline(second.offer_id, as('bob'))).rejects.toMatchObject({ code: 'offer-gone' });
    expect(await t.queue()).toMatchObject([{ handover_id: handoverId, offered_to: [] }]);
    const declined = (await t.log('queue_item', handoverId)).filter(
      ({ type }) => type === 'queue_item.offer_declined',
    );
    expect(declined.map(({ data, metadata }) => [data['reason'], metadata.actor.id])).toEqual([
      ['Busy', 'ana'],
      ['Busy', 'bob'],
    ]);
  });

  it('set their agent AWAY after three missed in a row, and end with that', async () => {
    const t = system.tenant();
    await t.agent('ana', { max_concurrent: 5 });
    const long = await t.handOver();
    await t.offerTo('ana', long.conversationId);
    await Promise.all([1, 2, 3].map(() => t.handOver({ routing: QUICK })));
    await waitFor(async () => (await t.look('ana')).status === 'AWAY', { what: 'ana to be away' });
    expect(await t.look('ana')).toMatchObject({ active_count: 0 });
    expect(await t.offers('ana')).toEqual([]);
    expect((await t.types('queue_item', long.handoverId)).at(-1)).toBe('offer_withdrawn');
    expect((await t.log('human_agent', 'ana')).some(({ data }) => data['cause'] === 'missed_offers')).toBe(
      true,
    );
    await t.presence('ana', 'ONLINE');
    await t.offerTo('ana', long.conversationId);
  });

  it('are withdrawn from an agent who leaves, and made to whoever comes', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId } = await t.handOver();
    await t.offerTo('ana', conversationId);
    await t.presence('ana', 'OFFLINE');
    expect(await t.offers()).toEqual([]);
    expect(await t.look('ana')).toMatchObject({ active_count: 0, status: 'OFFLINE' });
    await t.agent('bob');
    await t.offerTo('bob', conversationId);
  });

  it('are accepted by themselves where the workflow says so', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId, handoverId } = await t.handOver({
      routing: { offer: { ...ROUTING.offer, mode: 'auto_accept' } },
    });
    await waitFor(() => system.orchestrator.get(conversationId).state === 'HUMAN_ACTIVE', {
      what: 'ana to have it',
    });
    await waitFor(async () => (await t.types('queue_item', handoverId)).includes('assigned'), {
      what: 'it to be known',
    });
    expect(await t.look('ana')).toMatchObject({ active_count: 1 });
  });

  it('are withdrawn where the conversation has moved on', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId, handoverId } = await t.handOver();
    const { offer_id } = await t.offerTo('ana', conversationId);
    const publish = system.orchestrator.publish;
    let held: () => Promise<void> = () => Promise.resolve();
    system.orchestrator.publish = (events) => {
      held = () => publish(events);
      return Promise.resolve();
    };
    await system.orchestrator.end(conversationId, 'returned_to_ai');
    system.orchestrator.publish = publish;
    await expect(t.accept(offer_id, as('ana'))).rejects.toMatchObject({ code: 'offer-gone' });
    expect(await t.look('ana')).toMatchObject({ active_count: 0 });
    expect(await t.offers()).toEqual([]);
    await held();
    await waitFor(async () => (await t.types('queue_item', handoverId)).at(-1) === 'closed', {
      what: 'it to be closed',
    });
  });

  it('give the same answer to the same key, also when the offer is long gone', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId } = await t.handOver();
    const { offer_id } = await t.offerTo('ana', conversationId);
    const accept = (body: string) =>
      t.request(staffRequests.acceptOffer, { offer_id }, { actor: as('ana'), key: { key: 'k1', body } });
    const answers = await Promise.all([accept('a'), accept('a'), accept('a')]);
    expect(answers.map((answer) => answer.replayed).sort()).toEqual([false, true, true]);
    for (const { result } of answers) {
      expect(result).toEqual({ conversation_id: conversationId, state: 'HUMAN_ACTIVE' });
    }
    await expect(accept('b')).rejects.toMatchObject({ code: 'idempotency-key-reused' });
  });
});

describe('an acceptance that died between the conversation and the queue', () => {
  let system: QueueSystem;
  beforeAll(async () => (system = await QueueSystem.start()));
  afterAll(() => system.stop());

  const acceptAndDie = (conversation_id: string, handover_id: string, offer_id: string, tenant_id: string) =>
    system.bus.request(
      conversationRequests.acceptHandover,
      { tenant_id, actor: SYSTEM_ACTOR, request_id: newId('req') },
      { conversation_id, handover_id, offer_id, agent_id: 'ana' },
    );

  it('is finished by the news of it', async () => {
    const t = system.tenant();
    await t.agent('ana', { max_concurrent: 1 });
    const { conversationId, handoverId } = await t.handOver();
    const { offer_id } = await t.offerTo('ana', conversationId);
    await acceptAndDie(conversationId, handoverId, offer_id, t.id);
    await waitFor(async () => (await t.types('queue_item', handoverId)).includes('assigned'), {
      what: 'it to be known',
    });
    expect(await t.types('queue_item', handoverId)).toEqual([
      'enqueued',
      'offer_created',
      'offer_accepted',
      'assigned',
    ]);
    expect(await t.look('ana')).toMatchObject({ active_count: 1 });
    // Whoever was left without an answer asks again, and is told.
    expect(await t.accept(offer_id, as('ana'))).toMatchObject({ result: { state: 'HUMAN_ACTIVE' } });
    expect(await t.types('queue_item', handoverId)).toHaveLength(4);
  });

  it('is not taken for missed when the offer runs out before the news comes', async () => {
    const t = system.tenant();
    await t.agent('ana', { max_concurrent: 1 });
    const { conversationId, handoverId } = await t.handOver({ routing: QUICK });
    const { offer_id } = await t.offerTo('ana', conversationId);
    const publish = system.orchestrator.publish;
    system.orchestrator.publish = () => Promise.resolve();
    await acceptAndDie(conversationId, handoverId, offer_id, t.id);
    system.orchestrator.publish = publish;
    await waitFor(async () => (await t.types('queue_item', handoverId)).length > 2, {
      what: 'the offer to end',
    });
    expect(await t.types('queue_item', handoverId)).toEqual([
      'enqueued',
      'offer_created',
      'offer_accepted',
      'assigned',
    ]);
    const other = await t.handOver();
    await waitFor(async () => (await t.queue()).length === 1, { what: 'the other to wait' });
    expect(await t.queue()).toMatchObject([{ conversation_id: other.conversationId, offered_to: [] }]);
  });
});
