import {
  BatonError,
  conversationRequests,
  type ConversationView,
  type TurnStatus,
  type TurnView,
} from '@baton/contracts';

import { playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

const turn = (status: TurnStatus, extra: Partial<TurnView> = {}): TurnView => ({
  conversation_id: 'conv_1',
  turn_id: 't-1',
  turn_number: 1,
  idempotency_key: 'conv_1:t-1',
  status,
  state: 'AI_PROCESSING',
  version: 2,
  reply: null,
  handover: null,
  ...extra,
});
const MESSAGE = { conversation_id: 'conv_1', turn_id: 't-1', message: 'Hello', sender_type: 'user' };
const POST = ['POST', '/api/v1/hil/message'] as const;

describe('POST /api/v1/hil/message', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
  });

  beforeEach(() => {
    services.forget();
    playAgents(services);
    services.on(conversationRequests.receiveMessage, () => ({ result: turn('COLLECTING'), replayed: false }));
  });

  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  /** The turn ends `ms` after it was received, and the event of it is published. */
  const endsWith = (ended: TurnView, publish = true) => {
    let now = turn('PROCESSING');
    services.on(conversationRequests.turn, () => now);
    services.on(conversationRequests.receiveMessage, () => {
      setTimeout(() => {
        now = ended;
        if (!publish) return;
        void services.bus.publishEvent({
          event_id: crypto.randomUUID(),
          tenant_id: 'default',
          stream_type: 'conversation',
          stream_id: ended.conversation_id,
          version: 4,
          type: 'conversation.turn_completed',
          schema_version: 1,
          data: {},
          metadata: { actor: { type: 'ai', id: 'ai' } },
          occurred_at: '2026-11-22T10:00:00.000Z',
        });
      }, 50);
      return { result: turn('COLLECTING', { conversation_id: ended.conversation_id }), replayed: false };
    });
  };

  it('accepts with 202 and passes on all that was said', async () => {
    const body = {
      ...MESSAGE,
      workflow_name: 'customer_support',
      customer: { id: 'cust_9', name: 'Ana', locale: 'en' },
      metadata: { channel: 'web', nested: { deep: [1, null, 'x'] } },
    };
    const answer = await gateway.call(...POST, { body });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual(turn('COLLECTING'));
    const { ctx, body: asked } = services.lastAsked(conversationRequests.receiveMessage);
    expect(asked).toEqual(body);
    expect(ctx).toMatchObject({ tenant_id: 'default', actor: { type: 'api_key', id: 'key_first' } });
    expect(ctx).not.toHaveProperty('idempotency');
  });

  it('makes the ids that are absent', async () => {
    await gateway.call(...POST, { body: { message: 'Hello', sender_type: 'user', surprise: true } });
    const { body } = services.lastAsked(conversationRequests.receiveMessage);
    expect(body['conversation_id']).toMatch(/^conv_[0-9a-f-]{36}$/);
    expect(body['turn_id']).toMatch(/^turn_[0-9a-f-]{36}$/);
    expect(body).not.toHaveProperty('surprise');
  });

  it('takes a message of 32,000 characters, whatever they take in bytes, and no more', async () => {
    for (const character of ['ä', '👋']) {
      const message = character.repeat(32_000);
      expect((await gateway.call(...POST, { body: { ...MESSAGE, message } })).status).toBe(202);
      expect((await gateway.call(...POST, { body: { ...MESSAGE, message: `${message}!` } })).status).toBe(
        400,
      );
    }
  });

  it('sends the idempotency key along, with the body as the caller wrote it', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    const body = { message: 'Hello', sender_type: 'user' };
    await gateway.call(...POST, { body, headers });
    const first = services.lastAsked(conversationRequests.receiveMessage).ctx.idempotency;
    await gateway.call(...POST, { body: { sender_type: 'user', message: 'Hello' }, headers });
    const second = services.lastAsked(conversationRequests.receiveMessage).ctx.idempotency;
    expect(first).toMatchObject({
      key: 'k-1',
      route: 'POST /api/v1/hil/message',
      caller: 'api_key:key_first',
    });
    expect(second).toEqual(first);
    await gateway.call(...POST, { body: { ...body, message: 'Bye' }, headers });
    expect(services.lastAsked(conversationRequests.receiveMessage).ctx.idempotency?.body_hash).not.toBe(
      first?.body_hash,
    );
  });

  it('says that an answer is a replay', async () => {
    services.on(conversationRequests.receiveMessage, () => ({ result: turn('COMPLETED'), replayed: true }));
    const answer = await gateway.call(...POST, { body: MESSAGE, headers: { 'idempotency-key': 'k-1' } });
    expect(answer.headers.get('idempotency-replayed')).toBe('true');
    const plain = await gateway.call(...POST, { body: MESSAGE });
    expect(plain.status).toBe(202);
  });

  describe('with Prefer: wait', () => {
    const headers = { prefer: 'wait=20' };

    it('answers 200 with the outcome as soon as its event comes', async () => {
      endsWith(turn('COMPLETED', { state: 'FINISHED' }));
      const started = performance.now();
      const answer = await gateway.call(...POST, { body: MESSAGE, headers });
      expect(performance.now() - started).toBeLessThan(900);
      expect(answer.status).toBe(200);
      expect(answer.body).toMatchObject({ status: 'COMPLETED', state: 'FINISHED' });
      expect(answer.headers.get('preference-applied')).toBe('wait');
    });

    it('finds the outcome by itself where no event came', async () => {
      endsWith(turn('FAILED'), false);
      const answer = await gateway.call(...POST, { body: MESSAGE, headers });
      expect(answer.status).toBe(200);
      expect(answer.body.status).toBe('FAILED');
    });

    it('takes a pause for a human for an outcome', async () => {
      endsWith(turn('PAUSED', { state: 'PENDING_HUMAN' }));
      const answer = await gateway.call(...POST, { body: MESSAGE, headers });
      expect([answer.status, answer.body.status]).toEqual([200, 'PAUSED']);
    });

    it('answers at once where the outcome is there already', async () => {
      services.on(conversationRequests.receiveMessage, () => ({ result: turn('COMPLETED'), replayed: true }));
      const answer = await gateway.call(...POST, { body: MESSAGE, headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('idempotency-replayed')).toBe('true');
    });

    it('answers 202 with what is when the time is over', async () => {
      services.on(conversationRequests.turn, () => turn('PROCESSING'));
      const answer = await gateway.call(...POST, { body: MESSAGE, headers: { prefer: 'wait=1' } });
      expect([answer.status, answer.body.status]).toEqual([202, 'PROCESSING']);
      expect(answer.headers.get('preference-applied')).toBe('wait');
    });

    it('waits on the conversation that a replayed key made first', async () => {
      endsWith(turn('COMPLETED', { conversation_id: 'conv_first' }));
      const body = { message: 'Hello', sender_type: 'user' };
      const started = performance.now();
      const answer = await gateway.call(...POST, { body, headers: { ...headers, 'idempotency-key': 'k' } });
      expect([answer.status, answer.body.conversation_id]).toEqual([200, 'conv_first']);
      expect(performance.now() - started).toBeLessThan(900);
      expect(services.lastAsked(conversationRequests.turn).ctx).not.toHaveProperty('idempotency');
    });
  });

  describe('by whom', () => {
    it('is a user with an API key or a conversation token, in its own conversation', async () => {
      const token = await gateway.conversationToken('conv_1');
      const { conversation_id: _, ...withoutId } = MESSAGE;
      expect((await gateway.call(...POST, { token, body: withoutId })).status).toBe(202);
      const asked = services.lastAsked(conversationRequests.receiveMessage);
      expect(asked.body['conversation_id']).toBe('conv_1');
      expect(asked.ctx.actor).toEqual({ type: 'customer', id: 'conv_1' });
      const other = await gateway.call(...POST, { token, body: { ...MESSAGE, conversation_id: 'conv_2' } });
      expect(other.status).toBe(403);
    });

    it('is a human agent with its own staff token, as the conversation decides', async () => {
      const body = { ...MESSAGE, sender_type: 'human_agent' };
      const token = await gateway.staffToken('agent_ana');
      expect((await gateway.call(...POST, { token, body })).status).toBe(202);
      expect(services.lastAsked(conversationRequests.receiveMessage).ctx.actor).toEqual({
        type: 'human_agent',
        id: 'agent_ana',
        role: 'agent',
      });
      services.on(conversationRequests.receiveMessage, () => {
        throw new BatonError('forbidden', 'Another agent has it');
      });
      expect((await gateway.call(...POST, { token, body })).status).toBe(403);
    });

    it('is no human agent without a staff token, and no user with one', async () => {
      const human = { ...MESSAGE, sender_type: 'human_agent' };
      const customer = await gateway.conversationToken('conv_1');
      const staff = await gateway.staffToken('agent_ana');
      expect((await gateway.call(...POST, { body: human })).status).toBe(403);
      expect((await gateway.call(...POST, { token: customer, body: human })).status).toBe(403);
      expect((await gateway.call(...POST, { token: staff, body: MESSAGE })).status).toBe(403);
      expect(services.asked.filter(({ pattern }) => pattern === 'conversation.receive-message')).toEqual([]);
    });

    it("is the customer that the token's maker named, in a conversation of nobody else's", async () => {
      const token = (customer: unknown) =>
        gateway.call('POST', '/api/v1/conversations/conv_1/token', { body: { customer } });
      services.on(conversationRequests.get, () => {
        throw new BatonError('not-found', 'Not yet');
      });
      const ana = { id: 'cust_9', name: 'Ana' };
      const issued = await token(ana);
      await gateway.call(...POST, { token: issued.body.token as string, body: MESSAGE });
      expect(services.lastAsked(conversationRequests.receiveMessage).body.customer).toEqual(ana);

      services.on(conversationRequests.get, () => ({ customer: ana }) as ConversationView);
      expect((await token({ id: 'cust_9' })).status).toBe(201);
      expect((await token(undefined)).status).toBe(201);
      const refused = await token({ id: 'cust_10' });
      expect([refused.status, refused.body.type]).toEqual([409, 'urn:baton:problem:conflict']);
      const bad = await token({ name: 'Ana' });
      expect([bad.status, bad.body.errors[0].path]).toEqual([400, 'customer.id']);
    });

    it('is no browser that says whose customer it is', async () => {
      const token = await gateway.conversationToken('conv_1');
      const body = { ...MESSAGE, customer: { id: 'somebody_else' } };
      expect((await gateway.call(...POST, { token, body })).status).toBe(403);
      expect(services.asked).toEqual([]);
    });

    it('is told 400 for a human agent who names no conversation', async () => {
      const body = { message: 'Hello', sender_type: 'human_agent' };
      const answer = await gateway.call(...POST, { token: await gateway.staffToken('agent_ana'), body });
      expect([answer.status, answer.body.errors[0].path]).toEqual([400, 'conversation_id']);
    });
  });

  it('is 503 with Retry-After while nobody is behind the gateway', async () => {
    await services.close();
    const answer = await gateway.call(...POST, { body: MESSAGE });
    expect(answer.status).toBe(503);
    expect(answer.body.type).toBe('urn:baton:problem:unavailable');
    expect(answer.headers.get('retry-after')).toBe('1');
    services = await PlayedServices.start(servers.nats.url);
  });
});
