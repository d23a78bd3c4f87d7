import { llmCallRecorded, llmRequests, SYSTEM_ACTOR } from '@baton/contracts';
import { modelSteps, waitFor } from '@baton/testkit';

import { CONTEXT, RouterFixture } from '../testing/router-fixture.js';
import { AbandonedCallsSweep } from './abandoned-calls.sweep.js';

const { hangBeforeHeaders, say, slow, status } = modelSteps;

describe('the ledger of model calls', () => {
  let fixture: RouterFixture;
  beforeAll(async () => {
    fixture = await RouterFixture.start();
  });
  afterAll(() => fixture.stop());
  afterEach(async () => {
    await fixture.stopRouters();
    fixture.models.assertDone();
  });

  it('gives a repeated call id the first answer, unpaid', async () => {
    await fixture.startRouter();
    const asked = fixture.models.requests.length;
    fixture.models.script(say('Only once.'));

    const first = await fixture.complete({ call_id: 'repeat:1' });
    const again = await fixture.complete({ call_id: 'repeat:1' });

    expect(first.replayed).toBe(false);
    expect(again).toEqual({ ...first, replayed: true });
    expect(fixture.models.requests.length - asked).toBe(1);
    expect(await fixture.rows('repeat:1')).toHaveLength(1);
  });

  it('keeps what one tenant was answered from another with the same call id', async () => {
    await fixture.startRouter();
    fixture.models.script(say('For acme.'), say('For other.'));

    await fixture.complete({ call_id: 'shared:1' });
    const other = await fixture.complete({ call_id: 'shared:1' }, { ...CONTEXT, tenant_id: 'other' });

    expect(other).toMatchObject({ text: 'For other.', replayed: false });
  });

  it('asks a model once for twenty callers at once, on two replicas', async () => {
    await Promise.all([fixture.startRouter(), fixture.startRouter()]);
    const asked = fixture.models.requests.length;
    fixture.models.script(slow(300, say('One for all.')));

    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fixture.complete({ call_id: 'crowd:1' })),
    );

    expect(new Set(answers.map(({ text }) => text))).toEqual(new Set(['One for all.']));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(fixture.models.requests.length - asked).toBe(1);
    expect(await fixture.recorded('crowd:1')).toHaveLength(1);
  });

  it('makes a call anew that failed for good, and tells of both', async () => {
    await fixture.startRouter();
    fixture.models.script(status(400), say('Now.'));

    await expect(fixture.complete({ call_id: 'again:1' })).rejects.toMatchObject({
      code: 'model-rejected-request',
    });
    expect((await fixture.complete({ call_id: 'again:1' })).text).toBe('Now.');

    expect((await fixture.recorded('again:1')).map(({ outcome, attempts }) => [outcome, attempts])).toEqual([
      ['failed', 1],
      ['ok', 1],
    ]);
  });

  it('tells of a call once, with what all its attempts used, by row, event and bus', async () => {
    await fixture.startRouter({ BATON_MODEL_FAST: 'openai/gpt-4.1-mini' });
    fixture.models.script(status(500), say('Twelve tokens or so are in this answer.'));

    const answer = await fixture.complete({
      call_id: 'told:1',
      origin: { conversation_id: 'conv_1', run_id: 'run_1', node_id: 'answer', workflow: 'customer_support' },
    });

    const [event] = await fixture.recorded('told:1');
    expect(llmCallRecorded.schema.parse(event)).toMatchObject({
      call_id: 'told:1',
      outcome: 'ok',
      attempts: 2,
      model: 'openai/gpt-4.1-mini',
      cost_usd: answer.usage.cost_usd,
      input_tokens: answer.usage.input_tokens,
      conversation_id: 'conv_1',
      workflow: 'customer_support',
    });
    expect(Number(answer.usage.cost_usd)).toBeGreaterThan(0);
    await waitFor(() => fixture.events.some(({ data }) => data['call_id'] === 'told:1'), {
      what: 'the event',
    });
  });

  it('counts what the model server counted', async () => {
    await fixture.startRouter();
    const before = { ...fixture.models.served };
    const calls = Array.from({ length: 30 }, (_, index) => `count:${index}`);
    fixture.models.respond((request) =>
      Math.random() < 0.2 ? status(500) : say(`You said ${request.lastUser}`),
    );

    await Promise.allSettled(
      calls.map((call_id) => fixture.complete({ call_id, messages: [{ role: 'user', content: call_id }] })),
    );
    fixture.models.respond(() => undefined);

    const rows = (await Promise.all(calls.map((call_id) => fixture.rows(call_id)))).flat();
    const sum = (pick: (row: (typeof rows)[number]) => number): number =>
      rows.reduce((total, row) => total + pick(row), 0);
    expect(rows.filter(({ outcome }) => outcome === 'ok')).toHaveLength(
      fixture.models.served.calls - before.calls,
    );
    expect(sum((row) => row.input_tokens)).toBe(fixture.models.served.inputTokens - before.inputTokens);
    expect(sum((row) => row.output_tokens)).toBe(fixture.models.served.outputTokens - before.outputTokens);
  });

  it('stores answers so that erasing the conversation makes them unreadable', async () => {
    await fixture.startRouter();
    fixture.models.script(say('Ana lives in Lisbon.'));
    const origin = { conversation_id: 'conv_erase' };
    await fixture.complete({ call_id: 'erase:1', origin });

    const [row] = await fixture.rows('erase:1');
    expect(JSON.stringify(row)).not.toContain('Lisbon');

    fixture.orchestrator.erase('acme', 'conversation/conv_erase');
    await fixture.stopRouters();
    await fixture.startRouter();
    await expect(fixture.complete({ call_id: 'erase:1', origin })).rejects.toMatchObject({ code: 'erased' });
    await expect(fixture.complete({ call_id: 'erase:2', origin })).rejects.toMatchObject({ code: 'erased' });
  });

  it("asks for a conversation's key once a minute, not once a call", async () => {
    await fixture.startRouter();
    const asked = fixture.orchestrator.keysAsked;
    fixture.models.script(say('1'), say('2'), say('3'));

    for (const number of [1, 2, 3])
      await fixture.complete({ call_id: `key:${number}`, origin: { conversation_id: 'conv_key' } });

    expect(fixture.orchestrator.keysAsked - asked).toBe(1);
  });

  it('takes any call id for a stream of its own', async () => {
    await fixture.startRouter();
    const odd = 'run_1:a node.with > odd * signs/ü:1:1';
    fixture.models.script(say('Odd.'));

    await fixture.complete({ call_id: odd });

    expect(await fixture.recorded(odd)).toHaveLength(1);
    await waitFor(() => fixture.events.some(({ data }) => data['call_id'] === odd), { what: 'the event' });
  });

  describe('when a router is killed in the middle of a call', () => {
    /** A call that has reached the model and gets no answer. */
    const hangIn = async (call_id: string): Promise<{ answer: Promise<unknown> }> => {
      const asked = fixture.models.requests.length;
      fixture.models.script(hangBeforeHeaders());
      const answer = fixture.complete({ call_id, timeout_ms: 3_000 }).catch(() => 'lost');
      await waitFor(() => fixture.models.requests.length > asked, { what: 'the request' });
      return { answer };
    };

    it('closes what was cut off as unknown and makes the call anew, once', async () => {
      const doomed = await fixture.spawnRouter();
      const lost = await hangIn('killed:1');

      doomed.kill('SIGKILL');
      await fixture.startRouter();
      fixture.models.script(say('After the crash.'));
      const started = performance.now();
      const answer = await fixture.complete({ call_id: 'killed:1' });

      expect(answer).toMatchObject({ text: 'After the crash.', replayed: false });
      expect(performance.now() - started).toBeLessThan(5_000);
      expect((await fixture.rows('killed:1')).map(({ outcome }) => outcome)).toEqual(['unknown', 'ok']);
      expect(await fixture.recorded('killed:1')).toMatchObject([{ outcome: 'ok', attempts: 2 }]);
      await lost.answer;
    });

    it('gives the stored answer where the call was finished before', async () => {
      const doomed = await fixture.spawnRouter();
      fixture.models.script(say('Paid for.'));
      await fixture.complete({ call_id: 'killed:2' });

      doomed.kill('SIGKILL');
      await fixture.startRouter();

      expect(await fixture.complete({ call_id: 'killed:2' })).toMatchObject({
        text: 'Paid for.',
        replayed: true,
      });
    });

    it('tells of a call that nobody asked for again', async () => {
      const doomed = await fixture.spawnRouter();
      const lost = await hangIn('killed:3');
      doomed.kill('SIGKILL');
      const { app } = await fixture.startRouter();

      await waitFor(async () => (await app.get(AbandonedCallsSweep).sweep(0)) > 0, { what: 'the sweep' });

      expect((await fixture.rows('killed:3')).map(({ outcome }) => outcome)).toEqual(['unknown']);
      expect(await fixture.recorded('killed:3')).toMatchObject([{ outcome: 'unknown', attempts: 1 }]);
      await lost.answer;
    });
  });

  it('keeps an answer for who stopped waiting and asks again', async () => {
    await fixture.startRouter();
    const asked = fixture.models.requests.length;
    fixture.models.script(slow(1_200, say('Worth the wait.')));
    const impatient = { timeoutMs: 400 };
    const body = {
      call_id: 'patience:1',
      model: 'fast',
      messages: [{ role: 'user' as const, content: 'Hello' }],
      timeout_ms: 10_000,
      origin: {},
    };

    await expect(fixture.bus.request(llmRequests.complete, CONTEXT, body, impatient)).rejects.toMatchObject({
      code: 'deadline-exceeded',
    });
    expect(await fixture.complete({ call_id: 'patience:1' })).toMatchObject({ text: 'Worth the wait.' });

    expect(fixture.models.requests.length - asked).toBe(1);
  });

  it('forgets the stored answers of a conversation that was erased, and keeps their numbers', async () => {
    await fixture.startRouter();
    fixture.models.script(say('Personal.'));
    await fixture.complete({ call_id: 'forget:1', origin: { conversation_id: 'conv_forget' } });

    await fixture.bus.publishEvent({
      event_id: 'evt_erased_1',
      tenant_id: 'acme',
      stream_type: 'conversation',
      stream_id: 'conv_forget',
      version: 1,
      type: 'conversation.erased',
      schema_version: 1,
      data: {},
      metadata: { actor: SYSTEM_ACTOR },
      occurred_at: '2026-11-22T10:00:00.000Z',
    });

    await waitFor(async () => (await fixture.rows('forget:1'))[0]?.result === null, { what: 'the erasure' });
    expect((await fixture.rows('forget:1'))[0]).toMatchObject({ outcome: 'ok', output_tokens: 3 });
    await expect(
      fixture.complete({ call_id: 'forget:1', origin: { conversation_id: 'conv_forget' } }),
    ).rejects.toMatchObject({ code: 'erased' });
  });

  it('never takes over a call that merely takes long elsewhere', async () => {
    await fixture.spawnRouter();
    const asked = fixture.models.requests.length;
    fixture.models.script(slow(2_500, say('Slow but sure.')));
    const slowly = fixture.complete({ call_id: 'slow:1' });
    await waitFor(() => fixture.models.requests.length > asked, { what: 'the request' });
    const { app } = await fixture.startRouter();

    expect(await app.get(AbandonedCallsSweep).sweep(0)).toBe(0);
    expect(await fixture.complete({ call_id: 'slow:1' })).toMatchObject({ text: 'Slow but sure.' });
    expect((await slowly).text).toBe('Slow but sure.');
    expect(await fixture.rows('slow:1')).toHaveLength(1);
  });

  it('embeds with a served model, paid once, the vectors exact', async () => {
    await fixture.startRouter({ BATON_MODEL_EMBEDDING: 'openai/test-embedding' });
    const before = fixture.models.served.embeddings;
    const ask = () =>
      fixture.bus.request(llmRequests.embed, CONTEXT, {
        call_id: 'embed:1',
        texts: ['one', 'two'],
        timeout_ms: 5_000,
        origin: {},
      });

    const first = await ask();
    const again = await ask();

    expect(first).toMatchObject({ model: 'openai/test-embedding', replayed: false });
    expect(Math.hypot(...(first.vectors[0] ?? []))).toBeCloseTo(1, 5);
    expect(again).toEqual({ ...first, replayed: true });
    expect(fixture.models.served.embeddings - before).toBe(1);
  });
});
