import type { EventView, MessageView, OfferView, Page, QueueItemView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { modelSteps, ModelServer, waitFor } from '@baton/testkit';

import { Api } from './api.js';
import { type Listener, listenTo, staffSocket } from './listeners.js';

const { paced, say } = modelSteps;
const LONG = { timeoutMs: 60_000 };

/** One agent that answers; its hil_config is a test's own. */
const workflow = (name: string, hil: string, confidence = '1'): string => `
name: ${name}
nodes:
  answer: { type: agent, agent: simple, model: smart, prompt: "{{ input.message }}", timeout: 60s }
  done: { type: sink, sink: FINISH, needs: [answer], reply: "{{ nodes.answer.text }}", confidence: ${confidence} }
hil_config: ${hil}
conversation: { debounce: { quiet: 50ms }, dedup: { last: 0 } }
`;
/** Open for one minute, the day before yesterday: never now, and again within the week. */
const closed = (): string => {
  const day = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'UTC' }).format(
    Date.now() - 2 * 86_400_000,
  );
  return `opening_hours: { timezone: UTC, ${day.toLowerCase()}: 09:00-09:01 }`;
};

describe('whose conversation it is, through the gateway', () => {
  let server: ModelServer;
  let baton: RunningBaton;
  let api: Api;
  let sue: Api;
  const open: Listener[] = [];

  beforeAll(async () => {
    server = await ModelServer.start();
    server.respond(({ lastUser }) => say(`You said: ${lastUser}`));
    baton = await startBaton({
      env: {
        OPENAI_BASE_URL: server.openAiUrl,
        OPENAI_API_KEY: 'test-key',
        BATON_MODEL_FAST: 'openai/test-model',
        BATON_MODEL_SMART: 'openai/test-model',
        BATON_AGENT_GONE_SECONDS: '8',
        BATON_WRAP_UP_SECONDS: '3600',
      },
    });
    api = new Api(baton.url, baton.apiKey);
    sue = await api.agent('sue', { role: 'supervisor', skills: { nothing: 1 } });
    const put = async (name: string, hil: string, confidence?: string) => {
      const { status, body } = await api.call(
        'PUT',
        `/api/v1/workflows/${name}`,
        workflow(name, hil, confidence),
        {
          'content-type': 'application/yaml',
        },
      );
      if (status !== 200) throw new Error(`${name}: ${JSON.stringify(body)}`);
    };
    const unsure =
      'handover_triggers: [confidence_threshold], routing_rules: [{ required_skills: { unsure: 1 } }]';
    await Promise.all([
      put('plain', '{}'),
      put('impatient', '{ silent_after: 1s }'),
      put('fleeting', '{ abandoned_after: 1s }'),
      put('closed_wait', `{ ${closed()} }`),
      put('unsure_stays', `{ ${unsure}, no_agent_available: stay_with_ai }`, '0.3'),
      put('calls_back', '{ no_agent_available: callback }'),
      put('unsure', `{ ${unsure} }`, '0.3'),
    ]);
  }, 120_000);
  afterEach(async () => {
    for (const each of open.splice(0)) await each.stop();
    server.respond(({ lastUser }) => say(`You said: ${lastUser}`));
  });
  afterAll(async () => {
    await baton?.stop();
    await server?.stop();
  });

  const customerToken = async (id: string): Promise<Api> =>
    api.as((await api.post<{ token: string }>(`/api/v1/conversations/${id}/token`)).body.token);
  const listen = async (as: Api, id: string): Promise<Listener> => {
    const listener = await listenTo(as, id);
    open.push(listener);
    return listener;
  };
  const socket = async (as: Api): Promise<Listener> => {
    const one = await staffSocket(as);
    open.push(one);
    return one;
  };
  /** A conversation that has begun, with a first answer of the AI. */
  const begun = async (id: string, workflow_name: string): Promise<void> => {
    const { body } = await api.say(id, 'Good morning', { body: { workflow_name } });
    expect(body.state).toBe('FINISHED');
  };
  const askFor = (id: string, skill: string) =>
    api.post<{ handover_id: string; queue: { position: number; estimated_wait_p90_seconds: number } }>(
      `/api/v1/hil/handover/${id}`,
      { required_skills: { [skill]: 1 } },
    );
  const accept = async (agent: Api, agentId: string, id: string): Promise<OfferView> => {
    const offer = await api.offer(agentId, id, 60_000);
    expect((await agent.post(`/api/v1/offers/${offer.offer_id}/accept`)).status).toBe(200);
    return offer;
  };
  const write = (agent: Api, id: string, message: string) =>
    agent.post('/api/v1/hil/message', { conversation_id: id, message, sender_type: 'human_agent' });
  const eventOf = async (id: string, type: string): Promise<EventView> =>
    waitFor(async () => (await api.events(id)).findLast((event) => event.type === `conversation.${type}`), {
      what: `${type} of ${id}`,
      ...LONG,
    });
  /** Over for good: nothing of it moves the queue under a later test. */
  const end = async (id: string): Promise<void> => {
    expect((await api.post(`/api/v1/hil/resolve/${id}`, { outcome: 'RESOLVED' })).status).toBe(200);
  };
  const noticesOf = async (id: string): Promise<MessageView[]> =>
    (await api.messages(id)).filter(({ role }) => role === 'system');
  const inQueue = async (id: string): Promise<QueueItemView | undefined> =>
    (await api.get<Page<QueueItemView>>('/api/v1/queue?limit=200')).body.items.find(
      (item) => item.conversation_id === id,
    );

  it('goes to another by transfer, with the note and its age, and the first writes no more', async () => {
    const ana = await api.agent('ana', { skills: { move: 1 } });
    const ben = await api.agent('ben', { skills: { tax: 1 } });
    await begun('moved', 'plain');
    const asked = await askFor('moved', 'move');
    expect(asked).toMatchObject({ status: 202, body: { queue: { position: expect.any(Number) } } });
    expect(asked.body.queue.estimated_wait_p90_seconds).toBeGreaterThanOrEqual(0);
    await accept(ana, 'ana', 'moved');
    await write(ana, 'moved', 'I will ask our tax people.');
    const note = 'Wants the tax form';
    const moved = await ana.post('/api/v1/hil/transfer/moved', { required_skills: { tax: 1 }, note });
    expect(moved).toMatchObject({ status: 202, body: { state: 'PENDING_HUMAN' } });
    const offer = await accept(ben, 'ben', 'moved');
    expect(offer.handover_context).toMatchObject({ note });
    expect(offer.handover_context?.last_messages.at(-1)?.content).toBe('I will ask our tax people.');
    expect((await write(ana, 'moved', 'Me again')).status).toBe(403);
    const back = await ben.post('/api/v1/hil/transfer/moved', {
      to_agent_id: 'ana',
      note: 'Yours after all',
    });
    expect(back.status).toBe(202);
    await accept(ana, 'ana', 'moved');
    expect(await api.conversation('moved')).toMatchObject({ owner: 'ana', owner_epoch: 6 });
  });

  it('leaves an agent who is silent: they are told, and another takes up what was not answered', async () => {
    const cem = await api.agent('cem', { skills: { silent: 1 }, max_concurrent: 1 });
    await begun('silent', 'impatient');
    await askFor('silent', 'silent');
    const first = await socket(cem);
    await api.say('silent', 'Is anybody there?', { wait: 0 });
    await accept(cem, 'cem', 'silent');
    expect((await eventOf('silent', 'released')).data).toMatchObject({ agent_id: 'cem', cause: 'silent' });
    await first.until(
      'conversation.state',
      ({ state, cause }) => state === 'PENDING_HUMAN' && cause === 'silent',
    );
    const dan = await api.agent('dan', { skills: { silent: 1 } });
    const offer = await accept(dan, 'dan', 'silent');
    expect(offer.handover_context?.last_messages.at(-1)?.content).toBe('Is anybody there?');
    await end('silent');
  });

  it('leaves an agent whose connection is gone, not one who comes back or polls; nothing is lost', async () => {
    const [eve, fay, gil] = [
      await api.agent('eve', { skills: { gone_eve: 1 } }),
      await api.agent('fay', { skills: { gone_fay: 1 } }),
      await api.agent('gil', { skills: { gone_gil: 1 } }),
    ];
    const names = ['eve', 'fay', 'gil'] as const;
    for (const name of names) {
      await begun(`gone-${name}`, 'plain');
      await askFor(`gone-${name}`, `gone_${name}`);
    }
    const [ofEve, ofFay] = [await socket(eve), await socket(fay)];
    await accept(eve, 'eve', 'gone-eve');
    await accept(fay, 'fay', 'gone-fay');
    await accept(gil, 'gil', 'gone-gil');
    await ofEve.stop();
    await ofFay.stop();
    await socket(fay);
    await api.say('gone-eve', 'Hello?', { wait: 0 });
    expect((await eventOf('gone-eve', 'released')).data).toMatchObject({ agent_id: 'eve', cause: 'gone' });
    const hal = await api.agent('hal', { skills: { gone_eve: 1 } });
    const offer = await accept(hal, 'hal', 'gone-eve');
    expect(offer.handover_context?.last_messages.at(-1)?.content).toBe('Hello?');
    for (const name of ['fay', 'gil']) expect((await api.conversation(`gone-${name}`)).owner).toBe(name);
    for (const name of names) await end(`gone-${name}`);
  });

  it('is the AI again when the customer would rather not wait: by the button, or in words', async () => {
    await begun('button', 'plain');
    await askFor('button', 'nobody_has');
    const button = await customerToken('button');
    expect((await button.post('/api/v1/hil/cancel-handover/button')).body).toEqual({ state: 'BACK_TO_AI' });
    await begun('words', 'plain');
    await askFor('words', 'nobody_has');
    const turns = (await api.turns('words')).length;
    const { body } = await api.say('words', 'Oh, never mind. Thanks!', { wait: 0 });
    expect(body).toMatchObject({ status: 'COMPLETED', state: 'BACK_TO_AI', reply: null });
    expect((await noticesOf('words')).at(-1)?.content).toContain('no need to wait');
    expect((await api.turns('words')).length).toBe(turns + 1);
    expect(
      await waitFor(async () => (await inQueue('words')) === undefined, { what: 'an empty place', ...LONG }),
    ).toBe(true);
    const next = await api.say('words', 'What can you do?');
    expect(next.body.reply?.content).toContain('What can you do?');
  });

  it('is a supervisor’s in the middle of an AI sentence: not one word more reaches the customer', async () => {
    const words = Array.from({ length: 1200 }, (_, index) => `word${index}`).join(' ');
    server.respond(() => paced(words, 40));
    await api.say('middle', 'Tell me a long story', { wait: 0, body: { workflow_name: 'plain' } });
    const customer = await listen(await customerToken('middle'), 'middle');
    await customer.until('delta', (_data, count) => count >= 5);
    const taken = await sue.post('/api/v1/hil/assign/middle', { agent_id: 'sue' });
    expect(taken).toMatchObject({ status: 200, body: { state: 'HUMAN_ACTIVE' } });
    expect((await write(sue, 'middle', 'Let me take this over.')).status).toBe(202);
    await customer.until('conversation.human_message_sent');
    await customer.until('delta.reset');
    const hungUp = await waitFor(() => server.hungUp > 0, { what: 'the model to be hung up on', ...LONG });
    expect(hungUp).toBe(true);
    const behind = customer.frames.slice(
      customer.frames.findIndex(({ event }) => event === 'conversation.assigned'),
    );
    expect(behind.filter(({ event }) => event === 'delta')).toEqual([]);
    expect((await api.messages('middle')).map(({ role }) => role)).toEqual(['user', 'human_agent']);
    expect(JSON.stringify(behind)).not.toMatch(/word\d/);
    const [handedOver, assigned] = (await api.events('middle')).filter(({ type }) =>
      ['conversation.handed_over', 'conversation.assigned'].includes(type),
    );
    expect([handedOver?.occurred_at, (assigned?.version ?? 0) - (handedOver?.version ?? 0)]).toEqual([
      assigned?.occurred_at,
      1,
    ]);
    const again = await sue.post('/api/v1/hil/assign/middle', { agent_id: 'sue' });
    expect(again.status).toBe(409);
    await end('middle');
  });

  it('hides from the customer what a supervisor whispers to its agent', async () => {
    const ida = await api.agent('ida', { skills: { whisper: 1 } });
    await begun('whisper', 'plain');
    await askFor('whisper', 'whisper');
    await accept(ida, 'ida', 'whisper');
    const token = await customerToken('whisper');
    const [customer, desk] = [await listen(token, 'whisper'), await socket(ida)];
    const SECRET = 'Offer ten per cent';
    expect((await sue.post('/api/v1/hil/whisper/whisper', { message: SECRET })).status).toBe(200);
    await desk.until(
      'conversation.message',
      ({ whisper, content }) => whisper === true && content === SECRET,
    );
    expect((await token.post('/api/v1/hil/whisper/whisper', { message: 'x' })).status).toBe(403);
    await write(ida, 'whisper', 'You get a discount.');
    await customer.until('conversation.human_message_sent');
    const shown = [customer.frames, await token.messages('whisper'), await token.events('whisper')];
    expect(JSON.stringify(shown)).not.toContain(SECRET);
    await end('whisper');
  });

  it('waits while nobody is there, or the doors are closed, and the customer is told so', async () => {
    await api.say('closed', 'Good morning', { body: { workflow_name: 'closed_wait' } });
    await askFor('closed', 'nobody_has');
    const [notice] = await waitFor(
      async () => (await noticesOf('closed')).length > 0 && noticesOf('closed'),
      {
        what: 'the customer to be told',
        ...LONG,
      },
    );
    expect(notice?.content).toMatch(/We are back on \w+ 09:00 \(UTC\).*You can wait/);
    expect((await api.conversation('closed')).state).toBe('PENDING_HUMAN');
    expect((await eventOf('closed', 'notice_sent')).data).toMatchObject({ kind: 'out_of_hours' });
    const token = await customerToken('closed');
    expect(await token.messages('closed')).toContainEqual(
      expect.objectContaining({ content: notice?.content }),
    );
  });

  it('stays with the AI where the workflow says so, which then answers as well as it can', async () => {
    const asked = await api.say('stays', 'How high is the tower?', {
      body: { workflow_name: 'unsure_stays' },
    });
    expect(asked.body).toMatchObject({
      state: 'PENDING_HUMAN',
      handover: { reason: 'confidence_threshold' },
    });
    await api.state('stays', 'FINISHED');
    expect((await eventOf('stays', 'handover_cancelled')).data).toMatchObject({ cause: 'nobody_available' });
    const transcript = await api.messages('stays');
    expect(transcript.map(({ role }) => role)).toEqual(['user', 'system', 'assistant']);
    expect(transcript.at(-1)?.content).toBe('You said: How high is the tower?');
  });

  it('is promised a call, which whoever comes makes', async () => {
    await begun('callback', 'calls_back');
    await askFor('callback', 'callback');
    await api.state('callback', 'BACK_TO_AI');
    expect((await noticesOf('callback')).at(-1)?.content).toContain('Somebody will write to you here');
    await waitFor(async () => (await inQueue('callback'))?.callback === true, {
      what: 'the callback',
      ...LONG,
    });
    expect((await api.say('callback', 'And meanwhile?')).body).toMatchObject({ state: 'FINISHED' });
    const jo = await api.agent('jo', { skills: { callback: 1 } });
    const offer = await accept(jo, 'jo', 'callback');
    expect(offer.handover_context).toMatchObject({ reason: 'explicit_request' });
    expect(await api.conversation('callback')).toMatchObject({ state: 'HUMAN_ACTIVE', owner: 'jo' });
    expect((await write(jo, 'callback', 'You asked for us?')).status).toBe(202);

    await begun('no-call', 'calls_back');
    await askFor('no-call', 'nobody_has');
    await api.state('no-call', 'BACK_TO_AI');
    await waitFor(async () => (await inQueue('no-call'))?.callback === true, {
      what: 'the callback',
      ...LONG,
    });
    expect((await api.post('/api/v1/hil/cancel-handover/no-call')).body).toEqual({ state: 'BACK_TO_AI' });
    await waitFor(async () => (await inQueue('no-call')) === undefined, { what: 'no callback', ...LONG });
  });

  it('is given up when its customer has gone, not while they look on', async () => {
    await begun('away', 'fleeting');
    const looking = await listen(await customerToken('away'), 'away');
    await askFor('away', 'nobody_has');
    await begun('left', 'fleeting');
    await askFor('left', 'nobody_has');
    expect((await eventOf('left', 'resolved')).data).toMatchObject({ cause: 'abandoned' });
    expect((await api.conversation('left')).state).toBe('RESOLVED');
    expect((await api.conversation('away')).state).toBe('PENDING_HUMAN');
    await looking.stop();
    await api.state('away', 'RESOLVED');
  });

  it('holds its agent’s capacity until it is written up', async () => {
    const kim = await api.agent('kim', { skills: { wrap: 1 }, max_concurrent: 1 });
    for (const id of ['wrap-1', 'wrap-2']) {
      await begun(id, 'plain');
      await askFor(id, 'wrap');
    }
    await accept(kim, 'kim', 'wrap-1');
    const resolved = await kim.post('/api/v1/hil/resolve/wrap-1', { outcome: 'RESOLVED' });
    expect(resolved.body).toEqual({ state: 'RESOLVED' });
    await waitFor(async () => (await inQueue('wrap-1')) === undefined, { what: 'the end', ...LONG });
    expect((await kim.get('/api/v1/human-agents/kim')).body).toMatchObject({ active_count: 1 });
    expect((await kim.get<Page<OfferView>>('/api/v1/offers')).body.items).toEqual([]);
    expect((await kim.post('/api/v1/hil/wrap-up/wrap-1')).status).toBe(200);
    await accept(kim, 'kim', 'wrap-2');
  });

  it('tells customers and staff where everybody stands as the queue moves', async () => {
    const desk = await socket(sue);
    for (const id of ['line-1', 'line-2']) {
      await begun(id, 'plain');
      await askFor(id, 'line');
    }
    const place = async (id: string): Promise<number> => (await inQueue(id))?.position ?? 0;
    await waitFor(async () => (await place('line-2')) > 0, { what: 'both to wait', ...LONG });
    const second = await listen(await customerToken('line-2'), 'line-2');
    const before = await place('line-2');
    // Whoever comes while they wait is told at once.
    await second.until('queue.position', ({ position }) => Number(position) === before);
    await api.post('/api/v1/hil/cancel-handover/line-1');
    const told = await second.until('queue.position', ({ position }) => Number(position) < before);
    expect(told).toMatchObject({
      position: expect.any(Number),
      estimated_wait_seconds: expect.any(Number),
      estimated_wait_p90_seconds: expect.any(Number),
    });
    const moved = await desk.until(
      'queue.changed',
      ({ change, items }) =>
        change === 'estimated' &&
        (items as { conversation_id: string; position: number }[]).some(
          (item) => item.conversation_id === 'line-2' && item.position < before,
        ),
    );
    expect(moved).toMatchObject({ waiting: expect.any(Number) });
    expect(await inQueue('line-2')).toMatchObject({ estimate_basis: expect.any(String), callback: false });
  });

  it('is the AI’s again behind a boundary, and not at once somebody’s for the same', async () => {
    const lou = await api.agent('lou', { skills: { unsure: 1 } });
    const asked = await api.say('back', 'How deep is the sea?', { body: { workflow_name: 'unsure' } });
    expect(asked.body.handover?.reason).toBe('confidence_threshold');
    await accept(lou, 'lou', 'back');
    await write(lou, 'back', 'About four kilometres.');
    await api.say('back', 'And how cold?', { wait: 0 });
    const resolved = await lou.post('/api/v1/hil/resolve/back', {
      outcome: 'BACK_TO_AI',
      guidance: 'Two degrees',
    });
    expect(resolved.body).toEqual({ state: 'BACK_TO_AI' });
    await api.state('back', 'FINISHED');
    expect((await eventOf('back', 'returned_to_ai')).data['human_summary']).toContain(
      'About four kilometres.',
    );
    expect((await api.messages('back')).at(-1)).toMatchObject({
      role: 'assistant',
      content: 'You said: And how cold?',
    });
    const next = await api.say('back', 'And how salty?');
    expect(next.body).toMatchObject({ state: 'PENDING_HUMAN', handover: { reason: 'confidence_threshold' } });
  });
});
