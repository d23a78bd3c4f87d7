import type { ApprovalView, Page, RunView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { modelSteps, ModelServer, type ModelRequest } from '@baton/testkit';

import { Api } from './api.js';
import { writesPrograms } from './program-writer.js';

const { callTools, json, status } = modelSteps;

/** A model that plays customer_support: it classifies, looks an order up and answers, or does what it is told. */
const support = (request: ModelRequest) => {
  const program = writesPrograms(request);
  if (program) return program;
  if (request.schema !== undefined) {
    const wantsHuman = request.lastUser.includes('boss');
    return json({ intent: wantsHuman ? 'human' : 'order_status', confidence: 0.9 });
  }
  const said = request.prompt;
  if (said.includes('refund order 1001') && request.toolResults.length === 0)
    return callTools({ name: 'orders.refund', args: { order_id: '1001', amount: 900 } });
  if (request.toolResults.length === 0)
    return callTools({ name: 'orders.lookup', args: { order_id: '1001' } });
  return callTools({ name: 'finish', args: { reply: 'Order 1001 is on its way.', confidence: 0.95 } });
};

describe.each([
  [
    'OpenAI',
    (server: ModelServer) => ({
      OPENAI_BASE_URL: server.openAiUrl,
      OPENAI_API_KEY: 'canary-openai-key',
      provider: 'openai',
    }),
  ],
  [
    'Anthropic',
    (server: ModelServer) => ({
      ANTHROPIC_BASE_URL: server.anthropicUrl,
      ANTHROPIC_API_KEY: 'canary-anthropic-key',
      provider: 'anthropic',
    }),
  ],
] as const)('a served model, by %s', (_name, environment) => {
  let server: ModelServer;
  let baton: RunningBaton;
  let api: Api;

  beforeAll(async () => {
    server = await ModelServer.start();
    server.respond(support);
    const { provider, ...env } = environment(server);
    baton = await startBaton({
      env: {
        ...env,
        BATON_SANDBOX_SECONDS: '3',
        BATON_MODEL_FAST: `${provider}/test-model`,
        BATON_MODEL_SMART: `${provider}/test-model`,
      },
    });
    api = new Api(baton.url, baton.apiKey);
  }, 120_000);
  afterAll(async () => {
    await baton.stop();
    await server.stop();
  });

  it('answers with what a tool told it', async () => {
    const { body } = await api.say('served', 'Where is my order 1001?');
    expect(body).toMatchObject({
      state: 'FINISHED',
      reply: { content: 'Order 1001 is on its way.', confidence: 0.95 },
    });
    const view = await api.conversation('served');
    expect(view.usage.input_tokens).toBeGreaterThan(0);
    expect(view.usage.output_tokens).toBeGreaterThan(0);
  });

  it('never runs what needs a person: it waits, and says what it would do', async () => {
    const { body } = await api.say('refund', 'Please refund order 1001');
    expect(body).toMatchObject({
      state: 'PENDING_HUMAN',
      reply: null,
      status: 'PAUSED',
      handover: { reason: 'approval' },
    });
    const { body: asked } = await api.get<Page<ApprovalView>>('/api/v1/approvals?conversation_id=refund');
    expect(asked.items).toMatchObject([{ status: 'PENDING', plan: { steps: [{ tool: 'orders.refund' }] } }]);
  });

  it('writes a program, sees it fail, mends it and answers with what it printed; what never ends is stopped', async () => {
    const solve = (input: string) => api.post<RunView>('/api/v1/agents/code/execute', { input });
    const { body: run } = await solve('What is 1234 times 5678? Mend it first.');
    expect(run).toMatchObject({ status: 'COMPLETED', sink: 'FINISH', output: 'It is 7006652.' });
    const { body: steps } = await api.get<RunView>(`/api/v1/runs/${run.run_id}`);
    expect(JSON.stringify(steps)).toContain('not_defined_yet');

    const [endless, hostile] = await Promise.all([solve('Run without end.'), solve('Read the environment.')]);
    expect(endless.body).toMatchObject({
      sink: 'FINISH',
      output: expect.stringContaining('stopped') as string,
    });
    expect(hostile.body).toMatchObject({
      sink: 'FINISH',
      output: expect.stringContaining('nothing') as string,
    });
    expect(baton.logs('orchestrator')).toMatch(/Code runs in the (gvisor|bubblewrap|docker|quickjs) sandbox/);
    expect((await api.get('/api/v1/agents')).body).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ type: 'code', available: true, unavailable_reason: null }),
      ]) as unknown,
    });
  });

  it('survives a provider that is busy for a moment', async () => {
    server.script(status(429, { retryAfter: 0 }), status(500));
    const { body } = await api.say('busy', 'Where is my order 1001?');
    expect(body.state).toBe('FINISHED');
  });

  it('hands over when the provider is wrong for good, without its words', async () => {
    server.respond(() => status(401, { message: 'raw provider words' }));
    const { body } = await api.say('broken', 'Where is my order 1001?');
    server.respond(support);
    expect(body).toMatchObject({ state: 'PENDING_HUMAN', status: 'FAILED', handover: { reason: 'failure' } });
    expect(JSON.stringify(await api.events('broken'))).not.toContain('raw provider words');
  });

  it('gives the AI the guidance of the human who gave the conversation back', async () => {
    const agent = await api.agent('carl');
    await api.say('guided', 'I want to speak to your boss, a real person please');
    const offer = await api.offer('carl', 'guided');
    await agent.post(`/api/v1/offers/${offer.offer_id}/accept`);
    await agent.post('/api/v1/hil/message', {
      conversation_id: 'guided',
      message: 'I am on it.',
      sender_type: 'human_agent',
    });
    await agent.post('/api/v1/hil/resolve/guided', {
      outcome: 'BACK_TO_AI',
      guidance: 'Offer a free speaker stand.',
    });
    const before = server.requests.length;
    const { body } = await api.say('guided', 'So where is order 1001?');
    expect(body.state).toBe('FINISHED');
    expect(
      server.requests.slice(before).some((request) => request.prompt.includes('Offer a free speaker stand.')),
    ).toBe(true);
  });

  it('writes no key of a provider anywhere', () => {
    const logs = Object.keys(baton.services).map((name) => baton.logs(name as keyof typeof baton.services));
    expect(logs.join('\n')).not.toContain('canary-');
  });
});
