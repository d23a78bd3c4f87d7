import type { ConversationView, OfferView, Page } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { waitFor } from '@baton/testkit';

import { Api } from './api.js';

describe('one whole turn, with no model key', () => {
  let baton: RunningBaton;
  let api: Api;

  beforeAll(async () => {
    baton = await startBaton();
    api = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterAll(() => baton.stop());

  it('answers what the knowledge base knows, and is FINISHED', async () => {
    const { status, body } = await api.say('known', 'How long do I have to return an item?');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'COMPLETED', state: 'FINISHED', turn_number: 1, handover: null });
    expect(body.reply?.content).toMatch(/30 days/);
    expect(body.reply?.confidence).toBeGreaterThanOrEqual(0.6);
  });

  it('returns a greeting, every time, and hands nobody over for it', async () => {
    for (const greeting of ['hello', 'Hello!', 'hi']) {
      const { body } = await api.say('greeted', greeting);
      expect(body).toMatchObject({ state: 'FINISHED', handover: null });
      expect(body.reply?.content).toContain('Hello');
    }
  });

  it('hands over what it does not know, with the reason', async () => {
    const { body } = await api.say('unknown', 'Which school did your founder go to?');
    expect(body).toMatchObject({ status: 'COMPLETED', state: 'PENDING_HUMAN', reply: null });
    expect(['confidence_threshold', 'agent_decision']).toContain(body.handover?.reason);
    const view = await api.conversation('unknown');
    expect(view).toMatchObject({ is_hil: true, hil_reason: body.handover?.reason, owner: 'ai' });
    expect(view.handover_context?.last_messages.at(-1)?.content).toContain('founder');
  });

  it('goes to a person who is asked for, writes, gives back with guidance, and the AI uses it', async () => {
    const ana = await api.agent('ana', { skills: { billing: 3 } });
    const { body: turn } = await api.say('story', 'I want to talk to a person');
    expect(turn).toMatchObject({ state: 'PENDING_HUMAN', handover: { reason: 'explicit_request' } });

    const offer = await api.offer('ana', 'story');
    expect(offer.handover_context).toMatchObject({ reason: 'explicit_request' });
    const accepted = await ana.post(`/api/v1/offers/${offer.offer_id}/accept`);
    expect(accepted).toMatchObject({
      status: 200,
      body: { conversation_id: 'story', state: 'HUMAN_ACTIVE' },
    });
    expect(await api.conversation('story')).toMatchObject({
      state: 'HUMAN_ACTIVE',
      assigned_agent_id: 'ana',
      owner: 'ana',
    });

    const hello = await ana.post('/api/v1/hil/message', {
      conversation_id: 'story',
      message: 'Hello, this is Ana.',
      sender_type: 'human_agent',
    });
    expect(hello.status).toBe(202);
    const answer = await api.say('story', 'My speaker crackles');
    expect(answer.body).toMatchObject({ status: 'COMPLETED', state: 'HUMAN_ACTIVE', reply: null });

    await ana.post('/api/v1/hil/message', {
      conversation_id: 'story',
      message: 'I looked into it.',
      sender_type: 'human_agent',
    });
    const back = await ana.post('/api/v1/hil/resolve/story', {
      outcome: 'BACK_TO_AI',
      guidance: 'The crackling is cured by firmware 4.2. Tell the customer to install firmware 4.2.',
    });
    expect(back).toMatchObject({ status: 200, body: { state: 'BACK_TO_AI' } });

    const next = await api.say('story', 'How do I cure the crackling?');
    expect(next.body).toMatchObject({ state: 'FINISHED' });
    expect(next.body.reply?.content).toContain('firmware 4.2');

    const types = (await api.events('story')).map((event) => event.type);
    for (const type of [
      'started',
      'handed_over',
      'assigned',
      'human_message_sent',
      'returned_to_ai',
      'turn_completed',
    ])
      expect(types).toContain(`conversation.${type}`);
    expect((await api.messages('story')).map((message) => message.role)).toEqual([
      'user',
      'human_agent',
      'user',
      'human_agent',
      'user',
      'assistant',
    ]);
  });

  it('is resolved by its agent, and a later message is a new turn of the AI', async () => {
    const ben = await api.agent('ben', { skills: { onlyben: 5 } });
    await api.say('resolve-me', 'How long do I have to return an item?');
    await api.post('/api/v1/hil/handover/resolve-me', { required_skills: { onlyben: 5 } });
    const offer = await api.offer('ben', 'resolve-me');
    await ben.post(`/api/v1/offers/${offer.offer_id}/accept`);
    const resolved = await ben.post('/api/v1/hil/resolve/resolve-me', {
      outcome: 'RESOLVED',
      resolution: 'done',
    });
    expect(resolved.body).toEqual({ state: 'RESOLVED' });
    expect((await api.say('resolve-me', 'How long do I have to return an item?')).body.state).toBe(
      'FINISHED',
    );
  });

  it('gives the next person the note of the transfer and what was said since', async () => {
    const first = await api.agent('first', { skills: { onlyfirst: 5 } });
    const second = await api.agent('second', { skills: { onlysecond: 5 } });
    await api.say('transfer-me', 'How long do I have to return an item?');
    await api.post('/api/v1/hil/handover/transfer-me', {
      note: 'first note',
      required_skills: { onlyfirst: 5 },
    });
    const offer = await api.offer('first', 'transfer-me');
    await first.post(`/api/v1/offers/${offer.offer_id}/accept`);
    await first.post('/api/v1/hil/message', {
      conversation_id: 'transfer-me',
      message: 'I ask a colleague.',
      sender_type: 'human_agent',
    });
    const transferred = await first.post('/api/v1/hil/transfer/transfer-me', {
      required_skills: { onlysecond: 5 },
      note: 'Wants the manager of returns',
    });
    expect(transferred.status).toBe(202);
    const next = await api.offer('second', 'transfer-me');
    expect(next.handover_context).toMatchObject({
      note: 'Wants the manager of returns',
      required_skills: { onlysecond: 5 },
    });
    expect(next.handover_context?.last_messages.at(-1)?.content).toBe('I ask a colleague.');
    expect((await second.post(`/api/v1/offers/${next.offer_id}/accept`)).status).toBe(200);
  });

  it('lets the customer cancel the wait', async () => {
    await api.say('cancel-me', 'I want to talk to a human agent');
    expect((await api.post('/api/v1/hil/cancel-handover/cancel-me')).body).toMatchObject({
      state: 'BACK_TO_AI',
    });
    expect(await api.post('/api/v1/hil/cancel-handover/cancel-me')).toMatchObject({
      status: 409,
      body: { type: 'urn:baton:problem:invalid-transition', state: 'BACK_TO_AI' },
    });
    await waitFor(
      async () =>
        !(await api.get<Page<OfferView>>('/api/v1/offers')).body.items.some(
          (offer) => offer.conversation_id === 'cancel-me',
        ),
      { what: 'the offers to be withdrawn', timeoutMs: 30_000 },
    );
  });

  it('remembers each finished turn exactly once', async () => {
    await api.say('memory', 'How long do I have to return an item?');
    await api.say('memory', 'What payment methods do you accept?');
    let memories: { turn_number: number; kind: string }[] = [];
    await waitFor(
      async () => {
        const { body } = await api.get<{ memories: typeof memories }>('/api/v1/conversations/memory/memory');
        memories = body.memories.filter((memory) => memory.kind === 'turn');
        return memories.length >= 2;
      },
      { what: 'two memories', timeoutMs: 30_000 },
    );
    expect(memories.map((memory) => memory.turn_number).sort()).toEqual([1, 2]);
  });

  it('tells what it was at a version', async () => {
    await api.say('versions', 'How long do I have to return an item?');
    const now = await api.conversation('versions');
    const first = await api.get<ConversationView>('/api/v1/conversations/versions/state?version=1');
    expect(first.body).toMatchObject({ state: 'NEW', version: 1, turn_count: 0 });
    const last = await api.get<ConversationView>(
      `/api/v1/conversations/versions/state?version=${now.version}`,
    );
    expect(last.body).toEqual(now);
  });

  it('is gone for good once erased, and keeps the shape of its log', async () => {
    await api.say('erase-me', 'My name is Zanzibar. How long do I have to return an item?');
    expect((await api.call('DELETE', '/api/v1/conversations/erase-me')).status).toBe(204);
    for (const path of ['', '/messages', '/turns', '/events', '/state?version=1'])
      expect((await api.get(`/api/v1/conversations/erase-me${path}`)).status).toBe(410);
    expect((await api.say('erase-me', 'hello again')).status).toBe(410);
    await waitFor(
      async () => {
        const { body } = await api.get<Page<unknown>>(
          '/api/v1/memory/search?q=Zanzibar&conversation_id=erase-me',
        );
        return body.items.length === 0;
      },
      { what: 'the memories to be gone', timeoutMs: 60_000 },
    );
  });

  it('runs a workflow with no human and no conversation', async () => {
    const { status, body } = await api.post<{ status: string; sink: string; output: { intent: string } }>(
      '/api/v1/workflows/execute',
      { workflow_name: 'simple_intent_classification', input_data: { message: 'Where is my order 1001?' } },
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'COMPLETED', sink: 'FINISH', output: { intent: 'order_status' } });
  });
});
