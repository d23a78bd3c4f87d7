import type {
  ApprovalView,
  ConsultationMessageView,
  ConsultationView,
  Page,
  ProblemDetails,
} from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { type ModelRequest, ModelServer, modelSteps, waitFor } from '@baton/testkit';
import { WebSocket } from 'ws';

import { Api } from './api.js';

const { callTools, json, paced, say, status } = modelSteps;

const PATIENCE_MS = 60_000;
const WHY = 'Both parts came broken, and 1000 is left of the order.';

/** order_management: reads, looks the order up, asks for 600; asked about it, it explains, and proposes half of it. */
const refunds = (request: ModelRequest) => {
  const { schema, prompt, toolResults, lastUser } = request;
  if (prompt.includes('Somebody of our own team asks you')) {
    if (lastUser.includes('break')) return status(500);
    if (!lastUser.includes('half')) return paced(WHY, 5);
    if (toolResults.length > 0) return say('Half of it would be 300; I have proposed that.');
    const steps = [{ tool: 'orders.refund', args: { order_id: '1001', amount: 300 } }];
    return callTools(
      { name: 'orders.refund', args: { order_id: '1001', amount: 1 } },
      { name: 'propose_plan', args: { request: 'Refund half of it', steps } },
    );
  }
  if (schema !== undefined) return json({ request: 'refund', order_id: '1001', confidence: 0.95 });
  if (toolResults.length === 0) return callTools({ name: 'orders.lookup', args: { order_id: '1001' } });
  if (toolResults.length === 1)
    return callTools({ name: 'orders.refund', args: { order_id: '1001', amount: 600 } });
  return callTools({ name: 'finish', args: { reply: 'I have refunded 300 dollars.', confidence: 0.95 } });
};

interface Frame {
  readonly type: string;
  readonly role?: string;
  readonly content?: string;
  readonly message_id?: string;
  readonly status?: number;
  readonly [field: string]: unknown;
}

/** One person in a consultation. */
class Participant {
  readonly frames: Frame[] = [];

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => this.frames.push(JSON.parse(data.toString()) as Frame));
  }

  static async join(api: Api, consultationId: string, after = ''): Promise<Participant> {
    const { body } = await api.post<{ ticket: string }>('/api/v1/ws-tickets');
    const path = `/ws/consultation/${consultationId}?ticket=${body.ticket}&after=${after}`;
    const socket = new WebSocket(`${api.url.replace('http', 'ws')}${path}`);
    const participant = new Participant(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return participant;
  }

  get messages(): readonly (readonly [string | undefined, string | undefined])[] {
    return this.frames.filter(({ type }) => type === 'message').map(({ role, content }) => [role, content]);
  }

  say(text: string): void {
    this.socket.send(text);
  }

  async heard(what: string, test: (frame: Frame) => boolean): Promise<Frame> {
    const found = (): Promise<boolean> => Promise.resolve(this.frames.some(test));
    await waitFor(found, { what, timeoutMs: PATIENCE_MS });
    return this.frames.find(test) as Frame;
  }

  leave(): void {
    this.socket.close();
  }
}

describe('a talk with a paused agent', () => {
  let model: ModelServer;
  let baton: RunningBaton;
  let api: Api;
  let lena: Api;
  let tom: Api;

  beforeAll(async () => {
    model = await ModelServer.start();
    model.respond(refunds);
    baton = await startBaton({
      env: {
        OPENAI_BASE_URL: model.openAiUrl,
        OPENAI_API_KEY: 'played',
        BATON_MODEL_FAST: 'openai/test-model',
        BATON_MODEL_SMART: 'openai/test-model',
      },
    });
    api = new Api(baton.url, baton.apiKey);
    lena = await api.agent('lena', { role: 'senior' });
    tom = await api.agent('tom');
  }, 180_000);
  afterAll(async () => {
    await baton?.stop();
    await model?.stop();
  });

  it('is heard by everybody in it, streams, changes nothing, and gives a plan that is taken over as an edit', async () => {
    const said = await api.say('broken', 'Order 1001 came broken, I want 600 dollars back', {
      body: { workflow_name: 'order_management' },
    });
    expect(said.body).toMatchObject({ status: 'PAUSED', state: 'PENDING_HUMAN' });
    const pending = (await lena.get<Page<ApprovalView>>('/api/v1/approvals?status=PENDING')).body
      .items[0] as ApprovalView;
    const { approval_id } = pending;

    const started = await lena.post<ConsultationView>('/api/v1/consultations', { approval_id });
    expect(started.status).toBe(201);
    expect(started.body).toMatchObject({
      status: 'ACTIVE',
      workflow_id: 'order_management',
      agent_id: 'handle',
      completed_at: null,
      messages: [{ role: 'SYSTEM' }],
    });
    const { consultation_id } = started.body;
    const path = `/api/v1/consultations/${consultation_id}`;
    const [hers, his] = await Promise.all([
      Participant.join(lena, consultation_id),
      Participant.join(tom, consultation_id),
    ]);

    // She asks; both hear the question, the words as they come, and the answer.
    hers.say(JSON.stringify({ message: 'Why the whole amount?' }));
    for (const one of [hers, his]) {
      const answer = await one.heard('the answer', ({ role }) => role === 'AGENT');
      expect(answer).toMatchObject({ content: WHY, timestamp: expect.any(String), consultation_id });
      const tokens = one.frames.filter(({ type }) => type === 'delta');
      expect(tokens.map(({ content }) => content).join('')).toBe(WHY);
      expect(new Set(tokens.map(({ message_id }) => message_id))).toEqual(new Set([answer.message_id]));
      expect(one.messages).toEqual([
        ['HUMAN', 'Why the whole amount?'],
        ['AGENT', WHY],
      ]);
    }

    // What is no message is refused, and the socket stays open.
    his.say('what?');
    his.say(JSON.stringify({ message: ' ' }));
    await his.heard('the second refusal', (frame) => frame.type === 'error' && frame['errors'] !== undefined);
    expect(his.frames.filter(({ type }) => type === 'error')).toMatchObject([
      { status: 400, problem: 'urn:baton:problem:validation-failed' },
      { status: 400, errors: [{ path: 'message' }] },
    ]);

    // A model that fails says so; the next question is answered.
    const failed = await tom.post<ConsultationMessageView>(`${path}/messages`, { message: 'Please break' });
    expect(failed).toMatchObject({ status: 200, body: { role: 'SYSTEM', metadata: { error: {} } } });
    const half = await tom.post<ConsultationMessageView>(`${path}/messages`, { message: 'Would half do?' });
    expect(half).toMatchObject({
      status: 200,
      body: { role: 'AGENT', content: 'Half of it would be 300; I have proposed that.' },
    });
    const { proposed_plan } = half.body.metadata as { proposed_plan: ApprovalView['plan'] };
    expect(proposed_plan).toMatchObject({ steps: [{ tool: 'orders.refund', args: { amount: 300 } }] });

    // Nothing was done by asking, and what is pending is the very same action.
    const still = (await lena.get<ApprovalView>(`/api/v1/approvals/${approval_id}`)).body;
    expect(still).toMatchObject({
      status: 'PENDING',
      action_digest: pending.action_digest,
      plan: pending.plan,
    });

    const decided = await lena.post<ApprovalView>(`/api/v1/approvals/${approval_id}/decision`, {
      decision: 'EDIT',
      edited_plan: proposed_plan,
    });
    expect([decided.status, decided.body.status]).toEqual([200, 'EDITED']);
    for (const one of [hers, his]) {
      await one.heard('the end', ({ type }) => type === 'ended');
      expect(one.messages.at(-1)).toEqual(['SYSTEM', expect.stringContaining('decided')]);
      expect(one.frames.at(-1)).toMatchObject({ outcome: 'COMPLETED', cause: 'decided' });
    }
    const ended = (await lena.get<ConsultationView>(path)).body;
    expect(ended).toMatchObject({ status: 'COMPLETED', completed_at: expect.any(String) });
    expect(await tom.post<ProblemDetails>(`${path}/messages`, { message: 'And?' })).toMatchObject({
      status: 409,
    });
    expect(await tom.post<ProblemDetails>(`${path}/end`, { outcome: 'COMPLETED' })).toMatchObject({
      status: 409,
      body: { state: 'COMPLETED' },
    });
    his.say(JSON.stringify({ message: 'Too late?' }));
    await his.heard('the refusal', ({ type, status: code }) => type === 'error' && code === 409);

    // It ran once, as it was edited, and the customer heard of it.
    await api.state('broken', 'FINISHED');
    const { body: order } = await api.post<{ result: { refunds: { amount: number }[] } }>(
      '/api/v1/tools/orders.lookup/execute',
      { args: { order_id: '1001' } },
    );
    expect(order.result.refunds.map(({ amount }) => Number(amount))).toEqual([300]);
    expect((await api.messages('broken')).at(-1)).toMatchObject({ content: 'I have refunded 300 dollars.' });

    // Who comes back hears what they missed, each once, in its order.
    const history = await lena.all<ConsultationMessageView>(`${path}/messages`);
    expect(history.map(({ role }) => role)).toEqual([
      'SYSTEM',
      'HUMAN',
      'AGENT',
      'HUMAN',
      'SYSTEM',
      'HUMAN',
      'AGENT',
      'SYSTEM',
    ]);
    const back = await Participant.join(lena, consultation_id, history[2]?.message_id);
    await back.heard('the closing', ({ message_id }) => message_id === history.at(-1)?.message_id);
    expect(back.frames.map(({ message_id }) => message_id)).toEqual(
      history.slice(3).map(({ message_id }) => message_id),
    );
    for (const one of [hers, his, back]) one.leave();
  }, 240_000);

  it('lets in who may, to what there is', async () => {
    for (const body of [{}, { approval_id: 'a', run_id: 'b' }])
      expect(await lena.post('/api/v1/consultations', body)).toMatchObject({ status: 400 });
    for (const body of [{ approval_id: 'appr_none' }, { run_id: 'run_none' }, { conversation_id: 'none' }])
      expect(await lena.post('/api/v1/consultations', body)).toMatchObject({ status: 404 });
    const { body: customer } = await api.post<{ token: string }>('/api/v1/conversations/broken/token');
    for (const call of [
      () => api.as(customer.token).post('/api/v1/consultations', { conversation_id: 'broken' }),
      () => api.as(customer.token).get('/api/v1/consultations'),
    ])
      expect(await call()).toMatchObject({ status: 403 });
    await expect(Participant.join(lena, 'cons_none')).rejects.toThrow('404');
    const past = (await lena.get<Page<ConsultationView>>('/api/v1/consultations?status=COMPLETED')).body;
    expect(past.items).toHaveLength(1);
    expect(
      (await lena.get<Page<ConsultationView>>('/api/v1/consultations?status=ACTIVE')).body.items,
    ).toEqual([]);
  }, 120_000);
});
