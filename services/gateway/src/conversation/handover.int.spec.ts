import { createSecretKey } from 'node:crypto';

import {
  BatonError,
  conversationRequests,
  type ConversationState,
  type ConversationView,
  type HandoverContext,
  type OfferView,
  type QueueItemView,
  staffRequests,
} from '@baton/contracts';
import { seal } from '@baton/event-store';

import { playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

const AT = '2026-11-22T10:00:00.000Z';
const KEY_BYTES = Buffer.alloc(32, 7);
const KEY = createSecretKey(KEY_BYTES);
const CONTEXT: HandoverContext = {
  reason: 'explicit_request',
  note: 'Wants a person',
  summary: null,
  intent: null,
  confidence: null,
  tried: [],
  last_messages: [],
  required_skills: {},
  priority: 'NORMAL',
};

/** A minute from now, or three. */
const place = (position: number, estimated_wait_seconds: number) => ({
  position,
  estimated_wait_seconds,
  estimated_wait_p90_seconds: 3 * estimated_wait_seconds,
  estimate_basis: 'default' as const,
});

describe('between the AI and people', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let ana: string;
  let sue: string;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
    ana = await gateway.staffToken('agent_ana');
    sue = await gateway.staffToken('supervisor_sue');
  });

  beforeEach(() => {
    services.forget();
    playAgents(services);
    services.on(conversationRequests.requestHandover, () => ({
      result: { handover_id: 'ho_1', state: 'PENDING_HUMAN' as const },
      replayed: false,
    }));
  });

  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const inState = (state: ConversationState) => () => ({ result: { state }, replayed: false });
  const handover = (options: object = {}) => gateway.call('POST', '/api/v1/hil/handover/conv_1', options);

  describe('a hand-over', () => {
    it('is answered with the place in the queue, even if it takes a moment to get there', async () => {
      let asked = 0;
      services.on(staffRequests.queuePosition, () => ((asked += 1) < 4 ? null : place(2, 90)));
      const body = { note: 'Please', required_skills: { billing: 2 }, priority: 'HIGH' };
      const answer = await handover({ body });
      expect(answer.status).toBe(202);
      expect(answer.body).toEqual({
        handover_id: 'ho_1',
        state: 'PENDING_HUMAN',
        queue: place(2, 90),
      });
      expect(services.lastAsked(conversationRequests.requestHandover).body).toEqual({
        conversation_id: 'conv_1',
        ...body,
      });
    });

    it('needs no body', async () => {
      services.on(staffRequests.queuePosition, () => place(1, 0));
      expect((await handover()).status).toBe(202);
    });

    it('is estimated behind all who wait where the queue has not seen it yet', async () => {
      services.on(staffRequests.queuePosition, () => null);
      const waiting = [{ estimated_wait_seconds: 30 }, { estimated_wait_seconds: 60 }] as QueueItemView[];
      services.on(staffRequests.listQueue, () => ({ items: waiting, next_cursor: null }));
      expect((await handover()).body.queue).toEqual({ position: 3, estimated_wait_seconds: 60 });
    });

    it('is accepted though the queue cannot be asked', async () => {
      services.on(staffRequests.queuePosition, () => {
        throw new BatonError('unavailable', 'Restarting');
      });
      const answer = await handover();
      expect([answer.status, answer.body.queue]).toEqual([202, null]);
    });

    it('is waited for under Prefer: wait until a human is there', async () => {
      let state: ConversationState = 'PENDING_HUMAN';
      services.on(conversationRequests.get, () => ({ state }) as ConversationView);
      setTimeout(() => (state = 'HUMAN_ACTIVE'), 100);
      const answer = await handover({ headers: { prefer: 'wait=10' } });
      expect([answer.status, answer.body.state]).toEqual([200, 'HUMAN_ACTIVE']);
      expect(answer.headers.get('preference-applied')).toBe('wait');
    });

    it.each([
      ['a reason nobody knows', { reason: 'because' }, 'reason'],
      ['a priority nobody knows', { priority: 'VERY' }, 'priority'],
      ['a list of skills', { required_skills: ['billing'] }, 'required_skills'],
      ['a level above 5', { required_skills: { billing: 6 } }, 'required_skills'],
      ['half a level', { required_skills: { billing: 1.5 } }, 'required_skills'],
      ['a novel for a note', { note: 'x'.repeat(4001) }, 'note'],
    ])('is refused with %s', async (_what, body, where) => {
      const answer = await handover({ body });
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, where]);
    });

    it('is for the customer to ask, not in the name of staff', async () => {
      const token = await gateway.conversationToken('conv_1');
      services.on(staffRequests.queuePosition, () => place(1, 0));
      expect((await handover({ token })).status).toBe(202);
      expect((await handover({ token, body: { reason: 'staff' } })).status).toBe(403);
      expect((await handover({ token, body: { priority: 'URGENT' } })).status).toBe(403);
      expect((await handover({ token, body: { required_skills: { vip: 5 } } })).status).toBe(403);
    });

    it('is refused with the state where the conversation refuses it', async () => {
      services.on(conversationRequests.requestHandover, () => {
        throw new BatonError('invalid-transition', 'A person is on it', {
          details: { state: 'HUMAN_ACTIVE' },
        });
      });
      const answer = await handover();
      expect([answer.status, answer.body.type, answer.body.state]).toEqual([
        409,
        'urn:baton:problem:invalid-transition',
        'HUMAN_ACTIVE',
      ]);
    });
  });

  it.each([
    ['cancel-handover', conversationRequests.cancelHandover, undefined, 'BACK_TO_AI', 200],
    [
      'resolve',
      conversationRequests.resolve,
      { outcome: 'BACK_TO_AI', guidance: 'Offer one', continue: true },
      'AI_PROCESSING',
      200,
    ],
    [
      'transfer',
      conversationRequests.transfer,
      { to_agent_id: 'agent_bob', note: 'Billing' },
      'PENDING_HUMAN',
      202,
    ],
    ['release', conversationRequests.release, { note: 'My shift ends' }, 'PENDING_HUMAN', 200],
  ] as const)('%s answers with the state it led to', async (call, request, body, state, status) => {
    services.on(request, inState(state));
    const answer = await gateway.call('POST', `/api/v1/hil/${call}/conv_1`, { ...(body && { body }) });
    expect([answer.status, answer.body]).toEqual([status, { state }]);
    expect(services.lastAsked(request).body).toEqual({ conversation_id: 'conv_1', ...body });
  });

  it('tells the conversation who acts, so that it can decide whether they may', async () => {
    services.on(conversationRequests.resolve, (_body, { actor }) => {
      if (actor.id !== 'agent_ana') throw new BatonError('forbidden', 'Not yours');
      return { result: { state: 'RESOLVED' as const }, replayed: false };
    });
    const body = { outcome: 'RESOLVED', resolution: 'Refunded' };
    const resolve = (token: string) => gateway.call('POST', '/api/v1/hil/resolve/conv_1', { token, body });
    expect((await resolve(ana)).status).toBe(200);
    expect((await resolve(await gateway.staffToken('agent_bob'))).status).toBe(403);
    expect(services.lastAsked(conversationRequests.resolve).ctx.actor).toEqual({
      type: 'human_agent',
      id: 'agent_bob',
      role: 'agent',
    });
  });

  it('gives no conversation to an agent who does not exist', async () => {
    const assign = await gateway.call('POST', '/api/v1/hil/assign/conv_1', {
      body: { agent_id: 'nobody_here' },
    });
    const transfer = await gateway.call('POST', '/api/v1/hil/transfer/conv_1', {
      body: { to_agent_id: 'nobody_here', note: 'x' },
    });
    expect([assign.status, transfer.status]).toEqual([404, 404]);
  });

  it('lets a supervisor assign and whisper, and answers with what was done', async () => {
    services.on(conversationRequests.assign, () => ({
      result: { conversation_id: 'conv_1', state: 'HUMAN_ACTIVE' as const, handover_id: 'ho_1' },
      replayed: false,
    }));
    services.on(conversationRequests.whisper, () => ({ result: { message_id: 'msg_4' }, replayed: false }));
    const assign = await gateway.call('POST', '/api/v1/hil/assign/conv_1', {
      token: sue,
      body: { agent_id: 'agent_ana' },
    });
    expect(assign.body).toEqual({ conversation_id: 'conv_1', state: 'HUMAN_ACTIVE', handover_id: 'ho_1' });
    const whisper = await gateway.call('POST', '/api/v1/hil/whisper/conv_1', {
      token: sue,
      body: { message: 'Offer it' },
    });
    expect(whisper.body).toEqual({ message_id: 'msg_4' });
    expect(
      (await gateway.call('POST', '/api/v1/hil/whisper/conv_1', { token: ana, body: { message: 'x' } }))
        .status,
    ).toBe(403);
  });

  it('takes feedback with 204, and only from 1 to 5', async () => {
    services.on(conversationRequests.feedback, () => ({ result: null, replayed: true }));
    const token = await gateway.conversationToken('conv_1');
    const give = (body: unknown) => gateway.call('POST', '/api/v1/hil/feedback/conv_1', { token, body });
    const good = await give({ rating: 5, comment: 'Quick!' });
    expect([good.status, good.text, good.headers.get('idempotency-replayed')]).toEqual([204, '', 'true']);
    for (const rating of [0, 6, 4.5, '5', null]) expect((await give({ rating })).status).toBe(400);
  });

  it('tells those who wait for a token, and those who erase, what they need to know', async () => {
    services.on(conversationRequests.get, () => {
      throw new BatonError('not-found', 'No such conversation');
    });
    const early = await gateway.call('POST', '/api/v1/conversations/conv_new/token');
    expect(early.body).toEqual({ token: expect.any(String), expires_at: expect.stringMatching(/Z$/) });
    services.on(conversationRequests.erase, () => null);
    const erased = await gateway.call('DELETE', '/api/v1/conversations/conv_1');
    expect([erased.status, erased.text]).toEqual([204, '']);
    services.on(conversationRequests.get, () => {
      throw new BatonError('erased', 'Erased');
    });
    expect((await gateway.call('POST', '/api/v1/conversations/conv_1/token')).status).toBe(410);
    services.on(
      staffRequests.wrapUp,
      () => ({ result: { agent_id: 'agent_ana' }, replayed: false }) as never,
    );
    expect((await gateway.call('POST', '/api/v1/hil/wrap-up/conv_1')).status).toBe(410);
    expect((await gateway.call('GET', '/api/v1/conversations/conv_1')).status).toBe(410);
    const toNobody = { body: { to_agent_id: 'nobody_here', note: 'x' } };
    expect((await gateway.call('POST', '/api/v1/hil/transfer/conv_1', toNobody)).status).toBe(410);
  });

  it('ends no wrap-up of what no person ever had: that is refused with its state', async () => {
    services.on(conversationRequests.get, () => ({ state: 'AI_PROCESSING' }) as ConversationView);
    services.on(staffRequests.wrapUp, () => {
      throw new BatonError('not-found', 'No person has had this conversation');
    });
    const refused = await gateway.call('POST', '/api/v1/hil/wrap-up/conv_1');
    expect([refused.status, refused.body]).toMatchObject([
      409,
      { type: 'urn:baton:problem:invalid-transition', state: 'AI_PROCESSING' },
    ]);
  });

  describe('staff', () => {
    const offer = (agent_id: string): OfferView => ({
      offer_id: 'offer_1',
      conversation_id: 'conv_1',
      handover_id: 'ho_1',
      agent_id,
      handover_context: seal(CONTEXT, 'default', 'conversation/conv_1', KEY) as never,
      created_at: AT,
      expires_at: AT,
    });

    it('see the context of an offer opened, and null where it was erased', async () => {
      services.on(staffRequests.listOffers, () => ({ items: [offer('agent_ana')], next_cursor: null }));
      services.on(conversationRequests.dataKey, ({ key_id }) => {
        expect(key_id).toBe('conversation/conv_1');
        return { key: KEY_BYTES.toString('base64') };
      });
      const open = await gateway.call('GET', '/api/v1/offers?agent_id=agent_ana');
      expect(open.body.items[0]).toEqual({ ...offer('agent_ana'), handover_context: CONTEXT });
      const erased = {
        ...offer('agent_ana'),
        handover_context: seal(CONTEXT, 'default', 'conversation/conv_2', KEY) as never,
      };
      services.on(staffRequests.listOffers, () => ({ items: [erased], next_cursor: null }));
      services.on(conversationRequests.dataKey, () => ({ erased: true as const }));
      expect((await gateway.call('GET', '/api/v1/offers')).body.items[0].handover_context).toBeNull();
    });

    it('see their own offers unless they supervise', async () => {
      services.on(staffRequests.listOffers, () => ({ items: [], next_cursor: null }));
      await gateway.call('GET', '/api/v1/offers', { token: ana });
      expect(services.lastAsked(staffRequests.listOffers).body['agent_id']).toBe('agent_ana');
      expect((await gateway.call('GET', '/api/v1/offers?agent_id=agent_bob', { token: ana })).status).toBe(
        403,
      );
      expect((await gateway.call('GET', '/api/v1/offers?agent_id=agent_bob', { token: sue })).status).toBe(
        200,
      );
      expect(services.lastAsked(staffRequests.listOffers).body['agent_id']).toBe('agent_bob');
      await gateway.call('GET', '/api/v1/offers');
      expect(services.lastAsked(staffRequests.listOffers).body).not.toHaveProperty('agent_id');
    });

    it('accept and decline what was offered to them, and nothing else', async () => {
      services.on(staffRequests.getOffer, () => offer('agent_ana'));
      services.on(staffRequests.acceptOffer, () => ({
        result: { conversation_id: 'conv_1', state: 'HUMAN_ACTIVE' as const },
        replayed: false,
      }));
      services.on(staffRequests.declineOffer, () => ({ result: { offer_id: 'offer_1' }, replayed: false }));
      const accept = (token?: string) =>
        gateway.call('POST', '/api/v1/offers/offer_1/accept', { ...(token && { token }) });
      expect((await accept(ana)).body).toEqual({ conversation_id: 'conv_1', state: 'HUMAN_ACTIVE' });
      expect((await accept(await gateway.staffToken('agent_bob'))).status).toBe(403);
      expect((await accept(sue)).status).toBe(403);
      expect((await accept()).status).toBe(200);
      const declined = await gateway.call('POST', '/api/v1/offers/offer_1/decline', {
        token: ana,
        body: { reason: 'On a call' },
      });
      expect(declined.status).toBe(200);
      services.on(staffRequests.acceptOffer, () => {
        throw new BatonError('offer-gone', 'Taken');
      });
      const gone = await accept(ana);
      expect([gone.status, gone.body.type]).toEqual([409, 'urn:baton:problem:offer-gone']);
    });

    it('are made, read, changed and given tokens by those who may', async () => {
      const agent = { agent_id: 'agent_new', name: 'New' };
      services.on(staffRequests.registerAgent, (body) => ({
        result: { ...body, ...agent } as never,
        replayed: false,
      }));
      const made = await gateway.call('POST', '/api/v1/human-agents', {
        body: { name: 'New', skills: { billing: 4, spanish: 5 }, email: 'n@example.org' },
      });
      expect(made.status).toBe(201);
      services.on(staffRequests.updateAgent, () => agent as never);
      expect(
        (await gateway.call('PATCH', '/api/v1/human-agents/agent_new', { body: { email: null, skills: {} } }))
          .status,
      ).toBe(200);
      expect(services.lastAsked(staffRequests.updateAgent).body).toEqual({
        agent_id: 'agent_new',
        email: null,
        skills: {},
      });
      const token = await gateway.call('POST', '/api/v1/human-agents/agent_ana/token');
      expect(
        (await gateway.call('GET', '/api/v1/human-agents/agent_ana', { token: token.body.token as string }))
          .status,
      ).toBe(200);
      expect((await gateway.call('POST', '/api/v1/human-agents/nobody_here/token')).status).toBe(404);
      expect(
        (
          await gateway.call('POST', '/api/v1/human-agents/agent_ana/token', {
            token: await gateway.keyWith(['staff']),
          })
        ).status,
      ).toBe(403);
    });

    it.each([
      [{ name: '' }, 'name'],
      [{ name: 'x', agent_id: 'a b' }, 'agent_id'],
      [{ name: 'x', email: 'nope' }, 'email'],
      [{ name: 'x', role: 'boss' }, 'role'],
      [{ name: 'x', skills: { billing: 9 } }, 'skills'],
      [{ name: 'x', skills: [] }, 'skills'],
      [{ name: 'x', max_concurrent: 0 }, 'max_concurrent'],
    ])('are not made of %j', async (body, where) => {
      const answer = await gateway.call('POST', '/api/v1/human-agents', { body });
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, where]);
    });

    it("set their own presence; a supervisor sets anybody's", async () => {
      services.on(staffRequests.setPresence, ({ agent_id, status }) => ({ agent_id, status }) as never);
      const put = (agent: string, token: string, status = 'ONLINE') =>
        gateway.call('PUT', `/api/v1/human-agents/${agent}/presence`, { token, body: { status } });
      expect((await put('agent_ana', ana)).body).toEqual({ agent_id: 'agent_ana', status: 'ONLINE' });
      expect((await put('agent_bob', ana)).status).toBe(403);
      expect((await put('agent_bob', sue)).status).toBe(200);
      expect((await put('agent_ana', ana, 'ASLEEP')).status).toBe(400);
    });
  });
});
