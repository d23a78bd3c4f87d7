import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';

import { llmRequests, type UsageReport, usageRequests } from '@baton/contracts';
import { modelSteps, type RunningServer, startRedis, waitFor } from '@baton/testkit';

import { CONTEXT, RouterFixture } from '../testing/router-fixture.js';

const { say, slow, status } = modelSteps;
const GPT = { BATON_MODEL_FAST: 'openai/gpt-4.1-mini', BATON_MODEL_SMART: 'openai/gpt-4.1-mini' };

describe("an operator's models file", () => {
  let fixture: RouterFixture;
  let redis: RunningServer;
  const folder = mkdtempSync(join(tmpdir(), 'baton-models-'));
  let number = 0;

  beforeAll(async () => {
    [fixture, redis] = await Promise.all([RouterFixture.start(), startRedis()]);
  });
  afterAll(async () => {
    await fixture.stop();
    await redis.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    await fixture.stopRouters();
    fixture.models.respond(() => undefined);
    fixture.models.assertDone();
  });

  const router = (yaml: string, env: Record<string, string> = {}) => {
    const file = join(folder, `models-${(number += 1)}.yaml`);
    writeFileSync(file, yaml);
    return fixture.startRouter({ BATON_MODELS_FILE: file, REDIS_URL: redis.url, ...env });
  };
  const id = (): string => `file:${(number += 1)}`;
  const as = (tenant_id: string) => ({ ...CONTEXT, tenant_id });
  const report = (tenant: string, group_by: 'model' | 'run' | 'workflow'): Promise<UsageReport> =>
    fixture.bus.request(usageRequests.report, as(tenant), { group_by });

  describe('tiers', () => {
    const TIERS = `
tiers:
  legal:
    - { model: openai/vip, when: { tenants: [vip] } }
    - { model: openai/short, when: { max_input_tokens: 100, tools: false } }
    - openai/long
  closed: [{ model: openai/vip, when: { tenants: [vip] } }]
`;
    const tools = [{ name: 'x', description: '', input_schema: { type: 'object' } }];

    it('of its own are answered by the model whose conditions fit the call', async () => {
      await router(TIERS);
      fixture.models.respond(() => say('.'));
      const answeredBy = async (more: object, tenant = 'acme', model = 'legal'): Promise<string> =>
        (await fixture.complete({ call_id: id(), model, ...more }, as(tenant))).model;

      expect(await answeredBy({})).toBe('openai/short');
      expect(await answeredBy({}, 'acme', 'tier/legal')).toBe('openai/short');
      expect(await answeredBy({ tools })).toBe('openai/long');
      const long = [{ role: 'user' as const, content: 'word '.repeat(200) }];
      expect(await answeredBy({ messages: long })).toBe('openai/long');
      expect(await answeredBy({}, 'vip')).toBe('openai/vip');
      await expect(answeredBy({}, 'acme', 'closed')).rejects.toMatchObject({ code: 'model-incapable' });
    });

    it('fall back in their order, and say how each model is', async () => {
      await router('tiers: { smart: [openai/first, openai/second] }', { BATON_MODEL_SMART: '' });
      fixture.models.script(...Array.from({ length: 5 }, () => status(503)).toSpliced(3, 0, say('Here.')));
      // Three failures and an answer of the second; two more, and the breaker of the first opens.
      expect(await fixture.complete({ call_id: id(), model: 'smart' })).toMatchObject({
        model: 'openai/second',
      });
      fixture.models.script(say('Again.'));
      expect(await fixture.complete({ call_id: id(), model: 'smart' })).toMatchObject({
        model: 'openai/second',
      });

      const { tiers, models } = await fixture.bus.request(usageRequests.models, CONTEXT, {});
      expect(tiers['smart']).toEqual(['openai/first', 'openai/second']);
      expect(models).toContainEqual(
        expect.objectContaining({
          model: 'openai/first',
          breaker: 'open',
          available: false,
          last_failure: 'transient-503',
        }),
      );
      expect(models).toContainEqual(
        expect.objectContaining({ model: 'openai/second', breaker: 'closed', available: true }),
      );
    });
  });

  describe('limits', () => {
    it('let just so many requests a minute through, over two replicas', async () => {
      const yaml = 'limits: [{ model: openai/test-model, requests_per_minute: 7 }]';
      await Promise.all([router(yaml), router(yaml)]);
      fixture.models.respond(() => say('.'));
      const asked = fixture.models.requests.length;

      const answers = await Promise.allSettled(
        Array.from({ length: 12 }, () => fixture.complete({ call_id: id(), timeout_ms: 1_500 })),
      );

      expect(answers.filter(({ status: outcome }) => outcome === 'fulfilled')).toHaveLength(7);
      expect(fixture.models.requests.length - asked).toBe(7);
      for (const answer of answers)
        if (answer.status === 'rejected') expect(answer.reason).toMatchObject({ code: 'model-unavailable' });
    });

    it('pass over a model that has no room for one that has', async () => {
      await router(
        'tiers: { smart: [openai/narrow, openai/wide] }\nlimits: [{ model: openai/narrow, requests_per_minute: 1 }]',
        { BATON_MODEL_SMART: '' },
      );
      fixture.models.respond(() => say('.'));

      const models = [];
      for (let count = 0; count < 3; count += 1)
        models.push((await fixture.complete({ call_id: id(), model: 'smart' })).model);

      expect(models).toEqual(['openai/narrow', 'openai/wide', 'openai/wide']);
    });

    it('count tokens as they were used, and each tenant apart', async () => {
      await router('limits: [{ tenant: "*", tokens_per_minute: 1005 }]');
      fixture.models.respond(() => say('word '.repeat(800)));
      const ask = (tenant: string) =>
        fixture.complete({ call_id: id(), timeout_ms: 1_500, max_tokens: 10 }, as(tenant));

      expect((await ask('one')).text).toContain('word');
      // The first was expected to be short and was not: it used the minute up.
      expect((await ask('one').catch((error: unknown) => error)) as object).toMatchObject({
        code: expect.stringMatching(/too-many-requests/) as string,
      });
      expect((await ask('two')).text).toContain('word');
    });

    it('let so many be under way at once; the others wait in line', async () => {
      await router('limits: [{ model: openai/test-model, concurrency: 2 }]');
      let underWay = 0;
      let most = 0;
      fixture.models.respond(() => {
        underWay += 1;
        most = Math.max(most, underWay);
        setTimeout(() => (underWay -= 1), 150);
        return slow(150, say('.'));
      });

      const answers = await Promise.all(
        Array.from({ length: 8 }, () => fixture.complete({ call_id: id(), timeout_ms: 20_000 })),
      );

      expect(answers).toHaveLength(8);
      expect(most).toBe(2);
    });

    it('hold in each process alone while Redis is away', async () => {
      await router('limits: [{ model: openai/test-model, requests_per_minute: 3 }]', {
        REDIS_URL: 'redis://127.0.0.1:1',
      });
      fixture.models.respond(() => say('.'));

      const answers = await Promise.allSettled(
        Array.from({ length: 5 }, () => fixture.complete({ call_id: id(), timeout_ms: 1_000 })),
      );

      expect(answers.filter(({ status: outcome }) => outcome === 'fulfilled')).toHaveLength(3);
    });
  });

  describe('budgets', () => {
    const told = async (owner: string): Promise<Record<string, unknown>[]> => {
      const { rows } = await fixture.admin.query<Record<string, unknown>>(
        `SELECT type, data FROM llm_router.events WHERE stream_type = 'budget' AND data->>'owner' = $1 ORDER BY type`,
        [owner],
      );
      return rows;
    };

    it.each([
      ['conversation', { conversation_id: 'conv_budget' }, 'conv_budget'],
      ['run', { run_id: 'run_budget' }, 'run_budget'],
      ['run', { run_id: 'run_in', conversation_id: 'conv_in' }, 'run_in'],
    ])('of a %s warn once by event, then refuse by a type of their own', async (scope, origin, owner) => {
      // A call of 1,000,000 tokens of answer costs 1.60 USD here.
      await router(`budgets: [{ scope: ${scope}, soft_usd: "0.0000001", hard_usd: 0.0001 }]`, GPT);
      fixture.models.respond(() => say('word '.repeat(10)));

      const first = await fixture.complete({ call_id: id(), origin });
      await waitFor(async () => (await told(owner)).length === 1, { what: 'the warning' });
      expect((await told(owner))[0]).toMatchObject({
        type: 'budget.soft_limit_reached',
        data: { scope, owner, since: null, limit_usd: '0.0000001', spent_usd: first.usage.cost_usd },
      });
      await fixture.complete({ call_id: id(), origin });
      const repeat = id();
      fixture.models.respond(() => say('x '.repeat(1_000)));
      await fixture.complete({ call_id: repeat, origin });

      const refused = id();
      await expect(fixture.complete({ call_id: refused, origin })).rejects.toMatchObject({
        code: 'budget-exceeded',
        retryable: false,
        details: { scope, limit_usd: '0.0001' },
      });
      expect(await fixture.rows(refused)).toMatchObject([
        { outcome: 'failed', error_code: 'budget-exceeded', input_tokens: 0 },
      ]);
      // What was paid for is given again, whatever is spent.
      expect(await fixture.complete({ call_id: repeat, origin })).toMatchObject({ replayed: true });
      expect((await told(owner)).map(({ type }) => type)).toEqual([
        'budget.hard_limit_reached',
        'budget.soft_limit_reached',
      ]);
    });

    it('of a tenant and a workflow count by day and month, and leave others alone', async () => {
      await router(
        `budgets:
  - { scope: tenant, tenant: spender, period: month, hard_usd: 0.00001 }
  - { scope: workflow, workflow: costly, period: day, hard_usd: 0.00001 }`,
        GPT,
      );
      fixture.models.respond(() => say('word '.repeat(100)));
      const ask = (tenant: string, workflow: string) =>
        fixture.complete({ call_id: id(), origin: { workflow } }, as(tenant));

      await ask('spender', 'cheap');
      await expect(ask('spender', 'cheap')).rejects.toMatchObject({ code: 'budget-exceeded' });
      await ask('saver', 'costly');
      await expect(ask('saver', 'costly')).rejects.toMatchObject({ code: 'budget-exceeded' });
      expect((await ask('saver', 'cheap')).text).toContain('word');
    });
  });

  describe('the cache', () => {
    it('gives embeddings again, per tenant, in a row that costs nothing', async () => {
      await router('{}', { BATON_MODEL_EMBEDDING: 'openai/test-embedding' });
      const before = fixture.models.served.embeddings;
      const embed = (call_id: string, tenant: string) =>
        fixture.bus.request(llmRequests.embed, as(tenant), {
          call_id,
          texts: ['Where is my order?'],
          timeout_ms: 5_000,
          origin: {},
        });

      const first = await embed(id(), 'cached');
      const again = id();
      expect(await embed(again, 'cached')).toMatchObject({
        vectors: first.vectors,
        usage: { input_tokens: 0, cost_usd: '0' },
      });
      await embed(id(), 'another');

      expect(fixture.models.served.embeddings - before).toBe(2);
      expect(await fixture.rows(again)).toMatchObject([{ outcome: 'ok', cache_hit: true, cost_usd: '0' }]);
      expect(await report('cached', 'model')).toMatchObject({
        calls: 2,
        attempts: 1,
        answered: 2,
        cached_answers: 1,
      });
    });

    it('gives chat answers again only where it is told to, and only at temperature 0', async () => {
      const ask = async (temperature: number): Promise<string> =>
        (await fixture.complete({ call_id: id(), temperature, origin: { conversation_id: 'conv_cache' } }))
          .text;
      let answers = 0;
      fixture.models.respond(() => say(`Answer ${(answers += 1)}`));

      await router('{}');
      expect([await ask(0), await ask(0)]).toEqual(['Answer 1', 'Answer 2']);
      await fixture.stopRouters();
      await router('cache: { chat: true, ttl: 10m }');
      expect([await ask(0), await ask(0), await ask(1)]).toEqual(['Answer 3', 'Answer 3', 'Answer 4']);
    });

    it('gives nothing again of a conversation that was erased', async () => {
      const ask = async (conversation_id: string): Promise<string> =>
        (
          await fixture.complete({
            call_id: id(),
            temperature: 0,
            messages: [{ role: 'user', content: 'Who am I?' }],
            origin: { conversation_id },
          })
        ).text;
      let answers = 0;
      fixture.models.respond(() => say(`Answer ${(answers += 1)}`));
      await router('cache: { chat: true }');
      const first = await ask('conv_gone');
      expect(await ask('conv_stays')).toBe(first);

      fixture.orchestrator.erase('acme', 'conversation/conv_gone');
      await fixture.stopRouters();
      await router('cache: { chat: true }');

      expect(await ask('conv_stays')).not.toBe(first);
    });
  });

  it('has its use told by model, run and workflow, the sum beside it', async () => {
    await fixture.startRouter(GPT);
    fixture.models.script(status(500), say('One two three.'), say('Four.'));
    const tenant = as('user');
    await fixture.complete({ call_id: id(), origin: { run_id: 'run_a', workflow: 'w' } }, tenant);
    await fixture.complete({ call_id: id(), origin: { run_id: 'run_b', workflow: 'w' } }, tenant);

    const byRun = await report('user', 'run');
    expect(byRun).toMatchObject({ calls: 2, attempts: 3, answered: 2, unknown: 0, group_by: 'run' });
    expect(byRun.items.map(({ group }) => group).toSorted()).toEqual(['run_a', 'run_b']);
    expect(byRun.items.reduce((sum, item) => sum + item.output_tokens, 0)).toBe(byRun.output_tokens);
    const byModel = await report('user', 'model');
    expect(byModel.items).toMatchObject([{ group: 'openai/gpt-4.1-mini', calls: 2 }]);
    expect(Number(byModel.cost_usd)).toBeGreaterThan(0);
    const page = await fixture.bus.request(usageRequests.report, tenant, { group_by: 'run', limit: 1 });
    const next = await fixture.bus.request(usageRequests.report, tenant, {
      group_by: 'run',
      limit: 1,
      cursor: page.next_cursor ?? '',
    });
    expect([page.items.length, next.items.length, next.next_cursor]).toEqual([1, 1, null]);
    expect(await report('nobody', 'model')).toMatchObject({ calls: 0, cost_usd: '0', items: [] });
  });

  describe('telemetry', () => {
    let collector: Server;
    const received: { path: string; body: string }[] = [];
    beforeAll(async () => {
      collector = createServer((request, response) => {
        const parts: Buffer[] = [];
        request.on('data', (part: Buffer) => parts.push(part));
        request.on('end', () => {
          received.push({ path: request.url ?? '', body: Buffer.concat(parts).toString('utf8') });
          response.setHeader('content-type', 'application/json').end('{}');
        });
      });
      await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => collector.close());

    it('follows the conventions for generative AI, in the trace of the request, and redacts what it is told to record', async () => {
      const { port } = collector.address() as AddressInfo;
      const router = await fixture.spawnRouter({
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '100',
        OTEL_METRIC_EXPORT_INTERVAL: '200',
        OTEL_METRIC_EXPORT_TIMEOUT: '200',
        OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
      });
      fixture.models.script(status(500), say('Write to bob@example.org.'));

      await fixture.complete({
        call_id: id(),
        messages: [{ role: 'user', content: 'I am ana@example.org, call +49 170 1234567' }],
        origin: { conversation_id: 'conv_traced' },
      });

      const of = (path: string): string =>
        received
          .filter((each) => each.path === path)
          .map(({ body }) => body)
          .join('\n');
      const wanted = [
        ['/v1/traces', '"gen_ai.usage.output_tokens"'],
        ['/v1/metrics', 'gen_ai.client.token.usage'],
      ] as const;
      await waitFor(() => wanted.every(([path, text]) => of(path).includes(text)), { what: 'telemetry' });
      const traces = of('/v1/traces');
      for (const text of [
        '"chat test-model"',
        '"gen_ai.provider.name","value":{"stringValue":"openai"}',
        '"gen_ai.conversation.id","value":{"stringValue":"conv_traced"}',
        '"error.type","value":{"stringValue":"transient-500"}',
        '[email]',
        '[phone]',
      ])
        expect(traces).toContain(text);
      expect(traces).not.toMatch(/ana@|bob@|1234567/);
      expect(of('/v1/metrics')).toContain('gen_ai.client.operation.duration');
      router.kill('SIGTERM');
    });
  });
});
