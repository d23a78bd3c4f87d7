import { connect } from 'node:net';

import { BatonError, conversationRequests, type TurnView } from '@baton/contracts';

import { type CallOptions, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

const TURN: TurnView = {
  conversation_id: 'conv_1',
  turn_id: 't-1',
  turn_number: 1,
  idempotency_key: 'conv_1:t-1',
  status: 'COLLECTING',
  state: 'NEW',
  version: 2,
  reply: null,
  handover: null,
};

const MESSAGE = { message: 'Hello', sender_type: 'user' };
const json = { 'content-type': 'application/json' };

describe('what a caller can get wrong', () => {
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
    services.on(conversationRequests.receiveMessage, () => ({ result: TURN, replayed: false }));
  });

  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const expectProblem = async (
    method: string,
    path: string,
    options: CallOptions,
    status: number,
    code: string,
    errorPath?: unknown,
  ) => {
    const answer = await gateway.call(method, path, options);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ type: `urn:baton:problem:${code}`, status });
    expect(answer.status).toBe(status);
    expect(answer.body.title).toEqual(expect.any(String));
    expect(answer.body.detail).toEqual(expect.any(String));
    expect(answer.text).not.toMatch(/node_modules|\.[jt]s:\d|\bat \S+ \(/);
    if (errorPath !== undefined)
      expect(answer.body.errors).toContainEqual(expect.objectContaining({ path: errorPath }));
    return answer;
  };

  it('takes a message that is right', async () => {
    const answer = await gateway.call('POST', '/api/v1/hil/message', { body: MESSAGE });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual(TURN);
  });

  it.each<[string, unknown, unknown]>([
    ['no message', { sender_type: 'user' }, 'message'],
    ['an empty message', { ...MESSAGE, message: '' }, 'message'],
    ['a message of white space', { ...MESSAGE, message: ' \n\t ' }, 'message'],
    ['a message that is no text', { ...MESSAGE, message: 7 }, 'message'],
    ['a message that is too long', { ...MESSAGE, message: 'x'.repeat(32_001) }, 'message'],
    ['no sender', { message: 'Hello' }, 'sender_type'],
    ['a sender nobody knows', { ...MESSAGE, sender_type: 'robot' }, 'sender_type'],
    ['a conversation id with a slash', { ...MESSAGE, conversation_id: 'a/b' }, 'conversation_id'],
    ['a conversation id that is empty', { ...MESSAGE, conversation_id: '' }, 'conversation_id'],
    [
      'a conversation id that is too long',
      { ...MESSAGE, conversation_id: 'x'.repeat(129) },
      'conversation_id',
    ],
    ['a turn id with a colon', { ...MESSAGE, turn_id: 'a:b' }, 'turn_id'],
    ['a turn id that is null', { ...MESSAGE, turn_id: null }, 'turn_id'],
    ['a workflow name with a space', { ...MESSAGE, workflow_name: 'a b' }, 'workflow_name'],
    ['a customer without an id', { ...MESSAGE, customer: { name: 'Ana' } }, 'customer.id'],
    ['a customer that is a list', { ...MESSAGE, customer: [] }, 'customer'],
    ['a customer that is a text', { ...MESSAGE, customer: 'Ana' }, 'customer'],
    ['metadata that is a list', { ...MESSAGE, metadata: [1] }, 'metadata'],
    ['a list instead of an object', [MESSAGE], '$'],
    ['a text instead of an object', 'hello', '$'],
  ])('says 400 and where for %s', async (_what, body, path) => {
    await expectProblem('POST', '/api/v1/hil/message', { body }, 400, 'validation-failed', path);
    expect(services.asked).toEqual([]);
  });

  it.each<[string, string | Uint8Array<ArrayBuffer>, string]>([
    ['what is no JSON', '{"message": ', 'malformed-json'],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'malformed-json'],
    ['a NUL character', '{"message":"a\\u0000","sender_type":"user"}', 'validation-failed'],
    ['half a surrogate pair', '{"message":"\\ud800","sender_type":"user"}', 'validation-failed'],
    ['a prototype key', '{"message":"a","sender_type":"user","__proto__":{"x":1}}', 'validation-failed'],
    [
      'a number out of range',
      '{"message":"a","sender_type":"user","metadata":{"n":1e999}}',
      'validation-failed',
    ],
    ['endless nesting', '['.repeat(100_000), 'malformed-json'],
    ['deep nesting', `{"metadata":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, 'validation-failed'],
  ])('says 400 for %s', async (_what, raw, code) => {
    await expectProblem('POST', '/api/v1/hil/message', { raw, headers: json }, 400, code);
  });

  it('says 400 for no body where one is needed, and takes none where all is optional', async () => {
    await expectProblem('POST', '/api/v1/hil/message', {}, 400, 'validation-failed', 'message');
    services.on(conversationRequests.release, () => ({
      result: { state: 'PENDING_HUMAN' as const },
      replayed: false,
    }));
    expect((await gateway.call('POST', '/api/v1/hil/release/conv_1', { headers: json })).status).toBe(200);
    expect((await gateway.call('POST', '/api/v1/hil/release/conv_1')).status).toBe(200);
  });

  it('says 413 for a body over 1 MiB', async () => {
    const body = { ...MESSAGE, metadata: { big: 'x'.repeat(1_048_576) } };
    await expectProblem('POST', '/api/v1/hil/message', { body }, 413, 'body-too-large');
  });

  it.each([
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('says 415 for %s', async (type) => {
    const options = { raw: 'message=hello', headers: { 'content-type': type } };
    await expectProblem('POST', '/api/v1/hil/message', options, 415, 'unsupported-media-type');
  });

  it('says 415 for YAML where JSON is asked for, and for JSON where YAML is', async () => {
    const yaml = { raw: 'message: hello', headers: { 'content-type': 'application/yaml' } };
    await expectProblem('POST', '/api/v1/hil/message', yaml, 415, 'unsupported-media-type');
    await expectProblem('PUT', '/api/v1/workflows/w', { body: { name: 'w' } }, 415, 'unsupported-media-type');
  });

  it('says 404 for a route that there is not, with or without a token', async () => {
    await expectProblem('GET', '/api/v1/nothing', {}, 404, 'not-found');
    await expectProblem('GET', '/api/v1/nothing', { token: null }, 404, 'not-found');
    await expectProblem('GET', '/', { token: null }, 404, 'not-found');
  });

  it('says 405 and what is allowed for a method that a route does not know', async () => {
    const answer = await expectProblem('DELETE', '/api/v1/hil/message', {}, 405, 'method-not-allowed');
    expect(answer.headers.get('allow')).toBe('POST');
  });

  it.each([
    ['GET', '/api/v1/conversations?limit=0', 'limit'],
    ['GET', '/api/v1/conversations?limit=201', 'limit'],
    ['GET', '/api/v1/conversations?limit=ten', 'limit'],
    ['GET', '/api/v1/conversations?limit=1e2', 'limit'],
    ['GET', '/api/v1/conversations?limit=99999999999999999999', 'limit'],
    ['GET', '/api/v1/conversations?limit=1&limit=2', 'limit'],
    ['GET', '/api/v1/conversations?state=SLEEPING', 'state'],
    ['GET', '/api/v1/conversations/conv_1/state?version=0', 'version'],
    ['GET', '/api/v1/conversations/conv_1/state', 'version'],
    ['GET', '/api/v1/conversations/bad%20id', 'id'],
    ['GET', `/api/v1/conversations/${'x'.repeat(129)}`, 'id'],
    ['GET', '/api/v1/api-keys?cursor=%25%25%25', 'cursor'],
    ['GET', '/api/v1/memory/search', 'q'],
    ['GET', '/api/v1/analytics/summary?from=yesterday', 'from'],
    ['GET', '/api/v1/analytics/summary?from=2026-13-45', 'from'],
  ])('says 400 and where for %s %s', async (method, path, where) => {
    await expectProblem(method, path, {}, 400, 'validation-failed', where);
  });

  it.each([
    '/api/v1/conversations/%ff',
    '/api/v1/conversations/%zz',
    `/api/v1/conversations/${'x'.repeat(600)}`,
    '/api/v1/conversations/a%00b',
    '/api/v1/conversations?q=%00',
  ])('says 400 for the URL %s', async (path) => {
    await expectProblem('GET', path, {}, 400, 'validation-failed');
  });

  it.each([
    ['what is no HTTP', 'hello\r\n\r\n'],
    ['headers without end', `GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('says 400 for %s', async (_what, text) => {
    const { hostname, port } = new URL(gateway.url);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    socket.write(text);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*\r\n/);
    expect(answer).toContain('application/problem+json');
    expect(answer).toMatch(/\r\nX-Request-Id: req_/);
  });

  it('says 400 for an Idempotency-Key that is none', async () => {
    const headers = { 'idempotency-key': 'x'.repeat(256) };
    await expectProblem('POST', '/api/v1/hil/message', { body: MESSAGE, headers }, 400, 'validation-failed');
  });

  it('says 400 for a Last-Event-ID that is no version', async () => {
    const headers = { accept: 'text/event-stream', 'last-event-id': 'abc' };
    await expectProblem('GET', '/api/v1/conversations/conv_1/events', { headers }, 400, 'validation-failed');
  });

  it.each([
    ['conflict', 409],
    ['invalid-transition', 409],
    ['erased', 410],
    ['idempotency-key-reused', 422],
    ['unavailable', 503],
    ['version-conflict', 503],
    ['deadline-exceeded', 503],
  ] as const)('passes on what a service refuses with %s', async (code, status) => {
    services.on(conversationRequests.receiveMessage, () => {
      throw new BatonError(code, 'No', { details: { state: 'HUMAN_ACTIVE' } });
    });
    const answer = await expectProblem('POST', '/api/v1/hil/message', { body: MESSAGE }, status, code);
    expect(answer.body.state).toBe('HUMAN_ACTIVE');
    expect(answer.headers.get('retry-after')).toBe(status === 503 ? '1' : null);
  });

  it('keeps what a service did not mean to say to itself', async () => {
    services.on(conversationRequests.receiveMessage, () => {
      throw new Error('password=hunter2');
    });
    const answer = await gateway.call('POST', '/api/v1/hil/message', { body: MESSAGE });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('hunter2');
  });

  it("gives every answer a request id and a trace, the caller's own where it has them", async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = { 'x-request-id': 'mine-1', traceparent };
    const own = await gateway.call('POST', '/api/v1/hil/message', { body: MESSAGE, headers });
    expect(own.headers.get('x-request-id')).toBe('mine-1');
    expect(own.headers.get('traceparent')).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(services.lastAsked(conversationRequests.receiveMessage).ctx.request_id).toBe('mine-1');
    const made = await gateway.call('GET', '/api/v1/nothing');
    expect(made.headers.get('x-request-id')).toMatch(/^req_/);
    expect(made.headers.get('traceparent')).toMatch(/^00-/);
    // Neither a question about the options nor what the router refuses gets as far as our hooks.
    for (const [method, path] of [
      ['OPTIONS', '/api/v1/hil/message'],
      ['GET', '/api/v1/conversations/%ff'],
    ] as const) {
      const answer = await gateway.call(method, path, { headers });
      expect({ path, id: answer.headers.get('x-request-id') }).toEqual({ path, id: 'mine-1' });
      expect(answer.headers.get('traceparent')).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
    }
    expect((await gateway.call('OPTIONS', '/api/v1/hil/message')).status).toBe(204);
  });
});
