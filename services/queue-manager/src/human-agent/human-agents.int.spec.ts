import { staffRequests } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { as, QueueSystem } from '../testing/queue-system.fixture.js';

describe('human agents', () => {
  let system: QueueSystem;
  beforeAll(async () => (system = await QueueSystem.start({ BATON_WRAP_UP_SECONDS: '1' })));
  afterAll(() => system.stop());

  it('are registered once, with what is left out filled in', async () => {
    const t = system.tenant();
    const register = (skills: Record<string, number>) =>
      t.request(staffRequests.registerAgent, { agent_id: 'ana', name: 'Ana', skills });
    const { result } = await register({ billing: 4 });
    expect(result).toMatchObject({
      agent_id: 'ana',
      email: null,
      role: 'agent',
      max_concurrent: 3,
      status: 'OFFLINE',
      active_count: 0,
    });
    expect(await register({ billing: 4 })).toEqual({ result, replayed: false });
    await expect(register({ billing: 5 })).rejects.toMatchObject({ code: 'conflict' });
    expect(await t.look('ana')).toEqual(result);
  });

  it('get an id where they bring none, the same for the same key', async () => {
    const t = system.tenant();
    const register = () =>
      t.request(staffRequests.registerAgent, { name: 'Ana' }, { key: { key: 'k', body: 'h' } });
    const [first, second] = [await register(), await register()];
    expect(first.result.agent_id).toMatch(/^agent_[0-9a-f-]{36}$/);
    expect(second).toEqual({ result: first.result, replayed: true });
    expect((await t.request(staffRequests.listAgents, {})).items).toHaveLength(1);
  });

  it('are listed in pages, oldest first, each once', async () => {
    const t = system.tenant();
    for (const id of ['cem', 'ana', 'bob']) await t.agent(id, { online: false });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { items: readonly { agent_id: string }[]; next_cursor: string | null } = await t.request(
        staffRequests.listAgents,
        { limit: 2, ...(cursor !== null && { cursor }) },
      );
      seen.push(...page.items.map((agent) => agent.agent_id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(['cem', 'ana', 'bob']);
    await expect(t.request(staffRequests.listAgents, { cursor: 'bm9wZQ' })).rejects.toMatchObject({
      code: 'validation-failed',
    });
  });

  it('are changed in what is named, and their new skills are used', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const { conversationId } = await t.handOver({ required_skills: { tax: 2 } });
    await waitFor(async () => (await t.queue()).length === 1, { what: 'the item to wait' });
    const changed = await t.request(staffRequests.updateAgent, { agent_id: 'ana', skills: { tax: 3 } });
    expect(changed).toMatchObject({ name: 'ana', skills: { tax: 3 }, status: 'ONLINE' });
    await t.offerTo('ana', conversationId);
  });

  it('that nobody knows are not found', async () => {
    const t = system.tenant();
    await expect(t.look('nobody')).rejects.toMatchObject({ code: 'not-found' });
    await expect(t.presence('nobody', 'ONLINE')).rejects.toMatchObject({ code: 'not-found' });
    await t.agent('ana');
    await expect(system.tenant().look('ana')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('say for themselves whether they are there', async () => {
    const t = system.tenant();
    await t.agent('ana');
    const put = (actor: ReturnType<typeof as>) =>
      t.request(staffRequests.setPresence, { agent_id: 'ana', status: 'AWAY' }, { actor });
    await expect(put(as('bob'))).rejects.toMatchObject({ code: 'forbidden' });
    expect(await put(as('ana'))).toMatchObject({ status: 'AWAY' });
  });
});

describe('wrap-up', () => {
  let system: QueueSystem;
  beforeAll(async () => (system = await QueueSystem.start({ BATON_WRAP_UP_SECONDS: '1' })));
  afterAll(() => system.stop());

  const handled = async (how: 'resolved' | 'returned_to_ai') => {
    const t = system.tenant();
    await t.agent('ana', { max_concurrent: 1 });
    const { conversationId } = await t.handOver();
    await t.accept((await t.offerTo('ana', conversationId)).offer_id);
    const next = await t.handOver();
    await system.orchestrator.end(conversationId, how);
    return { t, conversationId, next };
  };
  const wrapUp = (t: ReturnType<QueueSystem['tenant']>, conversation_id: string, actor = as('ana')) =>
    t.request(staffRequests.wrapUp, { conversation_id }, { actor });

  it('holds the slot of what was resolved until it is done', async () => {
    const { t, conversationId, next } = await handled('resolved');
    expect(await wrapUp(t, conversationId)).toEqual({
      result: { conversation_id: conversationId },
      replayed: false,
    });
    await t.offerTo('ana', next.conversationId);
    expect(await t.types('human_agent', 'ana')).toEqual(expect.arrayContaining(['wrap_up_started']));
    await expect(wrapUp(t, conversationId)).resolves.toMatchObject({ replayed: false });
  });

  it('ends by itself when its agent forgets', async () => {
    const { t, next } = await handled('resolved');
    await waitFor(async () => (await t.types('human_agent', 'ana')).includes('wrap_up_started'), {
      what: 'the wrap-up',
    });
    expect(await t.look('ana')).toMatchObject({ active_count: 1 });
    expect(await t.offers('ana')).toEqual([]);
    await t.offerTo('ana', next.conversationId);
  });

  it('is not needed for what goes back to the AI', async () => {
    const { t, next } = await handled('returned_to_ai');
    await t.offerTo('ana', next.conversationId);
    expect(await t.types('human_agent', 'ana')).not.toContain('wrap_up_started');
  });

  it('is for the agent who had the conversation, once it is resolved', async () => {
    const { t, conversationId, next } = await handled('resolved');
    await expect(wrapUp(t, conversationId, as('bob'))).rejects.toMatchObject({ code: 'forbidden' });
    await expect(wrapUp(t, 'conv_nobody')).rejects.toMatchObject({ code: 'not-found' });
    await waitFor(async () => (await t.queue()).length === 1, { what: 'the next to wait' });
    await expect(wrapUp(t, next.conversationId)).rejects.toMatchObject({
      code: 'invalid-transition',
      details: { state: 'PENDING_HUMAN' },
    });
  });
});
