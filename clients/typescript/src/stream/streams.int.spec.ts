import { waitFor } from '@baton/testkit';
import type { WebSocket as PlayedSocket } from 'ws';

import { createClient } from '../client.js';
import type { ConversationItem } from '../conversation/conversation-stream.js';
import { isProblem } from '../http/problem.js';
import { socketMessages } from '../staff/staff-socket.js';
import type { StaffNotification } from '../staff/staff-stream.js';
import { events, hangUp, json, PlayedServer, problem, sse } from '../testing/played-server.fixture.js';
import type { ConnectionState, LiveStream } from './live-stream.js';

const event = (version: number, type = 'conversation.message_received', data: object = {}): string =>
  sse(type, { version, type, data }, version);
const delta = (turn_number: number, attempt: number, content: string): string =>
  sse('delta', { turn_number, attempt, owner_epoch: 1, content });

/** What was told, in short: versions, words, and what takes them back. */
const short = (item: ConversationItem): string | number =>
  item.kind === 'event' ? item.event.version : item.kind === 'delta' ? item.content : item.kind;

/** Reads until there are this many, then closes. */
const read = async <T>(stream: LiveStream<T>, count: number): Promise<T[]> => {
  const items: T[] = [];
  for await (const item of stream) if (items.push(item) === count) break;
  return items;
};

describe('streams', () => {
  let server: PlayedServer;
  beforeAll(async () => (server = await PlayedServer.start()));
  afterAll(() => server.stop());

  const client = () => createClient({ baseUrl: server.url, token: 'key', retries: { baseMs: 1, maxMs: 2 } });

  describe('of a conversation', () => {
    it('go on behind the last event: nothing missed, nothing twice', async () => {
      server.answers(
        events([event(1), event(2)]),
        problem(503, 'unavailable', { 'retry-after': '0' }),
        hangUp,
        // A server that repeats what was had already.
        events([event(2), event(3), sse('typing', { sender_type: 'human_agent', typing: true })]),
        events([event(4)], 'hold'),
      );
      const stream = client().conversations.stream('c');
      const states: ConnectionState[] = [];
      stream.onState((state) => states.push(state));
      const items = await read(stream, 5);
      expect(items.map(short)).toEqual([1, 2, 3, 'typing', 4]);
      expect(server.calls.map(({ headers }) => headers['last-event-id'])).toEqual(['0', '2', '2', '2', '3']);
      expect(states).toEqual(['open', 'reconnecting', 'open', 'reconnecting', 'open', 'closed']);
    });

    it('take words back when the connection is lost among them, and do not show the rest with a hole', async () => {
      const started = event(1, 'conversation.turn_started', { turn_number: 1, attempt: 1 });
      server.answers(
        events([started, delta(1, 1, 'You '), delta(1, 1, 'have ')]),
        events(
          [
            delta(1, 1, 'days.'),
            sse('delta.reset', { turn_number: 1, attempt: 1, owner_epoch: 1 }),
            delta(1, 1, 'Thirty days.'),
            event(2, 'conversation.turn_completed', { turn_number: 1 }),
            event(3, 'conversation.turn_started', { turn_number: 2, attempt: 1 }),
            delta(2, 1, 'Hello'),
          ],
          'hold',
        ),
      );
      const items = await read(client().conversations.stream('c'), 9);
      expect(items.map(short)).toEqual([
        ...[1, 'You ', 'have ', 'delta.reset'],
        ...['delta.reset', 'Thirty days.', 2, 3, 'Hello'],
      ]);
    });

    it('end with what the server refuses for good, and when they are closed', async () => {
      server.answers(problem(410, 'erased'));
      await expect(read(client().conversations.stream('c'), 1)).rejects.toMatchObject({ code: 'erased' });
      server.answers(events([event(1)], 'hold'));
      const stream = client().conversations.stream('c', { after: 7 });
      const ended = read(stream, 99);
      await waitFor(() => stream.state === 'open', { what: 'the stream to open' });
      expect(server.calls[0]?.headers['last-event-id']).toBe('7');
      stream.close();
      await expect(ended).resolves.toEqual([]);
      await expect(read(stream, 1)).rejects.toThrow('being read already');
    });
  });

  describe('of staff', () => {
    const told = (id: string): string => JSON.stringify({ id, type: 'presence.changed', data: { n: id } });
    const tickets = () => server.answers(json(201, { ticket: 'once', expires_in: 30 }));
    const ids = (items: readonly StaffNotification[]) => items.map(({ id, type }) => id || type);

    it('go on behind the cursor, with a new ticket each time', async () => {
      const urls: string[] = [];
      const say =
        (messages: readonly string[], then: (socket: PlayedSocket) => void) =>
        (socket: PlayedSocket, url: URL) => {
          urls.push(url.pathname + url.search);
          for (const message of messages) socket.send(message);
          then(socket);
        };
      tickets();
      server.connects(
        say([told('a'), told('b')], (socket) => socket.close(1013)),
        say([told('c')], (socket) => setImmediate(() => socket.terminate())),
        say([told('d')], () => undefined),
      );
      expect(ids(await read(client().staff.stream(), 4))).toEqual(['a', 'b', 'c', 'd']);
      expect(urls).toEqual([
        '/ws/staff?ticket=once',
        '/ws/staff?ticket=once&cursor=b',
        '/ws/staff?ticket=once&cursor=c',
      ]);
      expect(server.calls).toHaveLength(3);
    });

    it('say that something may have been missed where a connection is lost before its first word', async () => {
      tickets();
      server.connects(
        (socket) => setImmediate(() => socket.close()),
        (socket) => socket.send(told('a')),
      );
      expect(ids(await read(client().staff.stream(), 2))).toEqual(['cursor.expired', 'a']);
    });

    it('come over server-sent events where there is no socket', async () => {
      server.answers(
        events([sse('presence.changed', { n: 1 }, 'a')]),
        events([sse('presence.changed', { n: 2 }, 'b')], 'hold'),
      );
      const items = await read(client().staff.stream({ transport: 'sse' }), 2);
      expect(items).toEqual([
        { id: 'a', type: 'presence.changed', data: { n: 1 } },
        { id: 'b', type: 'presence.changed', data: { n: 2 } },
      ]);
      expect(server.calls[1]?.headers['last-event-id']).toBe('a');
    });

    it('ask a silent server whether it is there, and take it for lost when it does not answer', async () => {
      const asked: string[] = [];
      tickets();
      server.connects((socket) => {
        socket.on('message', (data: Buffer) => {
          asked.push(data.toString());
          if (asked.length < 3) socket.send('{"type":"pong"}');
        });
      });
      const { http } = client();
      const life = { signal: new AbortController().signal, opened: () => undefined };
      const patience = { askAfterMs: 20, answerWithinMs: 300 };
      const told: StaffNotification[] = [];
      // Ends by itself: nobody closes it.
      for await (const item of socketMessages(http, WebSocket, life, undefined, patience)) told.push(item);
      expect(told).toEqual([]);
      expect(asked).toEqual(Array(3).fill('{"type":"ping"}'));
    });

    it('end for whoever may not hear them', async () => {
      server.answers(problem(403, 'forbidden'));
      const refused = await read(client().staff.stream(), 1).catch((error: unknown) => error);
      expect(isProblem(refused, 'forbidden')).toBe(true);
    });
  });
});
