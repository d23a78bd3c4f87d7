import {
  BatonError,
  type ConsultationMessageView,
  type ConsultationNews,
  consultationRequests as requests,
  type ConsultationView,
  staffRequests,
  subjects,
} from '@baton/contracts';
import { waitFor } from '@baton/testkit';
import { WebSocket } from 'ws';

import { FIRST_KEY, playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';

interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

class Client {
  readonly frames: Frame[] = [];
  code: number | undefined;

  constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
    socket.on('close', (code) => (this.code = code));
    socket.on('error', () => undefined);
  }

  async until(count: number, type?: string): Promise<readonly Frame[]> {
    const found = () => this.frames.filter((frame) => type === undefined || frame.type === type);
    await waitFor(() => Promise.resolve(found().length >= count), {
      what: `${count} ${type ?? 'frames'}`,
      timeoutMs: 30_000,
    });
    return found();
  }
}

describe('the socket of a consultation', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let replica: TestGateway;
  let history: ConsultationMessageView[];
  let count = 0;
  let id: string;
  const clients: Client[] = [];

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    [gateway, replica] = await Promise.all([TestGateway.start(servers), TestGateway.start(servers)]);
  });
  afterAll(async () => {
    await Promise.all([gateway?.close(), replica?.close()]);
    await services?.close();
    await servers?.stop();
  });
  beforeEach(() => {
    services.forget();
    playAgents(services);
    id = `cons_${(count += 1)}`;
    history = [];
    write('SYSTEM', 'Open');
    services.on(requests.get, ({ consultation_id }, { tenant_id }) => {
      if (consultation_id !== id || tenant_id !== 'default')
        throw new BatonError('not-found', 'There is no such consultation');
      return view();
    });
    services.on(requests.messages, ({ after, limit, cursor }) => {
      const from = Number(cursor ?? history.findIndex(({ message_id }) => message_id === after) + 1);
      const items = history.slice(from, from + limit);
      const next = from + limit < history.length ? String(from + limit) : null;
      return { items, next_cursor: next };
    });
    services.on(requests.send, ({ message }, { actor }) => {
      const question = write('HUMAN', message, { agent_id: actor.id, answer_id: `a${history.length}` });
      tell(question);
      return { result: question, replayed: false };
    });
  });
  afterEach(() => {
    for (const { socket } of clients.splice(0)) socket.terminate();
  });

  const view = (): ConsultationView => ({
    consultation_id: id,
    workflow_id: 'w',
    agent_id: 'handle',
    agent_name: 'Handle',
    approval_id: null,
    run_id: 'run_1',
    conversation_id: null,
    status: 'ACTIVE',
    context: { plan: null, risk_assessment: null, summary: null, steps: [] },
    messages: history.slice(-50),
    started_at: '2026-11-22T10:00:00.000Z',
    completed_at: null,
  });
  const write = (
    role: ConsultationMessageView['role'],
    content: string,
    metadata: Record<string, unknown> = {},
    message_id = `m${history.length}`,
  ): ConsultationMessageView => {
    const message = {
      message_id,
      consultation_id: id,
      position: history.length + 2,
      role,
      content,
      metadata,
      timestamp: '2026-11-22T10:00:00.000Z',
    };
    history.push(message);
    return message;
  };
  const tell = (message: ConsultationMessageView): void =>
    services.bus.publish(subjects.consultationNews('default', id), {
      type: 'message',
      version: message.position,
      message,
    } satisfies ConsultationNews);
  const speak = (messageId: string, call_id: string, text: string): void =>
    services.bus.publish(subjects.consultationDeltas('default', id, messageId), { call_id, text });
  const open = async (
    options: { on?: TestGateway; token?: string; query?: string; origin?: string } = {},
  ): Promise<Client> => {
    const { on = gateway, token = FIRST_KEY, query = '', origin } = options;
    const url = `${on.url.replace('http', 'ws')}/ws/consultation/${id}?${query}`;
    const socket = new WebSocket(url, {
      headers: { authorization: `Bearer ${token}`, ...(origin !== undefined && { origin }) },
    });
    const client = new Client(socket);
    clients.push(client);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (_request, response) =>
        reject(new Error(String(response.statusCode))),
      );
      socket.once('error', reject);
    });
    return client;
  };
  const contents = (frames: readonly Frame[]) => frames.map(({ content }) => content);

  it('has everybody hear everything, through every replica, with whose words they are', async () => {
    const ana = await open({ token: await gateway.staffToken('agent_ana') });
    const bob = await open({ on: replica, token: await replica.staffToken('senior_bob') });
    ana.socket.send(JSON.stringify({ message: 'Why?' }));
    for (const client of [ana, bob])
      expect(await client.until(1)).toMatchObject([
        { type: 'message', role: 'HUMAN', content: 'Why?', metadata: { agent_id: 'agent_ana' } },
      ]);
    expect(services.lastAsked(requests.send).ctx.actor).toEqual({
      type: 'human_agent',
      id: 'agent_ana',
      role: 'agent',
    });
    // What was said beside a tool, or before the model broke off, is taken back; the message is the truth.
    speak('a1', 'call', 'I look');
    speak('a1', 'call/2', 'Since it');
    tell(write('AGENT', 'Since it broke', {}, 'a1'));
    speak('a1', 'call/2', ' too late');
    tell(write('SYSTEM', 'Still here'));
    for (const client of [ana, bob])
      expect((await client.until(6)).slice(1).map(({ type, content }) => [type, content])).toEqual([
        ['delta', 'I look'],
        ['delta.reset', undefined],
        ['delta', 'Since it'],
        ['message', 'Since it broke'],
        ['message', 'Still here'],
      ]);
  });

  it('reads from the log what was not heard, and says nothing twice', async () => {
    const client = await open();
    const missed = write('HUMAN', 'missed');
    write('AGENT', 'missed too');
    const heard = write('HUMAN', 'heard');
    tell(heard);
    tell(missed);
    tell(heard);
    tell(write('AGENT', 'then'));
    await client.until(4);
    expect(contents(client.frames)).toEqual(['missed', 'missed too', 'heard', 'then']);
  });

  it('tells who comes back what came behind the message they have, page by page, and nobody else the past', async () => {
    for (let index = 0; index < 450; index += 1) write('HUMAN', `q${index}`);
    const [back, fresh] = [await open({ query: 'after=m3' }), await open()];
    await back.until(447);
    tell(write('AGENT', 'now'));
    await back.until(448);
    expect(contents(back.frames)).toEqual([...history.slice(4).map(({ content }) => content)]);
    expect(contents(await fresh.until(1))).toEqual(['now']);
  });

  it('answers what is no message with a problem, and stays open', async () => {
    services.on(requests.send, () => {
      throw new BatonError('invalid-transition', 'It is over', { details: { state: 'COMPLETED' } });
    });
    const client = await open();
    for (const sent of [
      '{',
      '[]',
      '{"message":7}',
      '{"message":" "}',
      JSON.stringify({ message: 'x'.repeat(32_001) }),
    ])
      client.socket.send(sent);
    client.socket.send(JSON.stringify({ message: 'too late' }));
    client.socket.send(JSON.stringify({ type: 'ping' }));
    const errors = await client.until(6, 'error');
    expect(errors.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400, 409]);
    expect(errors[2]).toMatchObject({
      problem: 'urn:baton:problem:validation-failed',
      errors: [{ path: 'message' }],
    });
    expect(errors[5]).toMatchObject({ problem: 'urn:baton:problem:invalid-transition', state: 'COMPLETED' });
    await client.until(1, 'pong');
    expect(client.code).toBeUndefined();
  });

  it('lets nobody in who may not, from where they may not, or to what there is not', async () => {
    const refused = async (options: Parameters<typeof open>[0], status: number): Promise<void> =>
      expect(open(options)).rejects.toThrow(String(status));
    await refused({ token: 'no-key' }, 401);
    await refused({ token: await gateway.conversationToken('conv_1') }, 403);
    await refused({ token: await gateway.keyWith(['conversations']) }, 403);
    await refused({ origin: 'https://evil.example' }, 403);
    await refused({ query: 'ticket=nonsense' }, 401);
    const known = id;
    id = 'cons_unknown';
    services.on(requests.get, () => {
      throw new BatonError('not-found', 'There is no such consultation');
    });
    await refused({}, 404);
    id = known;
  });

  it('lets go of whom nobody knows any more, at their next word', async () => {
    const client = await open({ token: await gateway.staffToken('agent_gone') });
    services.on(staffRequests.getAgent, () => {
      throw new BatonError('not-found', 'There is no such human agent');
    });
    await waitFor(
      () => {
        client.socket.send(JSON.stringify({ message: 'Am I here?' }));
        return Promise.resolve(client.frames.some(({ type, status }) => type === 'error' && status === 403));
      },
      { what: 'the refusal', everyMs: 200, timeoutMs: 30_000 },
    );
  });

  it('has REST answer with what the agent says, however it is heard of', async () => {
    const path = `/api/v1/consultations/${id}/messages`;
    services.on(requests.send, ({ message }) => {
      const question = write('HUMAN', message, { answer_id: 'a_rest' });
      setTimeout(() => write('AGENT', 'Read in the log', {}, 'a_rest'), 200);
      return { result: question, replayed: false };
    });
    const answer = await gateway.call('POST', path, { body: { message: 'Why?' } });
    expect([answer.status, answer.body]).toMatchObject([200, { role: 'AGENT', content: 'Read in the log' }]);
    services.on(requests.send, ({ message }) => {
      const question = write('HUMAN', message, { answer_id: 'a_never' });
      setTimeout(() => write('SYSTEM', 'It has ended'), 200);
      return { result: question, replayed: false };
    });
    expect((await gateway.call('POST', path, { body: { message: 'And?' } })).status).toBe(409);
    expect((await gateway.call('POST', path, { body: { message: ' ' } })).status).toBe(400);
  });
});
