import { subjects } from '@baton/contracts';

import { playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedLog } from '../testing/played-log.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';
import { SseClient } from '../testing/stream-clients.fixture.js';

describe("a conversation's events, live", () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let log: PlayedLog;
  let count = 0;
  let id: string;
  const clients: SseClient[] = [];

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
  });

  beforeEach(() => {
    services.forget();
    playAgents(services);
    log = new PlayedLog(services);
    id = `conv_${(count += 1)}`;
  });

  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });

  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const open = async (
    options: { token?: string; lastEventId?: string; after?: number } = {},
  ): Promise<SseClient> => {
    const query = options.after === undefined ? '' : `?after=${options.after}`;
    const client = await SseClient.open(gateway, `/api/v1/conversations/${id}/events${query}`, options);
    clients.push(client);
    return client;
  };
  const delta = (content: string, options: { attempt?: number; epoch?: number; turn?: number } = {}) =>
    services.bus.publish(subjects.deltas('default', id), {
      type: 'delta',
      turn_number: options.turn ?? 1,
      attempt: options.attempt ?? 1,
      owner_epoch: options.epoch ?? 1,
      content,
    });
  const typing = (token?: string, body = {}) =>
    gateway.call('POST', `/api/v1/conversations/${id}/typing`, {
      ...(token !== undefined && { token }),
      body,
    });

  it('are the whole log first and then what follows, opened', async () => {
    log.record(id, { type: 'conversation.started', data: { conversation_id: id } });
    log.record(id, { type: 'conversation.message_received', data: { content: 'Hello' } });
    const client = await open();
    expect(client.headers.get('content-type')).toContain('text/event-stream');
    expect(client.headers.get('x-request-id')).toMatch(/^req_/);
    await client.until(2);
    await log.message(id, 'Again');
    const events = await client.until(3);
    expect(events.map((event) => [event.id, event.type])).toEqual([
      ['1', 'conversation.started'],
      ['2', 'conversation.message_received'],
      ['3', 'conversation.message_received'],
    ]);
    expect(events[2]?.data).toMatchObject({
      version: 3,
      type: 'conversation.message_received',
      data: { content: 'Again' },
      actor: { type: 'system', id: 'baton' },
      owner: 'ai',
      owner_epoch: 1,
    });
  });

  it('go on behind the last version that a client has', async () => {
    for (const content of ['one', 'two', 'three'])
      log.record(id, { type: 'conversation.message_received', data: { content } });
    const resumed = await open({ lastEventId: '2' });
    const [first] = await resumed.until(1);
    expect(first?.id).toBe('3');
    const after = await open({ after: 1 });
    expect((await after.until(2)).map((event) => event.id)).toEqual(['2', '3']);
  });

  it('miss nothing and repeat nothing, whatever the bus loses, repeats or reorders', async () => {
    await log.message(id, '1');
    const client = await open();
    await client.until(1);
    const second = await log.message(id, '2');
    log.record(id, { type: 'conversation.message_received', data: { content: '3 (its news got lost)' } });
    await services.bus.publishEvent({ ...second, event_id: crypto.randomUUID() });
    await log.message(id, '4');
    await services.bus.publishEvent({ ...second, event_id: crypto.randomUUID() });
    await log.message(id, '5');
    const events = await client.until(5);
    expect(events.map((event) => event.id)).toEqual(['1', '2', '3', '4', '5']);
  });

  it('are complete under a hail of appends while the client connects', async () => {
    const appends = (async () => {
      for (let index = 0; index < 200; index += 1) await log.message(id, `${index}`);
    })();
    await log.message(id, 'first');
    const streams = await Promise.all(Array.from({ length: 5 }, () => open()));
    await appends;
    for (const client of streams) {
      const events = await client.until(201);
      expect(events.map((event) => Number(event.id))).toEqual(
        Array.from({ length: 201 }, (_, index) => index + 1),
      );
    }
  });

  it('carry tokens as they come, without an id, and none from an earlier attempt or owner', async () => {
    await log.tell(id, { type: 'conversation.turn_started', data: { turn_number: 1, attempt: 1 } });
    const client = await open();
    await client.until(1);
    delta('Hel');
    delta('lo');
    await client.until(2, 'delta');
    await log.tell(id, { type: 'conversation.turn_attempt_started', data: { turn_number: 1, attempt: 2 } });
    await client.until(1, 'delta.reset');
    delta('late', { attempt: 1 });
    delta('Hi', { attempt: 2 });
    await client.until(3, 'delta');
    await log.tell(id, { type: 'conversation.handed_over', ownerEpoch: 2 });
    await client.until(2, 'delta.reset');
    delta('never', { attempt: 2, epoch: 1 });
    await log.tell(id, { type: 'conversation.assigned', owner: 'agent_ana', ownerEpoch: 2 });
    await client.until(1, 'conversation.assigned');
    const deltas = client.events.filter(({ type }) => type === 'delta');
    expect(deltas.map(({ data }) => (data as { content: string }).content)).toEqual(['Hel', 'lo', 'Hi']);
    expect(deltas.every((event) => event.id === undefined)).toBe(true);
    expect(client.lastEventId).toBe('4');
  });

  it('know on a resumed stream too who may speak', async () => {
    await log.tell(id, { type: 'conversation.turn_started', data: { turn_number: 1, attempt: 1 } });
    await log.tell(id, { type: 'conversation.turn_attempt_started', data: { turn_number: 1, attempt: 2 } });
    const client = await open({ lastEventId: '2' });
    delta('stale', { attempt: 1 });
    delta('fresh', { attempt: 2 });
    const [event] = await client.until(1);
    expect(event?.data.content).toBe('fresh');
  });

  it('carry all that is said from the moment on at which a client is let in', async () => {
    await log.tell(id, { type: 'conversation.turn_started', data: { turn_number: 1, attempt: 1 } });
    for (let round = 1; round <= 20; round += 1) {
      const client = await open({ lastEventId: '1' });
      delta(`word ${round}`);
      const [event] = await client.until(1);
      expect(event?.data.content).toBe(`word ${round}`);
      client.close();
    }
  });

  it('ignore what is no delta at all', async () => {
    await log.message(id, 'Hello');
    const client = await open();
    await client.until(1);
    services.bus.publish(subjects.deltas('default', id), { type: 'delta', content: 7 });
    services.bus.publish(subjects.ephemeral('default', id), 'nonsense');
    delta('word');
    expect((await client.until(2)).map(({ type }) => type)).toEqual([
      'conversation.message_received',
      'delta',
    ]);
  });

  it('show the other side that somebody types, and nobody themselves', async () => {
    await log.message(id, 'Hello');
    const customer = await gateway.conversationToken(id);
    const staff = await gateway.staffToken('agent_ana');
    const [theirs, ours] = [await open({ token: customer }), await open()];
    await Promise.all([theirs.until(1), ours.until(1)]);
    expect((await typing(customer)).status).toBe(204);
    await ours.until(1, 'typing');
    expect((await typing(staff)).status).toBe(204);
    await typing(undefined, { sender_type: 'human_agent', typing: false });
    const seen = await theirs.until(2, 'typing');
    expect(seen.map(({ id: eventId, data }) => [eventId, data])).toEqual([
      [undefined, { sender_type: 'human_agent', typing: true }],
      [undefined, { sender_type: 'human_agent', typing: false }],
    ]);
    expect((await typing(customer, { sender_type: 'human_agent' })).status).toBe(403);
  });

  it('show a customer nothing that is none of theirs, and ids that skip', async () => {
    await log.tell(id, { type: 'conversation.handed_over', ownerEpoch: 2 });
    await log.tell(id, { type: 'conversation.assigned', owner: 'agent_ana', ownerEpoch: 2 });
    await log.tell(id, { type: 'conversation.whispered', owner: 'agent_ana', ownerEpoch: 2 });
    await log.tell(id, {
      type: 'conversation.human_message_sent',
      owner: 'agent_ana',
      ownerEpoch: 2,
      actor: { type: 'human_agent', id: 'agent_ana' },
    });
    const client = await open({ token: await gateway.conversationToken(id) });
    const events = await client.until(3);
    expect(events.map((event) => event.id)).toEqual(['1', '2', '4']);
    const text = JSON.stringify(events);
    expect(text).not.toMatch(/agent_ana|Offer the discount|complex|billing|routing/);
    expect(text).toContain('Hello, this is Ana.');
  });

  it('end when the conversation is erased', async () => {
    await log.message(id, 'My secret');
    const client = await open();
    await client.until(1);
    await log.erase(id);
    await client.until(1, 'conversation.erased');
    await client.untilClosed();
  });

  it('are 404 where there is no conversation', async () => {
    id = 'conv_unknown';
    const client = await open();
    expect(client.status).toBe(404);
    expect(client.headers.get('content-type')).toContain('application/problem+json');
  });

  it('end for a key that was deleted', async () => {
    await log.message(id, 'Hello');
    const made = await gateway.call('POST', '/api/v1/api-keys', {
      body: { name: 'Gone', scopes: ['conversations'] },
    });
    const client = await open({ token: made.body.api_key as string });
    await client.until(1);
    await gateway.call('DELETE', `/api/v1/api-keys/${made.body.key_id}`);
    await client.untilClosed();
  });

  it('come through a restart of NATS', async () => {
    await log.message(id, 'before');
    const client = await open();
    await client.until(1);
    servers.nats.kill('SIGKILL');
    log.record(id, { type: 'conversation.message_received', data: { content: 'meanwhile' } });
    await servers.nats.restart();
    const events = await client.until(2);
    expect(events.map((event) => event.id)).toEqual(['1', '2']);
  });
});
