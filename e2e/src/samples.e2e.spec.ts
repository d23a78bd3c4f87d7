import type { RunView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { type ModelRequest, ModelServer, modelSteps, waitFor } from '@baton/testkit';

import { playMatrix } from './agent-matrix.js';
import { Api } from './api.js';
import { writesPrograms } from './program-writer.js';

const { callTools, hangBeforeHeaders, json } = modelSteps;

/** Runs a sample on its own and gives what came of it. */
const execute = async (api: Api, workflow_name: string, input_data: unknown): Promise<RunView> => {
  const { status, body } = await api.post<RunView>('/api/v1/workflows/execute', {
    workflow_name,
    input_data,
  });
  expect([status, body]).toEqual([200, expect.anything()]);
  return body;
};

/** Says one thing in a conversation of the sample's own. */
const say = async (api: Api, workflow_name: string, message: string) => {
  const id = `${workflow_name}-${Math.round(performance.now())}`;
  const { body } = await api.say(id, message, { body: { workflow_name } });
  const { handover_context } = await api.conversation(id);
  return { state: body.state, reply: body.reply?.content, handover: handover_context };
};

const ORDERS = [
  { id: 1, amount: 10, currency: 'EUR', country: 'DE' },
  { id: 2, amount: 20, currency: 'USD', country: 'US' },
  { id: 3, amount: 10, country: 'DE' },
  { id: 4, amount: 500, currency: 'EUR', country: 'FR' },
  { id: 5, amount: -1 },
  { amount: 3 },
];

const processesData = async (api: Api): Promise<void> => {
  const { status, output } = await execute(api, 'data_processing', { records: ORDERS, rates: { USD: 0.5 } });
  expect(status).toBe('COMPLETED');
  expect(output).toEqual({
    orders: 4,
    total_eur: 530,
    average_eur: 132.5,
    by_country: {
      DE: { orders: 2, total_eur: 20 },
      US: { orders: 1, total_eur: 10 },
      FR: { orders: 1, total_eur: 500 },
    },
    odd: [4],
    rejected: [{ id: 5, amount: -1 }, { amount: 3 }],
  });
  const empty = await execute(api, 'data_processing', { records: [] });
  expect(empty.output).toMatchObject({ orders: 0, total_eur: 0, odd: [], rejected: [] });
};

describe('the samples on the offline model', () => {
  let baton: RunningBaton;
  let api: Api;

  beforeAll(async () => {
    baton = await startBaton({ env: {} });
    api = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterAll(() => baton?.stop());

  it('simple_intent_classification names the intent', async () => {
    const { output } = await execute(api, 'simple_intent_classification', {
      message: 'Where is my order 1001?',
    });
    expect(output).toEqual({ intent: 'order_status', confidence: expect.any(Number) });
    const human = await execute(api, 'simple_intent_classification', {
      message: 'I want to talk to a person',
    });
    expect(human.output).toMatchObject({ intent: 'human' });
  });

  it('sentiment_analysis hears the anger', async () => {
    const angry = await execute(api, 'sentiment_analysis', {
      message: 'This is terrible, I am really angry and disappointed!',
    });
    expect(angry.output).toMatchObject({ sentiment: 'negative', needs_attention: true });
    const happy = await execute(api, 'sentiment_analysis', { message: 'Thank you so much, I love it!' });
    expect(happy.output).toMatchObject({ sentiment: 'positive', needs_attention: false });
  });

  it('simple_qa answers from knowledge, and hands over what knowledge does not say', async () => {
    const known = await execute(api, 'simple_qa', { message: 'How do I reset my password?' });
    expect(known).toMatchObject({ sink: 'FINISH', output: { answer: expect.stringMatching(/password/i) } });
    const unknown = await execute(api, 'simple_qa', { message: 'Who won the football world cup in 1974?' });
    const unsure = unknown.sink === 'HANDOVER' || (unknown.output as { confidence: number }).confidence < 0.6;
    expect(unsure).toBe(true);
  });

  it('data_processing needs no model', () => processesData(api));

  it('customer_support answers what it knows, and hands over who asks for a person', async () => {
    expect(await say(api, 'customer_support', 'How long do I have to return an item?')).toMatchObject({
      state: 'FINISHED',
      reply: expect.stringMatching(/days/),
    });
    expect(await say(api, 'customer_support', 'I want to talk to a person')).toMatchObject({
      state: 'PENDING_HUMAN',
      handover: { reason: 'explicit_request' },
    });
  });

  it('complex_troubleshooting gives a step from the help pages, and a technician for what is damaged', async () => {
    expect(
      await say(api, 'complex_troubleshooting', 'My Aurora speaker has no sound, what can I do?'),
    ).toMatchObject({ state: 'FINISHED', reply: expect.any(String) });
    expect(await say(api, 'complex_troubleshooting', 'The speaker is broken and smells burnt')).toMatchObject(
      {
        state: 'PENDING_HUMAN',
      },
    );
  });

  it('order_management says where an order is without a model, and hands a refund over', async () => {
    expect(await say(api, 'order_management', 'Where is my order 1001?')).toMatchObject({
      state: 'FINISHED',
      reply: 'Order 1001 is shipped.',
    });
    expect(await say(api, 'order_management', 'Please refund 600 dollars of order 1004')).toMatchObject({
      state: 'PENDING_HUMAN',
      handover: { required_skills: { billing: 2 }, priority: 'HIGH' },
    });
  });

  it('technical_support answers from the help pages, and sends a safety incident to the right people', async () => {
    expect(
      await say(api, 'technical_support', 'How do I pair the Aurora speaker over Bluetooth?'),
    ).toMatchObject({ state: 'FINISHED', reply: expect.stringMatching(/Bluetooth|pair/i) });
    expect(await say(api, 'technical_support', 'Smoke comes out of my speaker!')).toMatchObject({
      state: 'PENDING_HUMAN',
      handover: { priority: 'URGENT', required_skills: { safety: 3 }, note: 'A possible safety incident' },
    });
  });

  it(
    'every agent type runs alone, standalone and in a conversation',
    () => playsEveryType(api, 'offline'),
    120_000,
  );
});

/** Every agent type in every mode, on the model that this Baton has. */
const playsEveryType = async (api: Api, model: 'offline' | 'served'): Promise<void> => {
  const cells = await playMatrix(api, model);
  expect(cells.length).toBeGreaterThanOrEqual(9);
  for (const [cell, said, says] of cells) expect([cell, said]).toEqual([cell, expect.stringMatching(says)]);
};

/** What a served model says of each sample: its structured answers, and a tool before each reply. */
const played = (request: ModelRequest) => {
  const program = writesPrograms(request);
  if (program) return program;
  const said = request.lastUser.toLowerCase();
  if (said.includes('never mind')) return hangBeforeHeaders();
  if (request.schema !== undefined) {
    return json({
      intent: 'order_status',
      sentiment: said.includes('terrible') ? 'negative' : 'positive',
      symptom: said.includes('burnt') ? 'damage' : 'sound',
      request: said.includes('refund') ? 'refund' : 'order_status',
      area: said.includes('smoke') ? 'safety' : 'speaker',
      ...(said.includes('1001') && { order_id: '1001' }),
      confidence: 0.9,
    });
  }
  if (request.toolResults.length > 0 && request.lastUser.includes('return an item'))
    return callTools({ name: 'finish', args: { reply: 'Within 30 days.', confidence: 0.9 } });
  if (request.toolResults.length > 0)
    return callTools({
      name: 'finish',
      args: { reply: 'Press the button for ten seconds.', confidence: 0.9 },
    });
  return request.prompt.includes('refund 600')
    ? callTools({ name: 'orders.refund', args: { order_id: '1004', amount: 600 } })
    : callTools({ name: 'knowledge.search', args: { query: 'reset' } });
};

describe('the samples on a served model', () => {
  let server: ModelServer;
  let baton: RunningBaton;
  let api: Api;

  beforeAll(async () => {
    server = await ModelServer.start();
    server.respond(played);
    baton = await startBaton({
      env: {
        OPENAI_BASE_URL: server.openAiUrl,
        OPENAI_API_KEY: 'test-key',
        BATON_MODEL_FAST: 'openai/test-model',
        BATON_MODEL_SMART: 'openai/test-model',
      },
    });
    api = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterAll(async () => {
    await baton?.stop();
    await server?.stop();
  });

  it('run on their own', async () => {
    const intent = await execute(api, 'simple_intent_classification', { message: 'Where is it?' });
    expect(intent).toMatchObject({ sink: 'FINISH', output: { intent: 'order_status', confidence: 0.9 } });
    const sentiment = await execute(api, 'sentiment_analysis', { message: 'Terrible!' });
    expect(sentiment.output).toEqual({ sentiment: 'negative', confidence: 0.9, needs_attention: true });
    const answer = await execute(api, 'simple_qa', { message: 'How do I reset it?' });
    expect(answer.output).toEqual({ answer: 'Press the button for ten seconds.', confidence: 0.9 });
    await processesData(api);
  });

  it('answer in conversations', async () => {
    for (const sample of ['customer_support', 'complex_troubleshooting', 'technical_support']) {
      expect([sample, await say(api, sample, 'My speaker has no sound')]).toMatchObject([
        sample,
        { state: 'FINISHED', reply: 'Press the button for ten seconds.' },
      ]);
    }
    expect(await say(api, 'order_management', 'Where is order 1001?')).toMatchObject({
      state: 'FINISHED',
      reply: 'Order 1001 is shipped.',
    });
  });

  it('wait for people with what is not for them, and hand over the rest', async () => {
    expect(await say(api, 'order_management', 'Please refund 600 dollars of order 1004')).toMatchObject({
      state: 'PENDING_HUMAN',
      handover: { reason: 'approval', approval_id: expect.stringMatching(/^appr_/) },
    });
    expect(await say(api, 'complex_troubleshooting', 'It smells burnt')).toMatchObject({
      state: 'PENDING_HUMAN',
      handover: { priority: 'URGENT', required_skills: { hardware: 3 } },
    });
    expect(await say(api, 'technical_support', 'There is smoke')).toMatchObject({
      state: 'PENDING_HUMAN',
      handover: { priority: 'URGENT', required_skills: { safety: 3 } },
    });
  });

  it(
    'every agent type runs alone, standalone and in a conversation',
    () => playsEveryType(api, 'served'),
    120_000,
  );

  it('a run that is cancelled ends its call of the model with it', async () => {
    const execution = { workflow_name: 'simple_qa', input_data: { message: 'Never mind' } };
    const prefer = { prefer: 'respond-async' };
    const { status, body } = await api.post<RunView>('/api/v1/workflows/execute', execution, prefer);
    expect([status, body.status]).toEqual([202, 'RUNNING']);
    const asked = () => server.requests.some(({ lastUser }) => lastUser === 'Never mind');
    await waitFor(() => asked(), { what: 'the call' });
    const hungUp = server.hungUp;
    const cancelled = await api.post<RunView>(`/api/v1/runs/${body.run_id}/cancel`);
    expect([cancelled.status, cancelled.body.status]).toEqual([200, 'CANCELLED']);
    await waitFor(() => server.hungUp > hungUp, { what: 'the end of the call' });
    expect((await api.get<RunView>(`/api/v1/runs/${body.run_id}`)).body.status).toBe('CANCELLED');
  });
});
