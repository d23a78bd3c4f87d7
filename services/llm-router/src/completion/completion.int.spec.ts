import { randomBytes } from 'node:crypto';

import { runWithCallContext } from '@baton/bus';
import { type CompletionDelta, llmRequests, subjects } from '@baton/contracts';
import { modelSteps, waitFor } from '@baton/testkit';

import { CONTEXT, RouterFixture } from '../testing/router-fixture.js';

const {
  callTools,
  cutByLength,
  cutMidStream,
  empty,
  garbageMidStream,
  hangBeforeHeaders,
  hangMidStream,
  json,
  malformedArguments,
  malformedBody,
  refuse,
  say,
  slow,
  status,
} = modelSteps;

const INTENT = {
  type: 'object',
  required: ['intent', 'confidence'],
  properties: {
    intent: { enum: ['order_status', 'return', 'human'] },
    confidence: { type: 'number', minimum: 0, maximum: 1 },
  },
};

describe.each([
  { vendor: 'openai', env: {}, url: 'openAiUrl' as const },
  {
    vendor: 'anthropic',
    env: {
      OPENAI_BASE_URL: '',
      BATON_MODEL_FAST: 'anthropic/test-model',
      BATON_MODEL_SMART: 'anthropic/test-model',
    },
    url: 'anthropicUrl' as const,
  },
])('a completion by $vendor', ({ vendor, env, url }) => {
  let fixture: RouterFixture;
  beforeAll(async () => {
    fixture = await RouterFixture.start();
    const base = fixture.models[url];
    await fixture.startRouter({
      BATON_TRACEPARENT_TO: 'models',
      ...env,
      ...(vendor === 'anthropic' && { ANTHROPIC_BASE_URL: base }),
    });
  });
  afterAll(() => fixture.stop());
  afterEach(() => fixture.models.assertDone());

  let number = 0;
  const callId = (): string => `${vendor}-run:${(number += 1)}`;
  const watch = async (id: string): Promise<{ deltas: CompletionDelta[]; stream_to: string }> => {
    const deltas: CompletionDelta[] = [];
    const stream_to = subjects.deltas('acme', id);
    fixture.bus.subscribe(stream_to, (delta) => deltas.push(delta as CompletionDelta));
    await fixture.bus.nats.flush();
    return { deltas, stream_to };
  };

  it('gives text, tokens and the model that answered', async () => {
    const call_id = callId();
    fixture.models.script(say('Hello there.'));

    const answer = await fixture.complete({ call_id });

    expect(answer).toMatchObject({
      call_id,
      model: `${vendor}/test-model`,
      text: 'Hello there.',
      stop_reason: 'stop',
      tool_calls: [],
      output: null,
      confidence: null,
      replayed: false,
    });
    expect(answer.usage.input_tokens).toBeGreaterThan(0);
    expect(answer.usage.output_tokens).toBe(3);
  });

  it('tells the model the trace where that is wanted, and no more of it', async () => {
    fixture.models.script(say('Hello there.'));
    const traceId = randomBytes(16).toString('hex');

    await runWithCallContext({ traceparent: `00-${traceId}-00f067aa0ba902b7-01` }, () =>
      fixture.complete({ call_id: callId() }),
    );

    const headers = fixture.models.requests.at(-1)?.headers ?? {};
    expect(headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(Object.keys(headers).filter((name) => ['baggage', 'tracestate'].includes(name))).toEqual([]);
  });

  it('streams tokens as they come, and says the same in the end', async () => {
    const call_id = callId();
    const { deltas, stream_to } = await watch(call_id);
    fixture.models.script(say('One two three four five.'));

    const answer = await fixture.complete({ call_id, stream_to });

    expect(answer.text).toBe('One two three four five.');
    await waitFor(() => deltas.map(({ text }) => text).join('') === answer.text, { what: 'all tokens' });
    expect(deltas.every((delta) => delta.call_id === call_id)).toBe(true);
    expect(fixture.models.requests.at(-1)?.streaming).toBe(true);
    expect(answer.usage.output_tokens).toBeGreaterThan(0);
  });

  it.each([false, true])('calls tools by the names we know them by (streamed: %s)', async (streamed) => {
    const call_id = callId();
    const { stream_to } = await watch(call_id);
    fixture.models.script(callTools({ name: 'orders.lookup', args: { order_id: '1001' } }));

    const answer = await fixture.complete({
      call_id,
      tools: [
        { name: 'orders.lookup', description: 'Looks up', input_schema: { type: 'object', properties: {} } },
      ],
      ...(streamed && { stream_to }),
    });

    expect(answer.stop_reason).toBe('tool_calls');
    expect(answer.tool_calls).toMatchObject([{ name: 'orders.lookup', args: { order_id: '1001' } }]);
  });

  it('carries tool results back to the model', async () => {
    fixture.models.script(say('It is shipped.'));

    await fixture.complete({
      call_id: callId(),
      tools: [{ name: 'orders.lookup', description: '', input_schema: { type: 'object', properties: {} } }],
      messages: [
        { role: 'system', content: 'You help.' },
        { role: 'user', content: 'Where is 1001?' },
        {
          role: 'assistant',
          content: '',
          tool_calls: [{ id: 'c1', name: 'orders.lookup', args: { order_id: '1001' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '{"status":"shipped"}' },
      ],
    });

    expect(fixture.models.requests.at(-1)?.toolResults).toEqual(['{"status":"shipped"}']);
    expect(fixture.models.requests.at(-1)?.toolNames).toEqual(['orders__lookup']);
  });

  it('gives structured output that fits its schema', async () => {
    fixture.models.script(json({ intent: 'return', confidence: 0.9 }));

    const answer = await fixture.complete({ call_id: callId(), output_schema: INTENT });

    expect(answer.output).toEqual({ intent: 'return', confidence: 0.9 });
    expect(fixture.models.requests.at(-1)?.schema).toMatchObject({ required: ['intent', 'confidence'] });
  });

  it('has output that breaks its schema repaired once, the error named', async () => {
    const call_id = callId();
    fixture.models.script(
      json({ intent: 'weather', confidence: 2 }),
      json({ intent: 'human', confidence: 1 }),
    );

    const answer = await fixture.complete({ call_id, output_schema: INTENT });

    expect(answer.output).toEqual({ intent: 'human', confidence: 1 });
    expect(fixture.models.requests.at(-1)?.lastUser).toContain('"order_status","return","human"');
    expect((await fixture.rows(call_id)).map(({ outcome, error_code }) => [outcome, error_code])).toEqual([
      ['failed', 'model-output-invalid'],
      ['ok', null],
    ]);
  });

  it('has tool arguments that are no JSON repaired once', async () => {
    if (vendor === 'anthropic') return; // Only whole JSON travels in a message that is not streamed.
    fixture.models.script(
      malformedArguments('orders.lookup'),
      callTools({ name: 'orders.lookup', args: {} }),
    );

    const answer = await fixture.complete({
      call_id: callId(),
      tools: [{ name: 'orders.lookup', description: '', input_schema: { type: 'object', properties: {} } }],
    });

    expect(answer.tool_calls).toHaveLength(1);
    expect(fixture.models.requests.at(-1)?.lastUser).toContain('not valid JSON');
  });

  it('fails with a type of its own when output breaks its schema twice', async () => {
    fixture.models.script(json({ intent: 'weather' }), json({ intent: 'news' }));

    await expect(fixture.complete({ call_id: callId(), output_schema: INTENT })).rejects.toMatchObject({
      code: 'model-output-invalid',
    });
  });

  it('says that an answer was refused, and fails where structured output was promised', async () => {
    fixture.models.script(refuse('I will not.'), refuse('I will not.'));

    expect(await fixture.complete({ call_id: callId() })).toMatchObject({
      stop_reason: 'refusal',
      text: 'I will not.',
    });
    await expect(fixture.complete({ call_id: callId(), output_schema: INTENT })).rejects.toMatchObject({
      code: 'model-refused',
    });
  });

  it('says that an answer was cut off at its limit', async () => {
    fixture.models.script(cutByLength('Once upon'));

    expect(await fixture.complete({ call_id: callId(), max_tokens: 2 })).toMatchObject({
      stop_reason: 'length',
      text: 'Once upon',
    });
  });

  it('waits as long as the vendor asks after a 429', async () => {
    const call_id = callId();
    fixture.models.script(status(429, { retryAfter: 1 }), say('Here I am.'));
    const started = performance.now();

    expect((await fixture.complete({ call_id })).text).toBe('Here I am.');

    expect(performance.now() - started).toBeGreaterThanOrEqual(1_000);
    expect((await fixture.rows(call_id)).map(({ error_code }) => error_code)).toEqual([
      'transient-429',
      null,
    ]);
  });

  it.each([408, 409, 500, 503, 529])('tries again after a %i', async (code) => {
    fixture.models.script(status(code), say('Fine.'));

    expect((await fixture.complete({ call_id: callId() })).text).toBe('Fine.');
  });

  it.each([400, 401, 403, 404, 413, 422])(
    "never tries again after a %i, and keeps the vendor's words to itself",
    async (code) => {
      const call_id = callId();
      fixture.models.script(status(code, { message: 'Incorrect API key provided: sk-secret' }));

      const error = await fixture.complete({ call_id }).catch((thrown: unknown) => thrown as Error);

      expect(error).toMatchObject({ code: 'model-rejected-request', details: { provider_status: code } });
      expect(JSON.stringify([error, (error as Error).message])).not.toContain('secret');
      expect(await fixture.rows(call_id)).toHaveLength(1);
    },
  );

  it('tries again after a body that is not of its protocol, and after an empty answer', async () => {
    fixture.models.script(malformedBody(), empty(), say('At last.'));

    expect((await fixture.complete({ call_id: callId() })).text).toBe('At last.');
  });

  it('gives up with a type of its own once its tries are spent', async () => {
    const call_id = callId();
    fixture.models.script(status(503), status(503), status(503));

    await expect(fixture.complete({ call_id })).rejects.toMatchObject({
      code: 'model-unavailable',
      retryable: true,
    });

    expect((await fixture.recorded(call_id))[0]).toMatchObject({ outcome: 'failed', attempts: 3 });
    // A good answer closes the breaker's count again.
    fixture.models.script(say('.'));
    await fixture.complete({ call_id: callId() });
  });

  it('leaves a vendor that hangs in time for another try', async () => {
    fixture.models.script(hangBeforeHeaders(), say('Second.'));

    expect((await fixture.complete({ call_id: callId(), timeout_ms: 6_000 })).text).toBe('Second.');
  });

  it('never says twice what was streamed already', async () => {
    const call_id = callId();
    const { deltas, stream_to } = await watch(call_id);
    fixture.models.script(cutMidStream('You can return'));

    await expect(fixture.complete({ call_id, stream_to })).rejects.toMatchObject({
      code: 'model-unavailable',
    });

    expect(deltas.map(({ text }) => text).join('')).toBe('You can return');
    const [row] = await fixture.rows(call_id);
    expect(row).toMatchObject({ outcome: 'failed', error_code: 'cut', usage_estimated: true });
    expect(row?.output_tokens).toBeGreaterThan(0);
  });

  it('ends upstream too when it is cancelled, and keeps what was used so far', async () => {
    const call_id = callId();
    const { deltas, stream_to } = await watch(call_id);
    fixture.models.script(hangMidStream('Let me think about'));
    const hungUp = fixture.models.hungUp;
    const answer = fixture.complete({ call_id, stream_to });
    const settled = expect(answer).rejects.toMatchObject({ code: 'cancelled' });
    await waitFor(() => deltas.length > 0, { what: 'the first token' });

    await fixture.bus.request(llmRequests.cancel, { ...CONTEXT, tenant_id: 'other' }, { call_id });
    await fixture.bus.request(llmRequests.cancel, CONTEXT, { call_id });

    await settled;
    await waitFor(() => fixture.models.hungUp > hungUp, { what: 'the hang-up' });
    const [row] = await fixture.rows(call_id);
    expect(row).toMatchObject({ outcome: 'cancelled' });
    expect(row?.output_tokens).toBeGreaterThan(0);
    const asked = fixture.models.requests.length;
    await expect(fixture.complete({ call_id })).rejects.toMatchObject({ code: 'cancelled' });
    expect(fixture.models.requests).toHaveLength(asked);
  });

  it('is not made at all when its cancellation came first', async () => {
    const call_id = callId();
    const asked = fixture.models.requests.length;

    await fixture.bus.request(llmRequests.cancel, CONTEXT, { call_id });
    await expect(fixture.complete({ call_id })).rejects.toMatchObject({ code: 'cancelled' });

    expect(fixture.models.requests).toHaveLength(asked);
  });

  it('ends with all others of its run', async () => {
    const [one, two, other] = [callId(), callId(), callId()];
    fixture.models.script(hangBeforeHeaders(), hangBeforeHeaders(), slow(300, say('Still here.')));
    const asked = fixture.models.requests.length;
    const run = (call_id: string, run_id: string) => fixture.complete({ call_id, origin: { run_id } });
    const ended = [one, two].map((call_id) =>
      expect(run(call_id, `${vendor}-run`)).rejects.toMatchObject({ code: 'cancelled' }),
    );
    await waitFor(() => fixture.models.requests.length === asked + 2, { what: 'both requests' });
    const stays = run(other, `${vendor}-other-run`);
    await waitFor(() => fixture.models.requests.length === asked + 3, { what: 'the third' });

    await fixture.bus.request(llmRequests.cancel, CONTEXT, { run_id: `${vendor}-run` });

    await Promise.all(ended);
    expect((await stays).text).toBe('Still here.');
  });

  it.each(['cut', 'hang', 'garbage'] as const)(
    'is asked again after a %s in mid-stream where its caller takes back what was shown',
    async (fault) => {
      const call_id = callId();
      const { deltas, stream_to } = await watch(call_id);
      const faults = { cut: cutMidStream, hang: hangMidStream, garbage: garbageMidStream };
      fixture.models.script(faults[fault]('You can re'), say('You can return it.'));

      const answer = await fixture.complete({
        call_id,
        stream_to,
        on_cut: 'restart',
        timeout_ms: 8_000,
      });

      expect(answer.text).toBe('You can return it.');
      await waitFor(() => deltas.at(-1)?.text.endsWith('it.') ?? false, { what: 'all tokens' });
      const of = (id: string): string =>
        deltas
          .filter((delta) => delta.call_id === id)
          .map(({ text }) => text)
          .join('');
      expect(of(call_id)).toBe('You can re');
      expect(of(`${call_id}/2`)).toBe('You can return it.');
      const rows = await fixture.rows(call_id);
      expect(rows.map(({ outcome, usage_estimated }) => [outcome, usage_estimated])).toEqual([
        ['failed', true],
        ['ok', false],
      ]);
    },
  );

  it('shows the model the pictures that the customer sent', async () => {
    fixture.models.script(say('A speaker.'));
    const base64 = 'iVBORw0KGgo=';

    await fixture.complete({
      call_id: callId(),
      messages: [
        {
          role: 'user',
          content: 'What is this?',
          images: [{ media_type: 'image/png', base64 }, { url: 'https://example.org/a.png' }],
        },
      ],
    });

    const messages = fixture.models.requests.at(-1)?.body['messages'] as { content: unknown[] }[];
    const [text, ...pictures] = messages.at(-1)?.content ?? [];
    expect(text).toMatchObject({ type: 'text', text: 'What is this?' });
    expect(JSON.stringify(pictures)).toContain(base64);
    expect(JSON.stringify(pictures)).toContain('https://example.org/a.png');
  });

  it('ends upstream when its time is over', async () => {
    fixture.models.script(slow(5_000, say('Too late.')), slow(5_000, say('Too late.')));

    await expect(fixture.complete({ call_id: callId(), timeout_ms: 1_000 })).rejects.toMatchObject({
      code: 'model-unavailable',
    });
    await fixture.complete({ call_id: callId(), timeout_ms: 100 }).catch(() => undefined);
  });

  it('asks again without a parameter that the model does not take, and remembers it', async () => {
    const call_id = callId();
    const message =
      vendor === 'openai' ? "Unsupported value: 'temperature'" : 'tool_choice is not supported here';
    fixture.models.script(
      status(400, { message }),
      json({ intent: 'return', confidence: 1 }),
      json({ intent: 'human', confidence: 1 }),
    );

    const more = { output_schema: INTENT, temperature: 0 };
    expect((await fixture.complete({ call_id, ...more })).output).toMatchObject({ intent: 'return' });
    expect((await fixture.complete({ call_id: callId(), ...more })).output).toMatchObject({
      intent: 'human',
    });

    const body = fixture.models.requests.at(-1)?.body ?? {};
    if (vendor === 'openai') expect(body).not.toHaveProperty('temperature');
    else expect(body['tool_choice']).toEqual({ type: 'auto' });
    expect(await fixture.rows(call_id)).toHaveLength(2);
  });

  it('puts passages into the prompt of a served model', async () => {
    fixture.models.script(say('9 to 17.'));

    await fixture.complete({
      call_id: callId(),
      documents: [{ id: '1', title: 'Opening hours', content: 'We are open 9 to 17.', score: 1 }],
    });

    expect(fixture.models.requests.at(-1)?.prompt).toContain('## Opening hours\nWe are open 9 to 17.');
  });
});
