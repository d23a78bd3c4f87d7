import { BatonError, type RunView, workflowRequests as requests } from '@baton/contracts';
import { EventStore } from '@baton/event-store';
import { waitFor } from '@baton/testkit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { RunRepository } from './run.repository.js';
import { OrchestratorFixture } from './testing/orchestrator.fixture.js';

const GREET = `name: greet
input: { type: object, required: [message], properties: { message: { type: string, minLength: 1 } } }
nodes:
  ask: { type: agent, prompt: "{{ input.message }}" }
  loud: { type: transform, needs: [ask], value: "{{ $uppercase(nodes.ask.text) }}" }
  done: { type: sink, sink: FINISH, needs: [loud], output: { said: "{{ nodes.loud }}" } }
`;
const ESCALATE = `name: escalate
nodes:
  out: { type: sink, sink: HANDOVER, reason: explicit_request, note: "{{ input.who }} asked" }
`;
const REFUND = `name: refund
approvals: [{ tool: orders.refund, risk: LOW }]
nodes:
  pay: { type: tool, tool: orders.refund, args: { order_id: "1002", amount: "{{ input.amount }}" } }
  look: { type: tool, tool: orders.lookup, needs: [pay], args: { order_id: "1002" } }
  done: { type: sink, sink: FINISH, needs: [look], output: "{{ nodes.look.refunds }}" }
`;

const TWO_AT_ONCE = `name: two_at_once
limits: { cost_usd: 0.00025 }
nodes:
  left: { type: agent, prompt: left }
  right: { type: agent, prompt: right }
  after: { type: agent, needs: [left, right], prompt: "{{ input.last }}" }
  dear: { type: agent, needs: [after], when: input.dear, prompt: dear }
  done: { type: sink, sink: FINISH, needs: [after, dear], output: "{{ nodes.left.text & nodes.right.text }}" }
`;

describe('a standalone run', () => {
  let fixture: OrchestratorFixture;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    fixture = await OrchestratorFixture.start({
      'greet.yaml': GREET,
      'escalate.yaml': ESCALATE,
      'refund.yml': REFUND,
      'two_at_once.yaml': TWO_AT_ONCE,
      'broken.yaml': 'name: broken\nnodes: {}\n',
    });
    app = await fixture.boot();
  });
  afterAll(() => fixture?.stop());
  beforeEach(() => (fixture.services.complete = () => ({ text: 'hello' })));

  const execute = async (
    workflow_name: string,
    input_data: Record<string, unknown>,
    wait_ms = 10_000,
    key?: string,
  ): Promise<{ result: RunView; replayed: boolean }> =>
    fixture.ask(
      requests.execute,
      { workflow_name, input_data, wait_ms },
      key === undefined
        ? {}
        : {
            idempotency: {
              key,
              route: 'POST /api/v1/workflows/execute',
              caller: 'key_1',
              body_hash: JSON.stringify(input_data),
            },
          },
    );

  it('is played to its sink, and told with its steps', async () => {
    const { result } = await execute('greet', { message: 'hi' });
    expect(result).toMatchObject({
      workflow: { name: 'greet', version: 1 },
      status: 'COMPLETED',
      sink: 'FINISH',
      output: { said: 'HELLO' },
      handover: null,
      error: null,
      conversation_id: null,
      usage: { input_tokens: 10, output_tokens: 5, cost_usd: '0.0001' },
      steps: [
        { id: 'ask', status: 'COMPLETED', attempts: 1 },
        { id: 'loud', status: 'COMPLETED', output: 'HELLO' },
      ],
    });
    expect(await fixture.ask(requests.getRun, { run_id: result.run_id })).toEqual(result);
  });

  it('ends a HANDOVER sink with its reason and note, and queues nobody', async () => {
    const { result } = await execute('escalate', { who: 'Ana' });
    expect(result).toMatchObject({
      status: 'COMPLETED',
      sink: 'HANDOVER',
      handover: { reason: 'explicit_request', note: 'Ana asked' },
    });
  });

  it('refuses input that the workflow does not take, with the path, and workflows that nobody knows', async () => {
    await expect(execute('greet', { message: '' })).rejects.toMatchObject({
      code: 'validation-failed',
      errors: [{ path: 'input_data.message' }],
    });
    await expect(execute('greet', {})).rejects.toMatchObject({
      errors: [{ path: 'input_data.message', message: 'is required' }],
    });
    await expect(execute('nobody', {})).rejects.toMatchObject({ code: 'not-found' });
    await expect(execute('broken', {})).rejects.toMatchObject({ code: 'not-found' });
  });

  it('answers at once where nobody waits, and is found by its id until it ends', async () => {
    let answer = (): void => undefined;
    const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
    fixture.services.complete = () => mayAnswer.then(() => ({ text: 'late' }));
    const { result } = await execute('greet', { message: 'hi' }, 0);
    expect(result.status).toBe('RUNNING');
    const running = await fixture.ask(requests.listRuns, { status: 'RUNNING' });
    expect(running.items.map(({ run_id }) => run_id)).toContain(result.run_id);
    answer();
    await waitFor(
      async () => (await fixture.ask(requests.getRun, { run_id: result.run_id })).status === 'COMPLETED',
      { what: 'the end of the run' },
    );
  });

  it('is started once for an idempotency key, and refuses the key with another body', async () => {
    const first = await execute('greet', { message: 'once' }, 10_000, 'key-1');
    const second = await execute('greet', { message: 'once' }, 10_000, 'key-1');
    expect(second).toEqual({ result: first.result, replayed: true });
    await expect(execute('greet', { message: 'twice' }, 10_000, 'key-1')).rejects.toMatchObject({
      code: 'idempotency-key-reused',
    });
  });

  it('is failed, with that said, by a model that gives nothing usable', async () => {
    fixture.services.complete = () => {
      throw new BatonError('model-output-invalid', 'Nothing usable came');
    };
    const { result } = await execute('greet', { message: 'hi' });
    expect(result).toMatchObject({
      status: 'FAILED',
      error: { code: 'model-output-invalid', message: 'Nothing usable came', node_id: 'ask' },
      steps: [{ id: 'ask', status: 'FAILED' }],
    });
  });

  it('is stopped by cancel, once and for all', async () => {
    fixture.services.complete = () => new Promise(() => undefined);
    const { result } = await execute('greet', { message: 'hi' }, 0);
    const cancelled = await fixture.ask(requests.cancelRun, { run_id: result.run_id });
    expect(cancelled.result.status).toBe('CANCELLED');
    expect(fixture.services.cancelled).toContainEqual({ run_id: result.run_id });
    expect((await fixture.ask(requests.cancelRun, { run_id: result.run_id })).result.status).toBe(
      'CANCELLED',
    );
    const ended = await execute('greet', { message: 'hi' }, 0).then(() => execute('escalate', {}));
    await expect(fixture.ask(requests.cancelRun, { run_id: ended.result.run_id })).rejects.toMatchObject({
      code: 'invalid-transition',
      details: { state: 'COMPLETED' },
    });
    await expect(fixture.ask(requests.cancelRun, { run_id: 'run_none' })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('runs what has no path between it at the same time, and ends when it has cost what it may', async () => {
    const waiting: (() => void)[] = [];
    // Neither of the two answers before both were asked.
    const meet = (): Promise<void> =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 2) for (const go of waiting) go();
      });
    fixture.services.complete = async ({ call_id }) => {
      const node = call_id.split(':')[1] ?? '';
      if (node === 'left' || node === 'right') await meet();
      return { text: node };
    };
    const cheap = await execute('two_at_once', { last: 'x' });
    expect(cheap.result).toMatchObject({ status: 'COMPLETED', output: 'leftright' });
    waiting.length = 0;
    const dear = await execute('two_at_once', { last: 'x', dear: true });
    expect(dear.result).toMatchObject({
      status: 'FAILED',
      error: { code: 'budget-exceeded' },
      usage: { cost_usd: '0.0003' },
    });
    expect(dear.result.steps.map(({ id }) => id)).not.toContain('dear');
  });

  it('keeps its version to its end however many there are by then, and its workflow from being deleted', async () => {
    const text = (reply: string) =>
      `name: long\nnodes:\n  ask: { type: agent }\n  done: { type: sink, sink: FINISH, needs: [ask], reply: ${reply} }\n`;
    const put = (reply: string) => fixture.ask(requests.put, { name: 'long', yaml: text(reply) });
    await put('first');
    let answer = (): void => undefined;
    const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
    fixture.services.complete = () => mayAnswer.then(() => ({ text: 'late' }));
    const { result } = await execute('long', {}, 0);
    expect((await put('second')).version).toBe(2);
    expect((await put('third')).version).toBe(3);
    await expect(fixture.ask(requests.delete, { name: 'long' })).rejects.toMatchObject({ code: 'conflict' });
    answer();
    const ended = await waitFor(
      async () => {
        const run = await fixture.ask(requests.getRun, { run_id: result.run_id });
        return run.status === 'COMPLETED' && run;
      },
      { what: 'the end of the run' },
    );
    expect(ended).toMatchObject({ workflow: { name: 'long', version: 1 }, output: 'first' });
    await fixture.ask(requests.delete, { name: 'long' });
    await expect(execute('long', {})).rejects.toMatchObject({ code: 'not-found' });
  });

  it('runs a workflow that no registry has, by its text, and refuses a bad one with its places', async () => {
    const { result } = await fixture.ask(requests.execute, {
      definition: GREET.replace('greet', 'draft'),
      input_data: { message: 'hi' },
      wait_ms: 10_000,
    });
    expect(result).toMatchObject({
      workflow: { name: 'draft', version: 0 },
      status: 'COMPLETED',
      output: { said: 'HELLO' },
    });
    expect((await fixture.ask(requests.list, {})).items.map(({ name }) => name)).not.toContain('draft');
    const refused = (body: object) =>
      fixture.ask(requests.execute, { input_data: {}, wait_ms: 0, ...body }).catch((error: unknown) => error);
    expect(
      await refused({ definition: 'name: bad\nnodes:\n  a: { type: tool, tool: wand }\n' }),
    ).toMatchObject({
      code: 'validation-failed',
      errors: expect.arrayContaining([expect.objectContaining({ path: 'nodes.a.tool', line: 3 })]),
    });
    expect(await refused({ definition: GREET })).toMatchObject({
      errors: [{ path: 'input_data.message', message: 'is required' }],
    });
    expect(await refused({})).toMatchObject({ errors: [{ path: 'workflow_name' }] });
    expect(await refused({ definition: GREET, workflow_name: 'greet' })).toMatchObject({
      errors: [{ path: 'definition' }],
    });
  });

  describe('of one agent alone', () => {
    const agent = async (type: string, body: Record<string, unknown>): Promise<RunView> => {
      const asked = { type, input: 'Where is my order?', wait_ms: 10_000, ...body };
      return (await fixture.ask(requests.executeAgent, asked)).result;
    };

    it('answers with its text, or with the fields that it is asked for', async () => {
      fixture.services.complete = ({ output_schema }) =>
        output_schema
          ? { text: '{}', output: { intent: 'order', 'a "key"': [1], confidence: 0.8 } }
          : { text: 'On its way', confidence: 0.5 };
      expect(await agent('simple', {})).toMatchObject({
        workflow: { name: 'agent_simple', version: 0 },
        status: 'COMPLETED',
        sink: 'FINISH',
        output: 'On its way',
        steps: [{ id: 'agent', status: 'COMPLETED', output: { text: 'On its way', confidence: 0.5 } }],
      });
      const properties = { intent: { type: 'string' }, 'a "key"': {}, confidence: {}, missing: {} };
      const structured = await agent('simple', { output: { type: 'object', properties } });
      expect(structured.output).toEqual({ intent: 'order', 'a "key"': [1], confidence: 0.8 });
      const open = await agent('simple', { output: { type: 'object' } });
      expect(open.output).toEqual({ intent: 'order', 'a "key"': [1] });
      fixture.services.complete = () => ({ text: '[1]', output: [1] });
      expect((await agent('simple', { output: { type: 'array' } })).output).toEqual([1]);
    });

    it('acts with the tools that it is given, on the input that it is given', async () => {
      fixture.services.complete = ({ messages, tools }) => {
        const result = messages.find(({ role }) => role === 'tool');
        expect(messages[0]).toMatchObject({ content: expect.stringContaining('Look after order 1003') });
        expect(tools?.map(({ name }) => name)).toContain('orders.lookup');
        return result
          ? { text: `It says ${JSON.stringify(result.content).includes('1003') ? '1003' : 'nothing'}` }
          : { tool_calls: [{ id: 'c1', name: 'orders.lookup', args: { order_id: '1003' } }] };
      };
      const run = await agent('reasoning', {
        input: { order: '1003' },
        prompt: 'Look after order {{ input.order }}',
        tools: ['orders.lookup'],
      });
      expect(run).toMatchObject({ status: 'COMPLETED', output: 'It says 1003' });
    });

    it('ends with its own decision to hand over', async () => {
      fixture.services.complete = () => ({
        tool_calls: [{ id: 'c1', name: 'conversation.handover', args: { reason: 'explicit_request' } }],
      });
      expect(await agent('reasoning', {})).toMatchObject({
        status: 'COMPLETED',
        sink: 'HANDOVER',
        handover: { reason: 'explicit_request' },
      });
    });

    it('is refused, in the words of the call, where it can not run like this', async () => {
      await expect(agent('wizard', {})).rejects.toMatchObject({ code: 'not-found' });
      await expect(agent('code', {})).rejects.toMatchObject({
        code: 'sandbox-unavailable',
        retryable: false,
      });
      const paths = (body: object) =>
        agent('reasoning', { ...body }).catch((error: BatonError) => error.errors?.map(({ path }) => path));
      expect(await paths({ tools: ['orders.lookup', 'magic.wand'] })).toEqual(['tools.1']);
      expect(await paths({ model: 'brilliant' })).toEqual(['model']);
      expect(await paths({ prompt: '{{ oops' })).toEqual(['prompt']);
      expect(await paths({ output: { type: 'text' } })).toEqual([expect.stringMatching(/^output/)]);
      await expect(agent('simple', { tools: ['orders.lookup'] })).rejects.toMatchObject({
        errors: [{ path: 'tools' }],
      });
    });

    it('shows which types there are', async () => {
      const { items } = await fixture.ask(requests.listAgents, {});
      expect(items.map(({ type, available }) => [type, available])).toEqual([
        ['code', false],
        ['reasoning', true],
        ['simple', true],
      ]);
    });
  });

  it("is nobody's but its tenant's", async () => {
    const { result } = await execute('greet', { message: 'hi' });
    await expect(
      fixture.ask(requests.getRun, { run_id: result.run_id }, { tenant_id: 'other' }),
    ).rejects.toMatchObject({ code: 'not-found' });
    expect((await fixture.ask(requests.listRuns, {}, { tenant_id: 'other' })).items).toEqual([]);
  });

  it('pages through the runs, newest first', async () => {
    for (let count = 0; count < 3; count += 1) await execute('escalate', {});
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await fixture.ask(requests.listRuns, {
        limit: 2,
        ...(cursor !== undefined && { cursor }),
      });
      seen.push(...page.items.map(({ created_at }) => created_at));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen.length).toBeGreaterThan(3);
    expect([...seen].sort().reverse()).toEqual(seen);
  });

  it('keeps what is said in it sealed in the database', async () => {
    await execute('greet', { message: 'my secret word' });
    const [row] = await fixture.database.system<{ leaks: string }>(
      `SELECT count(*) AS leaks FROM orchestrator.events WHERE data::text LIKE '%secret word%' OR data::text LIKE '%HELLO%'`,
    );
    expect(Number(row?.leaks)).toBe(0);
  });

  describe('whose worker is lost', () => {
    /** Its worker died right behind the commit: there is a row without a pulse. */
    const lose = async (run_id: string, more: Record<string, unknown>): Promise<RunView> => {
      const repository = new RunRepository(app.get(EventStore), () => new Date().toISOString());
      await repository.commit({
        tenantId: 'default',
        before: { state: { status: 'NOT_STARTED' }, version: 0 },
        now: new Date(Date.now() - 60_000).toISOString(),
        events: [
          {
            type: 'run.started',
            data: {
              run_id,
              workflow: { name: 'refund', version: 1 },
              mode: 'standalone',
              conversation_id: null,
              turn_number: null,
              input: { amount: 10 },
              ...more,
            },
          },
        ],
      });
      return waitFor(
        async () => {
          const run = await fixture.ask(requests.getRun, { run_id });
          return run.status !== 'RUNNING' && run;
        },
        { what: `the end of ${run_id}`, timeoutMs: 30_000 },
      );
    };

    it('is taken up by another, and pays and refunds once', async () => {
      const ended = await lose('run_lost', {});
      expect(ended).toMatchObject({ status: 'COMPLETED', output: [{ amount: 10 }] });
    });

    it('is taken up with the text that it began with', async () => {
      const definition = REFUND.replace('"1002"', '"1005"').replace('"1002"', '"1005"');
      const ended = await lose('run_text', { definition, workflow: { name: 'refund', version: 0 } });
      expect(ended).toMatchObject({ status: 'COMPLETED', output: [{ amount: 10 }] });
    });

    it('is failed, with that said, where its workflow can no longer be loaded', async () => {
      const ended = await lose('run_gone', { workflow: { name: 'refund', version: 77 } });
      expect(ended).toMatchObject({
        status: 'FAILED',
        error: { code: 'workflow-unusable', message: 'There is no version 77 of "refund"' },
      });
    });
  });
});
