import { llmRequests } from '@baton/contracts';
import { modelSteps } from '@baton/testkit';

import { CONTEXT, RouterFixture } from '../testing/router-fixture.js';

const { say, status } = modelSteps;

describe('which model answers', () => {
  let fixture: RouterFixture;
  beforeAll(async () => {
    fixture = await RouterFixture.start();
  });
  afterAll(() => fixture.stop());
  afterEach(async () => {
    await fixture.stopRouters();
    fixture.models.assertDone();
  });
  const resolve = (model: string) => fixture.bus.request(llmRequests.resolveModel, CONTEXT, { model });

  it('is the next of the tier when the first is down', async () => {
    await fixture.startRouter({ BATON_MODEL_SMART: 'openai/first,openai/second' });
    fixture.models.script(status(500), status(500), status(500), say('From the second.'));

    const answer = await fixture.complete({ call_id: 'fallback:1', model: 'smart' });

    expect(answer).toMatchObject({ model: 'openai/second', text: 'From the second.' });
    expect((await fixture.rows('fallback:1')).map(({ model }) => model)).toEqual([
      'openai/first',
      'openai/first',
      'openai/first',
      'openai/second',
    ]);
  });

  it('is the next of the tier at once when the first asks for more patience than anyone has', async () => {
    await fixture.startRouter({ BATON_MODEL_SMART: 'openai/first,openai/second' });
    fixture.models.script(status(429, { retryAfter: 60 }), say('From the second.'));

    expect(await fixture.complete({ call_id: 'fallback:2', model: 'smart' })).toMatchObject({
      model: 'openai/second',
    });
  });

  it("is no other for a mistake that is the caller's own", async () => {
    await fixture.startRouter({ BATON_MODEL_SMART: 'openai/first,openai/second' });
    fixture.models.script(status(422));

    await expect(fixture.complete({ call_id: 'fallback:3', model: 'smart' })).rejects.toMatchObject({
      code: 'model-rejected-request',
    });
  });

  it('is left alone for a while once it failed five times in a row', async () => {
    await fixture.startRouter();
    const asked = fixture.models.requests.length;
    fixture.models.script(...Array.from({ length: 5 }, () => status(503)));

    for (const number of [1, 2, 3])
      await expect(fixture.complete({ call_id: `breaker:${number}` })).rejects.toMatchObject({
        code: 'model-unavailable',
      });

    expect(fixture.models.requests.length - asked).toBe(5);
    expect((await fixture.rows('breaker:3'))[0]).toMatchObject({
      outcome: 'failed',
      error_code: 'breaker-open',
    });
  });

  it('is what the server has where nobody named a model', async () => {
    await fixture.startRouter({ BATON_MODEL_FAST: '', BATON_MODEL_SMART: '' });

    expect(await resolve('fast')).toMatchObject({
      model: 'openai/test-model',
      tool_calls: true,
      offline: false,
    });
  });

  it('is the offline model where nothing is configured, and it answers', async () => {
    await fixture.startRouter({ OPENAI_BASE_URL: '', BATON_MODEL_FAST: '', BATON_MODEL_SMART: '' });

    expect(await resolve('smart')).toMatchObject({
      model: 'offline/extractive',
      tool_calls: false,
      offline: true,
    });
    const answer = await fixture.complete({
      call_id: 'offline:1',
      question: 'When are you open?',
      documents: [{ id: '1', title: 'Opening hours', content: 'We are open 9 to 17.', score: 1 }],
    });
    expect(answer).toMatchObject({ model: 'offline/extractive', usage: { cost_usd: '0' } });
    expect(answer.text).toContain('We are open 9 to 17.');
    expect(answer.confidence).toBeGreaterThanOrEqual(0.7);
    // The fixture says "Hello".
    expect((await fixture.complete({ call_id: 'offline:2' })).text).toContain('Hello');
    const sonnet = fixture.complete({ call_id: 'offline:3', question: 'Write me a sonnet about the sea' });
    await expect(sonnet).rejects.toMatchObject({ code: 'model-incapable' });
  });

  it('may be named outright, and must be of a provider that is configured', async () => {
    await fixture.startRouter();

    expect(await resolve('openai/org/model-7b')).toMatchObject({ model: 'openai/org/model-7b' });
    await expect(resolve('anthropic/claude')).rejects.toMatchObject({ code: 'validation-failed' });
    await expect(resolve('huge')).rejects.toMatchObject({ code: 'validation-failed' });
  });

  it('ranks, embeds and hears requests for a person without any served model', async () => {
    await fixture.startRouter();
    const passages = [
      { id: 'hours', title: 'Opening hours', content: 'We are open 9 to 17.' },
      { id: 'parking', title: 'Parking', content: 'Free parking behind the building.' },
    ];

    const ranked = await fixture.bus.request(llmRequests.rank, CONTEXT, {
      query: 'Where can I park?',
      passages,
      limit: 1,
    });
    expect(ranked.passages).toEqual([{ id: 'parking', score: expect.any(Number) as number }]);
    expect(ranked.passages[0]?.score).toBeGreaterThanOrEqual(0.7);
    const heard = await fixture.bus.request(llmRequests.detectHumanRequest, CONTEXT, { text: 'agent!' });
    expect(heard.requested).toBe(true);
    const embedded = await fixture.bus.request(llmRequests.embed, CONTEXT, {
      call_id: 'e',
      texts: ['Hello', 'Goodbye'],
      timeout_ms: 5_000,
      origin: {},
    });
    expect(embedded.vectors.map((vector) => vector.length)).toEqual([512, 512]);
  });
});
