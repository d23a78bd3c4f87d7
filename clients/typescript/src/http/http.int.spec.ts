import { createClient } from '../client.js';
import { hangUp, json, PlayedServer, problem } from '../testing/played-server.fixture.js';
import { BatonProblem, ConnectionError } from './problem.js';

const QUICK = { baseMs: 1, maxMs: 2 };
const TURN = { conversation_id: 'c', turn_id: 't', status: 'PROCESSING' };

describe('a call', () => {
  let server: PlayedServer;
  beforeAll(async () => (server = await PlayedServer.start()));
  afterAll(() => server.stop());

  const client = (token: string | (() => string) = 'key') =>
    createClient({ baseUrl: `${server.url}/`, token, retries: QUICK });
  const say = (each = client()) => each.conversations.send({ message: 'Hello', sender_type: 'user' });

  it('carries the token and, as a POST, a key that stays over its repetitions', async () => {
    server.answers(
      hangUp,
      problem(503, 'unavailable', { 'retry-after': '0' }),
      json(502, {}),
      json(202, TURN),
    );
    await expect(say()).resolves.toEqual(TURN);
    expect(server.calls.map(({ headers }) => headers.authorization)).toEqual(Array(4).fill('Bearer key'));
    const keys = server.calls.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(keys).size).toBe(1);
    await say();
    expect(server.calls.at(-1)?.headers['idempotency-key']).not.toBe(keys[0]);
  });

  it('leaves a key that the caller chose as it is, and a GET without one', async () => {
    server.answers(json(202, TURN));
    const { api } = client();
    await api.POST('/api/v1/hil/cancel-handover/{id}', {
      params: { path: { id: 'c' } },
      headers: { 'Idempotency-Key': 'mine' },
    });
    await api.GET('/api/v1/queue');
    expect(server.calls.map(({ headers }) => headers['idempotency-key'])).toEqual(['mine', undefined]);
  });

  it('is refused with the problem, typed, and not made again where that would not help', async () => {
    server.answers(
      json(400, {
        type: 'urn:baton:problem:validation-failed',
        title: 'Not valid',
        status: 400,
        errors: [{ path: 'message', message: 'is blank' }],
      }),
    );
    const refused = await say().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(BatonProblem);
    expect(refused).toMatchObject({
      status: 400,
      code: 'validation-failed',
      errors: [{ path: 'message', message: 'is blank' }],
    });
    expect(server.calls).toHaveLength(1);
  });

  it('waits as long as it is asked to, and not where that is too long', async () => {
    server.answers(problem(429, 'too-many-requests', { 'retry-after': '1' }), json(202, TURN));
    const since = performance.now();
    await say();
    expect(performance.now() - since).toBeGreaterThanOrEqual(990);
    server.answers(problem(429, 'too-many-requests', { 'retry-after': '3600' }));
    await expect(say()).rejects.toMatchObject({ code: 'too-many-requests', retryAfterMs: 3_600_000 });
    expect(server.calls).toHaveLength(1);
  });

  it('says in the end that nobody answered', async () => {
    server.answers(hangUp);
    await expect(say()).rejects.toBeInstanceOf(ConnectionError);
    expect(server.calls).toHaveLength(5);
  });

  it('ends when its caller wants no more', async () => {
    server.answers(() => undefined);
    const gone = new AbortController();
    const answer = client().conversations.send(
      { message: 'x', sender_type: 'user' },
      { signal: gone.signal },
    );
    gone.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('asks for a new token once when one is refused', async () => {
    let made = 0;
    server.answers(json(202, TURN));
    const each = client(() => `token-${(made += 1)}`);
    await Promise.all([say(each), say(each)]);
    expect(made).toBe(1);
    server.answers(problem(401, 'unauthenticated'), json(202, TURN));
    await say(each);
    expect(server.calls.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
    server.answers(problem(401, 'unauthenticated'));
    await expect(say(each)).rejects.toMatchObject({ status: 401 });
    expect(server.calls).toHaveLength(2);
  });

  it('tells of a proxy that speaks another language by its status', async () => {
    server.answers((_request, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>'),
    );
    await expect(say()).rejects.toMatchObject({ status: 404, code: 'unknown' });
  });

  it('reads a list to its end', async () => {
    const page = (ids: string[], next_cursor: string | null) =>
      json(200, { items: ids.map((message_id) => ({ message_id })), next_cursor });
    server.answers(page(['1', '2'], 'next'), page(['3'], null));
    const read: unknown[] = [];
    for await (const { message_id } of client().conversations.messages('a:b')) read.push(message_id);
    expect(read).toEqual(['1', '2', '3']);
    expect(server.calls[1]?.url).toBe('/api/v1/conversations/a%3Ab/messages?limit=200&cursor=next');
  });
});
