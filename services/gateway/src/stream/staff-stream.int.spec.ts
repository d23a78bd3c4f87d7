import { encodeEvent } from '@baton/bus';
import { BatonError, type RecordedEvent, staffRequests } from '@baton/contracts';
import { seal } from '@baton/event-store';
import { waitFor } from '@baton/testkit';
import { WebSocket } from 'ws';

import { playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { DATA_KEY, PlayedLog } from '../testing/played-log.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';
import { SocketClient, SseClient } from '../testing/stream-clients.fixture.js';
import { epochToken } from './cursor.js';

describe('the staff stream', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let replica: TestGateway;
  let log: PlayedLog;
  let ana: string;
  let bob: string;
  let sue: string;
  let count = 0;
  let id: string;
  const clients: (SocketClient | SseClient)[] = [];

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    [gateway, replica] = await Promise.all([TestGateway.start(servers), TestGateway.start(servers)]);
    ana = await gateway.staffToken('agent_ana');
    bob = await gateway.staffToken('agent_bob');
    sue = await gateway.staffToken('supervisor_sue');
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
    await Promise.all([gateway?.close(), replica?.close()]);
    await services?.close();
    await servers?.stop();
  });

  const open = async (token?: string, options: { cursor?: string | undefined; on?: TestGateway } = {}) => {
    const client = await SocketClient.open(options.on ?? gateway, {
      ...(token !== undefined && { token }),
      cursor: options.cursor,
    });
    clients.push(client);
    return client;
  };
  const offer = (agent_id: string, offer_id = 'offer_1') =>
    log.tell(`ho_${id}`, {
      type: 'queue_item.offer_created',
      data: {
        agent_id,
        offer_id,
        conversation_id: id,
        handover_context: seal(
          { note: 'The customer is in a hurry' },
          'default',
          `conversation/${id}`,
          DATA_KEY,
        ),
      },
    });
  /** Tells everyone something: what came before it has been told then. */
  const presence = (status = 'ONLINE') =>
    log.tell(`agent_${(count += 1)}`, { type: 'human_agent.presence_changed', data: { status } });
  const typesOf = (client: SocketClient | SseClient) => client.events.map(({ type }) => type);

  describe('is heard', () => {
    it('by the offered agent and supervisors, with what the human needs; by nobody else', async () => {
      const [anas, bobs, sues, desk] = await Promise.all([open(ana), open(bob), open(sue), open()]);
      await offer('agent_ana');
      await presence();
      await Promise.all([anas, bobs, sues, desk].map((client) => client.until(1, 'presence.changed')));
      expect(typesOf(bobs)).toEqual(['presence.changed']);
      for (const client of [anas, sues, desk])
        expect(typesOf(client)).toEqual(['offer.created', 'presence.changed']);
      expect(anas.events[0]?.data).toMatchObject({
        offer_id: 'offer_1',
        conversation_id: id,
        agent_id: 'agent_ana',
        handover_context: { note: 'The customer is in a hurry' },
        expires_at: '2026-11-22T10:00:30.000Z',
      });
    });

    it('by the owner of a conversation and supervisors, opened', async () => {
      const [anas, bobs, sues] = await Promise.all([open(ana), open(bob), open(sue)]);
      await log.message(id, 'For the AI');
      await log.tell(id, { type: 'conversation.assigned', owner: 'agent_ana', ownerEpoch: 2 });
      await log.message(id, 'For Ana', { owner: 'agent_ana', ownerEpoch: 2 });
      await presence();
      await Promise.all([anas, bobs, sues].map((client) => client.until(1, 'presence.changed')));
      expect(typesOf(bobs)).toEqual(['presence.changed']);
      expect(typesOf(anas)).toEqual([
        'conversation.assigned',
        'conversation.state',
        'conversation.message',
        'presence.changed',
      ]);
      expect(anas.events[2]?.data).toMatchObject({ content: 'For Ana', role: 'user', conversation_id: id });
      expect(typesOf(sues)[0]).toBe('conversation.message');
    });

    it('in its own tenant only', async () => {
      const { body: tenant } = await gateway.call('POST', '/api/v1/tenants', { body: { name: 'Other' } });
      const [theirs, ours] = await Promise.all([open(tenant.api_key as string), open()]);
      await presence();
      await ours.until(1);
      const other = new PlayedLog(services, tenant.tenant_id as string);
      await other.tell('agent_x', { type: 'human_agent.presence_changed', data: { agent_id: 'agent_x' } });
      const [first] = await theirs.until(1);
      expect(first?.data.agent_id).toBe('agent_x');
      expect(ours.events).toHaveLength(1);
    });

    it('the same over server-sent events, with Last-Event-ID', async () => {
      const sse = await SseClient.open(gateway, '/api/v1/staff/stream', { token: ana });
      clients.push(sse);
      await waitFor(() => sse.lastEventId, { what: 'a place to begin at' });
      await offer('agent_ana');
      const [event] = await sse.until(1);
      expect(event).toMatchObject({ type: 'offer.created', data: { offer_id: 'offer_1' } });
      expect(event?.id).toMatch(/^\w+-\d+$/);
      sse.close();
      await offer('agent_ana', 'offer_2');
      const resumed = await SseClient.open(replica, '/api/v1/staff/stream', {
        token: ana,
        lastEventId: event?.id ?? '',
      });
      clients.push(resumed);
      const [missed] = await resumed.until(1);
      expect(missed?.data.offer_id).toBe('offer_2');
    });

    it('by a client that has heard nothing yet from where it began', async () => {
      const sse = await SseClient.open(gateway, '/api/v1/staff/stream', { token: ana });
      const begun = await waitFor(() => sse.lastEventId, { what: 'a place to begin at' });
      sse.close();
      await offer('agent_ana');
      const resumed = await SseClient.open(replica, '/api/v1/staff/stream', {
        token: ana,
        lastEventId: begun,
      });
      clients.push(resumed);
      expect((await resumed.until(1)).map(({ type }) => type)).toEqual(['offer.created']);
    });

    it('by two hundred desks at once, each of everything once and in order', async () => {
      const desks = await Promise.all(Array.from({ length: 200 }, () => open()));
      const told: string[] = [];
      for (let index = 0; index < 20; index += 1) told.push((await presence()).stream_id);
      await Promise.all(desks.map((desk) => desk.until(told.length)));
      for (const desk of desks)
        expect(desk.events.map((event) => event.id)).toEqual(desks[0]?.events.map((event) => event.id));
      expect(new Set(desks[0]?.events.map((event) => event.id)).size).toBe(told.length);
    });
  });

  describe('over reconnections', () => {
    it('misses nothing and repeats nothing, on this replica or another', async () => {
      let client = await open();
      const heard: string[] = [];
      const ids: string[] = [];
      const stop = new AbortController();
      const appends = (async () => {
        for (let index = 0; index < 300; index += 1) await log.message(id, `${index}`);
        stop.abort();
      })();
      const collect = () => {
        heard.push(...client.events.map(({ data }) => data.content as string));
        ids.push(...client.events.map((event) => event.id as string));
      };
      for (let round = 0; !stop.signal.aborted; round += 1) {
        await client.until(1);
        client.socket.terminate();
        await client.untilClosed();
        collect();
        client = await open(undefined, { cursor: ids.at(-1), on: round % 2 ? gateway : replica });
      }
      await appends;
      await waitFor(() => heard.length + client.events.length >= 300, { what: 'all messages' });
      collect();
      expect(heard).toEqual(Array.from({ length: 300 }, (_, index) => `${index}`));
      const numbers = ids.map((cursor) => Number(cursor.split('-')[1]));
      expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
    });

    it('goes on in the middle of an event that came to two notifications', async () => {
      const first = await open();
      await log.tell(id, { type: 'conversation.assigned', owner: 'agent_ana', ownerEpoch: 2 });
      const [assigned, state] = await first.until(2);
      expect(assigned?.id).not.toBe(state?.id);
      const second = await open(undefined, { cursor: assigned?.id });
      const third = await open(undefined, { cursor: state?.id });
      await presence();
      await Promise.all([second.until(2), third.until(1)]);
      expect(typesOf(second)).toEqual(['conversation.state', 'presence.changed']);
      expect(typesOf(third)).toEqual(['presence.changed']);
      expect(second.events[0]?.id).toBe(state?.id);
    });

    it('takes a cursor of a replica that is ahead for what it is', async () => {
      const first = await open();
      await presence();
      await first.until(1);
      const second = await open(undefined, { cursor: first.lastId, on: replica });
      await presence('AWAY');
      const [next] = await second.until(1);
      expect(next?.data.status).toBe('AWAY');
    });

    it.each(['nonsense', 'otherlife-5', 'e-1-1'])(
      'says first that the cursor %s has expired, and goes on live',
      async (cursor) => {
        const client = await open(undefined, { cursor });
        await presence();
        await client.until(2);
        expect(typesOf(client)).toEqual(['cursor.expired', 'presence.changed']);
        const resumed = await open(undefined, { cursor: client.events[0]?.id });
        expect((await resumed.until(1)).map(({ type }) => type)).toEqual(['presence.changed']);
      },
    );

    it('says that a cursor has expired where what came after it is gone', async () => {
      const first = await open();
      await presence();
      const [{ id: old } = { id: undefined }] = await first.until(1);
      for (let index = 0; index < 3; index += 1) await presence();
      await first.until(4);
      const manager = await services.bus.streams.jetstream();
      await manager.streams.purge('BATON_EVENTS', { keep: 1 });
      const late = await open(undefined, { cursor: old });
      await late.until(1);
      expect(typesOf(late)).toEqual(['cursor.expired']);
      const fresh = await open(undefined, { cursor: first.lastId });
      await presence();
      expect((await fresh.until(1)).map(({ type }) => type)).toEqual(['presence.changed']);
    });

    it('says what was erased meanwhile as such', async () => {
      const first = await open();
      await presence();
      await first.until(1);
      const cursor = first.lastId;
      first.close();
      await log.message(id, 'My secret');
      await log.erase(id);
      const late = await open(undefined, { cursor, on: replica });
      const [message] = await late.until(1, 'conversation.message');
      expect(message?.data.content).toBe('[erased]');
    });
  });

  describe('of an event that JetStream holds twice', () => {
    /** As a relay does that was away for longer than JetStream drops repeats. */
    const storeAgain = async (event: RecordedEvent) => {
      const { subject, headers, payload } = encodeEvent(event);
      headers.set('Nats-Msg-Id', crypto.randomUUID());
      await services.bus.nats.request(subject, payload, { headers, timeout: 5000 });
      const manager = await services.bus.streams.jetstream();
      const { state } = await manager.streams.info('BATON_EVENTS', { subjects_filter: subject });
      expect(state.subjects?.[subject]).toBe(2);
    };

    it('tells once: live, after a restart, and from a cursor before both, in the first or between them', async () => {
      const desk = await open();
      await presence();
      await desk.until(1);
      const event: RecordedEvent = {
        ...log.record(id, { type: 'conversation.assigned', owner: 'agent_ana', ownerEpoch: 2 }),
        occurred_at: new Date(Date.now() - 20 * 60_000).toISOString(),
      };
      await services.bus.publishEvent(event);
      await log.message(id, 'between');
      const [before, assigned, , between] = await desk.until(4);

      const restarted = await TestGateway.start(servers);
      try {
        const late = await open(undefined, { on: restarted });
        await storeAgain(event);
        await presence('AWAY');
        await Promise.all([desk.until(5), late.until(1)]);
        expect(typesOf(late)).toEqual(['presence.changed']);
        const all = [
          'presence.changed',
          'conversation.assigned',
          'conversation.state',
          'conversation.message',
          'presence.changed',
        ];
        expect(typesOf(desk)).toEqual(all);
        for (const on of [gateway, restarted]) {
          const cursors = [before, assigned, between].map((told) => told?.id);
          const resumed = await Promise.all(cursors.map((cursor) => open(undefined, { cursor, on })));
          const lastOf = (client: SocketClient | SseClient) => client.events.at(-1)?.id;
          await waitFor(() => resumed.every((client) => lastOf(client) === lastOf(desk)), {
            what: 'everyone to have caught up',
          });
          expect(resumed.map(typesOf)).toEqual([all.slice(1), all.slice(2), all.slice(4)]);
        }
      } finally {
        await restarted.close();
      }
    });

    it('never tells behind a later event of its conversation, also where the first copy was lost with the stream', async () => {
      const desk = await open();
      const message = (version: number, content: string, occurredMsAgo: number): RecordedEvent => ({
        ...log.record(id, { type: 'conversation.message_received', data: { content } }),
        version,
        occurred_at: new Date(Date.now() - occurredMsAgo).toISOString(),
      });
      const [early, late] = [message(8, 'early', 20_000), message(20, 'late', 10_000)];
      await services.bus.publishEvent(late);
      const [told] = await desk.until(1);
      const restarted = await TestGateway.start(servers);
      try {
        const elsewhere = await open(undefined, { on: restarted });
        await services.bus.publishEvent(early);
        await presence();
        await Promise.all([desk.until(2), elsewhere.until(1)]);
        expect([desk, elsewhere].map(typesOf)).toEqual([
          ['conversation.message', 'presence.changed'],
          ['presence.changed'],
        ]);
        for (const on of [gateway, restarted]) {
          const back = await open(undefined, { cursor: told?.id, on });
          expect((await back.until(1)).map(({ type }) => type)).toEqual(['presence.changed']);
        }
      } finally {
        await restarted.close();
      }
    });

    it('tells once within the second too, to a client that was away when it came first', async () => {
      const desk = await open();
      await presence();
      const [before] = await desk.until(1);
      desk.close();
      const event = log.record(id, { type: 'conversation.assigned', owner: 'agent_ana', ownerEpoch: 2 });
      await services.bus.publishEvent(event);
      const back = await open(undefined, { cursor: before?.id });
      await back.until(2);
      await storeAgain(event);
      await presence('AWAY');
      await back.until(3);
      expect(typesOf(back)).toEqual(['conversation.assigned', 'conversation.state', 'presence.changed']);
    });
  });

  describe('holds its order', () => {
    it('while keys are not to be had, and tells everything once they are', async () => {
      let isDown = true;
      log.onDataKey = () => {
        if (isDown) throw new BatonError('unavailable', 'The orchestrator restarts');
      };
      const client = await open();
      await log.message(id, 'sealed');
      await presence();
      await services.untilAsked({ pattern: 'conversation.data-key', body: null as never });
      expect(client.events).toEqual([]);
      isDown = false;
      await client.until(2);
      expect(typesOf(client)).toEqual(['conversation.message', 'presence.changed']);
    });

    it('through a restart of NATS', async () => {
      const client = await open();
      await presence();
      await client.until(1);
      servers.nats.kill('SIGKILL');
      // Who comes back meanwhile is told to come again, not that something is broken.
      await expect(open(undefined, { cursor: client.lastId })).rejects.toThrow(/^503 .*problem:unavailable/);
      await servers.nats.restart();
      await waitFor(() => services.bus.connected, { what: 'the bus to be back' });
      await presence('AWAY');
      const events = await client.until(2);
      expect(events.map(({ data }) => data.status)).toEqual(['ONLINE', 'AWAY']);
    });

    it('through the loss of the whole stream, and says that old cursors mean nothing now', async () => {
      const client = await open();
      const before = await presence();
      await client.until(1);
      const old = client.lastId;
      const manager = await services.bus.streams.jetstream();
      await manager.streams.delete('BATON_EVENTS');
      await client.until(1, 'cursor.expired');
      // The relay publishes again what it cannot know to have arrived.
      await services.bus.publishEvent(before);
      await presence('AWAY');
      await client.until(2, 'presence.changed');
      expect(typesOf(client)).toEqual(['presence.changed', 'cursor.expired', 'presence.changed']);
      const resumed = await open(undefined, { cursor: old });
      expect((await resumed.until(1))[0]?.type).toBe('cursor.expired');
    });

    it('through the loss of the stream while keys are not to be had: the old life is told before the new one', async () => {
      let isDown = true;
      log.onDataKey = () => {
        if (isDown) throw new BatonError('unavailable', 'The orchestrator restarts');
      };
      const client = await open();
      await log.message(id, 'sealed');
      await services.untilAsked({ pattern: 'conversation.data-key', body: null as never });
      const manager = await services.bus.streams.jetstream();
      const { created } = await manager.streams.info('BATON_EVENTS');
      await manager.streams.delete('BATON_EVENTS');
      const present = () => manager.streams.info('BATON_EVENTS').catch(() => undefined);
      await waitFor(async () => ![undefined, created].includes((await present())?.created), {
        what: 'another stream',
      });
      await presence();
      expect(client.events).toEqual([]);
      isDown = false;
      await client.until(1, 'presence.changed');
      expect(typesOf(client)).toEqual(['conversation.message', 'cursor.expired', 'presence.changed']);
    });

    it('from a cursor of a life of the stream that this replica has not heard of yet', async () => {
      for (let index = 0; index < 3; index += 1) await presence();
      const manager = await services.bus.streams.jetstream();
      const { config } = await manager.streams.info('BATON_EVENTS');
      await manager.streams.delete('BATON_EVENTS');
      const { created } = await manager.streams.add(config);
      await presence('AWAY');
      const client = await open(undefined, { cursor: `${epochToken(created)}-0` });
      const [event] = await client.until(1);
      expect(event).toMatchObject({ type: 'presence.changed', id: `${epochToken(created)}-1` });
      await presence('ONLINE');
      expect((await client.until(2)).map(({ data }) => data.status)).toEqual(['AWAY', 'ONLINE']);
    });
  });

  describe('is opened', () => {
    it('with a ticket that is good for one connection', async () => {
      const ticket = await SocketClient.ticket(gateway);
      const client = await SocketClient.open(replica, { ticket });
      clients.push(client);
      await expect(SocketClient.open(gateway, { ticket })).rejects.toThrow(
        /^401 .*urn:baton:problem:unauthenticated/,
      );
    });

    it('and answers a page that asks whether anybody is there, and nothing else that is sent', async () => {
      const client = await SocketClient.open(gateway);
      clients.push(client);
      for (const sent of ['hello', '{"type":"offer.created"}', '{"type":"ping"}']) client.socket.send(sent);
      await client.until(1, 'pong');
      expect(client.events).toEqual([{ id: undefined, type: 'pong', data: undefined }]);
    });

    it('by one of many who come at once with the same ticket', async () => {
      const ticket = await SocketClient.ticket(gateway);
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => SocketClient.open(index % 2 ? gateway : replica, { ticket })),
      );
      const opened = attempts.filter((attempt) => attempt.status === 'fulfilled');
      expect(opened).toHaveLength(1);
      clients.push(...opened.map(({ value }) => value));
    });

    it.each(['', 'nonsense', 'x'.repeat(43)])('not with the ticket "%s"', async (ticket) => {
      await expect(SocketClient.open(gateway, { ticket })).rejects.toThrow('401');
    });

    it('by a client that is no browser with its token, where that may hear staff', async () => {
      const url = `${gateway.url.replace('http', 'ws')}/ws/staff`;
      const status = (token: string) =>
        new Promise((resolve) => {
          const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } });
          socket.once('open', () => {
            socket.close();
            resolve(101);
          });
          socket.once('unexpected-response', (_request, response) => resolve(response.statusCode));
        });
      const customer = await gateway.conversationToken(id);
      expect(await Promise.all([ana, customer, 'nonsense'].map(status))).toEqual([101, 403, 401]);
    });

    it('not from a page of a foreign origin, whose attempt costs no ticket', async () => {
      const ticket = await SocketClient.ticket(gateway);
      await expect(SocketClient.open(gateway, { ticket, origin: 'https://evil.example' })).rejects.toThrow(
        '403',
      );
      const own = await SocketClient.open(gateway, { ticket, origin: gateway.url });
      clients.push(own);
    });

    it('not at another path', async () => {
      const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws/other`);
      const status = await new Promise((resolve) =>
        socket.once('unexpected-response', (_request, response) => resolve(response.statusCode)),
      );
      expect(status).toBe(404);
    });
  });

  describe('is closed', () => {
    it('for a key that was deleted, with the reason', async () => {
      const { body } = await gateway.call('POST', '/api/v1/api-keys', {
        body: { name: 'Gone', scopes: ['staff'] },
      });
      const client = await open(body.api_key as string, { on: replica });
      await gateway.call('DELETE', `/api/v1/api-keys/${body.key_id}`);
      await client.untilClosed();
      expect([client.closeCode, client.closeReason]).toEqual([1008, 'The token is no longer valid']);
    });

    it('for what a lesser role may not hear, as soon as the role is known', async () => {
      const client = await open(sue);
      await offer('agent_ana');
      await client.until(1);
      services.on(staffRequests.getAgent, ({ agent_id }) => ({ agent_id, role: 'agent' }) as never);
      await log.tell('supervisor_sue', { type: 'human_agent.updated' });
      await services.untilAsked(staffRequests.getAgent);
      await waitFor(
        async () => {
          await offer('agent_ana', 'offer_late');
          await presence();
          const heard = typesOf(client).slice(-2);
          return heard.every((type) => type === 'presence.changed') && heard.length === 2;
        },
        { what: 'the offers to stop' },
      );
    });

    it('when the gateway stops, so that clients go to another', async () => {
      const leaving = await TestGateway.start(servers);
      const socket = await open(undefined, { on: leaving });
      const sse = await SseClient.open(leaving, '/api/v1/staff/stream');
      await leaving.close();
      await Promise.all([socket.untilClosed(), sse.untilClosed()]);
      expect(socket.closeCode).toBe(1001);
      expect(sse.events.at(-1)).toMatchObject({
        type: 'stream.closed',
        data: { code: 1001, reason: expect.stringContaining('reconnect') },
      });
      // What it was told last does not move its place.
      expect(sse.events.at(-1)?.id).toBe(sse.events.at(-2)?.id);
    });

    it('for a client that reads nothing, which is told so and catches up; nobody else notices', async () => {
      const [slow, fine] = await Promise.all([open(), open()]);
      slow.socket.pause();
      const content = 'x'.repeat(30_000);
      const dropped = async () =>
        /staff_streams_closed_total\{[^}]*reason="too_slow"[^}]*\} (\d+)/.exec(
          (await gateway.call('GET', '/metrics', { token: null })).text,
        )?.[1];
      const before = await dropped();
      let all = 0;
      while ((await dropped()) === before) {
        for (let index = 0; index < 50; index += 1) await log.message(id, content);
        all += 50;
      }
      slow.socket.resume();
      await slow.untilClosed();
      expect([slow.closeCode, slow.closeReason]).toEqual([1013, 'Too slow: reconnect with your last cursor']);
      await fine.until(all);
      expect(slow.events.length).toBeLessThan(all);
      const caughtUp = await open(undefined, { cursor: slow.lastId });
      await caughtUp.until(all - slow.events.length);
      expect([...slow.events, ...caughtUp.events].map((event) => event.id)).toEqual(
        fine.events.map((event) => event.id),
      );
      expect(fine.isOpen).toBe(true);
    });
  });
});
