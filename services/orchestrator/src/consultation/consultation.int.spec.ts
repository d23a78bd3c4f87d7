import {
  approvalRequests,
  type ChatMessage,
  type ConsultationMessageView,
  consultationRequests as requests,
  type ConsultationView,
  conversationRequests,
  type RequestContext,
  workflowRequests,
} from '@baton/contracts';
import { Clock } from '@baton/service';
import { waitFor } from '@baton/testkit';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

import { systemContext } from '../conversation/system-context.js';
import { RunRepository } from '../run/run.repository.js';
import { OrchestratorFixture } from '../run/testing/orchestrator.fixture.js';
import { EndConsultationHandler } from './end-consultation.handler.js';

const REFUND = `name: refund
input: { type: object, required: [message], properties: { message: { type: string } } }
nodes:
  handle: { type: agent, agent: reasoning, tools: [orders.lookup, orders.refund] }
  done: { type: sink, sink: FINISH, needs: [handle], reply: "{{ nodes.handle.text }}" }
approvals:
  - tool: orders.refund
    risk: "args.amount > 500 ? 90 : 60"
    expires_after: 2m
consultation: { model: smart, max_tokens: 777 }
`;

const LENA: RequestContext['actor'] = { type: 'human_agent', id: 'lena', role: 'senior' };
const TOM: RequestContext['actor'] = { type: 'human_agent', id: 'tom', role: 'agent' };
const WAIT = { timeoutMs: 30_000 };

describe('a consultation with a paused agent', () => {
  let fixture: OrchestratorFixture;
  let app: NestFastifyApplication;
  let orders = 1000;
  /** What the agent says in a consultation, call by call; its own run is played in between. */
  let consulted: (messages: readonly ChatMessage[], tools: readonly string[]) => Played;
  let asked: { call_id: string; max_tokens?: number | undefined; system: string; tools: readonly string[] }[];
  type Played = {
    text?: string;
    tool_calls?: { id: string; name: string; args: unknown }[];
    stop_reason?: 'tool_calls';
  };

  beforeAll(async () => {
    fixture = await OrchestratorFixture.start({ 'refund.yaml': REFUND });
    app = await fixture.boot();
  });
  afterAll(() => fixture?.stop());
  beforeEach(() => {
    asked = [];
    fixture.services.toolCalls = true;
    consulted = () => ({ text: 'It came broken, and both parts were in the order.' });
    const order = String((orders += 1));
    fixture.services.complete = ({ call_id, messages, max_tokens, tools }) => {
      const names = (tools ?? []).map(({ name }) => name);
      const [system] = messages;
      if (call_id.startsWith('cons_')) {
        asked.push({ call_id, max_tokens, system: system?.content ?? '', tools: names });
        return consulted(messages, names);
      }
      if (messages.some(({ role }) => role === 'tool'))
        return {
          tool_calls: [call('finish', { reply: 'Refunded.', confidence: 0.9 })],
          stop_reason: 'tool_calls',
        };
      return {
        text: 'The customer says that it came broken.',
        tool_calls: [call('orders.refund', { order_id: '1001', amount: 600 + Number(order) / 1e6 })],
        stop_reason: 'tool_calls',
      };
    };
  });

  const call = (name: string, args: unknown) => ({ id: 'c1', name, args });
  const paused = async (): Promise<{ run_id: string; approval_id: string }> => {
    const { result } = await fixture.ask(workflowRequests.execute, {
      workflow_name: 'refund',
      input_data: { message: 'My speaker came broken' },
      wait_ms: 10_000,
    });
    expect(result.status).toBe('PAUSED');
    const { items } = await fixture.ask(approvalRequests.list, { run_id: result.run_id });
    return { run_id: result.run_id, approval_id: items[0]?.approval_id as string };
  };
  const start = async (
    about: { approval_id?: string; run_id?: string; conversation_id?: string },
    actor = LENA,
  ): Promise<ConsultationView> => (await fixture.ask(requests.start, about, { actor })).result;
  const history = async (consultation_id: string): Promise<readonly ConsultationMessageView[]> =>
    (await fixture.ask(requests.messages, { consultation_id, limit: 200 })).items;
  const ask = async (
    consultation_id: string,
    message: string,
    actor = LENA,
  ): Promise<ConsultationMessageView> => {
    const { result } = await fixture.ask(requests.send, { consultation_id, message }, { actor });
    return waitFor(
      async () =>
        (await history(consultation_id)).find(
          ({ message_id }) => message_id === result.metadata['answer_id'],
        ),
      { what: 'the answer', ...WAIT },
    );
  };

  it('answers from the plan, its risk and the thoughts of the run, and changes nothing', async () => {
    const { approval_id, run_id } = await paused();
    const before = await fixture.ask(approvalRequests.get, { approval_id });
    const view = await start({ approval_id });
    expect(view).toMatchObject({
      status: 'ACTIVE',
      workflow_id: 'refund',
      agent_id: 'handle',
      agent_name: 'Handle (refund)',
      approval_id,
      run_id,
      completed_at: null,
      context: { plan: before.plan, risk_assessment: { risk_tier: 'CRITICAL' } },
      messages: [{ role: 'SYSTEM' }],
    });
    const answer = await ask(view.consultation_id, 'Why the whole amount?');
    expect(answer).toMatchObject({
      role: 'AGENT',
      content: 'It came broken, and both parts were in the order.',
    });
    const [first] = asked;
    expect(first?.max_tokens).toBe(777);
    for (const known of [
      'orders.refund',
      'CRITICAL',
      'The customer says that it came broken.',
      'My speaker came broken',
    ])
      expect(first?.system).toContain(known);
    expect(first?.tools).toEqual(['orders.lookup', 'propose_plan']);
    const after = await fixture.ask(approvalRequests.get, { approval_id });
    expect(after).toMatchObject({
      status: 'PENDING',
      action_digest: before.action_digest,
      plan: before.plan,
    });
    const run = await app.get(RunRepository).load('default', run_id);
    expect(run.state).toMatchObject({ status: 'PAUSED', consulted: [] });
  });

  it('is joined by whoever starts another about the same, and each knows what the other was told', async () => {
    const { approval_id, run_id } = await paused();
    const [mine, theirs] = await Promise.all([start({ approval_id }), start({ run_id }, TOM)]);
    expect(theirs.consultation_id).toBe(mine.consultation_id);
    await ask(mine.consultation_id, 'Why?');
    await ask(mine.consultation_id, 'And if it were half?', TOM);
    const messages = await history(mine.consultation_id);
    expect(messages.map(({ role, metadata }) => [role, metadata['agent_id']])).toEqual([
      ['SYSTEM', undefined],
      ['HUMAN', 'lena'],
      ['AGENT', undefined],
      ['HUMAN', 'tom'],
      ['AGENT', undefined],
    ]);
  });

  it('reads with a tool of low risk, is refused everything else, and proposes a plan', async () => {
    const { approval_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    const results: string[] = [];
    const proposal = {
      request: 'Refund half of it',
      steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 300 }, reason: 'One part works' }],
    };
    consulted = (messages) => {
      const last = messages.filter(({ role }) => role === 'tool');
      results.splice(0, results.length, ...last.map(({ content }) => content));
      if (last.length === 0)
        return {
          text: 'I look.',
          tool_calls: [
            { id: 'l', name: 'orders.lookup', args: { order_id: '1001' } },
            { id: 'r', name: 'orders.refund', args: { order_id: '1001', amount: 1 } },
            {
              id: 'p1',
              name: 'propose_plan',
              args: { steps: [{ tool: 'orders.refund', args: { amount: 'half' } }] },
            },
            { id: 'p2', name: 'propose_plan', args: proposal },
          ],
          stop_reason: 'tool_calls',
        };
      return { text: 'Half would do: one part works.' };
    };
    const answer = await ask(consultation_id, 'Would half do?');
    expect(answer.content).toBe('Half would do: one part works.');
    expect(answer.metadata['proposed_plan']).toEqual(proposal);
    const [lookup, refund, wrong, right] = results;
    expect(lookup).toContain('"status":"shipped"');
    expect(refund).toContain('the agent only reads');
    expect(wrong).toContain('do not fit');
    expect(right).toContain('proposed');
    expect(answer.metadata['tools']).toMatchObject([{ tool: 'orders.lookup' }, { tool: 'orders.refund' }]);
    const { result } = await fixture.ask(workflowRequests.executeTool, {
      name: 'orders.lookup',
      args: { order_id: '1001' },
      wait_ms: 10_000,
    });
    expect(JSON.stringify(result)).toContain('"refunds":[]');
  });

  it('keeps the approval open for five minutes behind a question', async () => {
    const { approval_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    const before = await fixture.ask(approvalRequests.get, { approval_id });
    expect(Date.parse(before.expires_at)).toBeLessThan(Date.now() + 130_000);
    await ask(consultation_id, 'Why?');
    const { expires_at } = await fixture.ask(approvalRequests.get, { approval_id });
    expect(Date.parse(expires_at)).toBeGreaterThan(Date.now() + 200_000);
  });

  it('ends with the decision, and the run goes on knowing what was said', async () => {
    const { approval_id, run_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    await ask(consultation_id, 'Why the whole amount?');
    await fixture.ask(
      approvalRequests.decide,
      { approval_id, decision: 'REJECT', message: 'Too much' },
      { actor: LENA },
    );
    const view = await fixture.ask(requests.get, { consultation_id });
    expect(view).toMatchObject({ status: 'COMPLETED', completed_at: expect.any(String) });
    expect(view.messages.at(-1)).toMatchObject({
      role: 'SYSTEM',
      content: expect.stringContaining('decided'),
    });
    await waitFor(
      async () => (await fixture.ask(workflowRequests.getRun, { run_id })).status === 'COMPLETED',
      {
        what: 'the run to end',
        ...WAIT,
      },
    );
    const { state } = await app.get(RunRepository).load('default', run_id);
    expect(state).toMatchObject({
      consulted: [
        { role: 'HUMAN', content: 'Why the whole amount?' },
        { role: 'AGENT', content: 'It came broken, and both parts were in the order.' },
      ],
    });
    await expect(fixture.ask(requests.send, { consultation_id, message: 'And now?' })).rejects.toMatchObject({
      code: 'invalid-transition',
      details: { state: 'COMPLETED' },
    });
    await expect(fixture.ask(requests.end, { consultation_id, outcome: 'COMPLETED' })).rejects.toMatchObject({
      code: 'invalid-transition',
    });
  });

  it('is ended by a person, with the approval as it was, and is begun anew', async () => {
    const { approval_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    const { result } = await fixture.ask(
      requests.end,
      { consultation_id, outcome: 'CANCELLED' },
      { actor: LENA },
    );
    expect(result).toMatchObject({ status: 'CANCELLED', messages: [{ role: 'SYSTEM' }, { role: 'SYSTEM' }] });
    expect(await fixture.ask(approvalRequests.get, { approval_id })).toMatchObject({ status: 'PENDING' });
    const again = await start({ approval_id });
    expect(again.consultation_id).not.toBe(consultation_id);
    const active = await fixture.ask(requests.list, { status: 'ACTIVE', approval_id });
    expect(active.items.map((item) => item.consultation_id)).toEqual([again.consultation_id]);
  });

  it('says that the model failed, stays open, and answers the next question', async () => {
    const { approval_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    let isDown = true;
    consulted = () => {
      if (isDown) throw new Error('the vendor is on fire');
      return { text: 'Here I am.' };
    };
    const failed = await ask(consultation_id, 'Are you there?');
    expect(failed).toMatchObject({ role: 'SYSTEM', metadata: { error: { code: expect.any(String) } } });
    isDown = false;
    expect(await ask(consultation_id, 'And now?')).toMatchObject({ role: 'AGENT', content: 'Here I am.' });
  });

  it('quotes what it has where there is no language model, and says so', async () => {
    const { approval_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    fixture.services.toolCalls = false;
    fixture.services.rank = (query, passages) =>
      passages
        .filter(({ title }) => title === 'Its risk')
        .map(({ id }) => ({ id, score: query === '' ? 0 : 0.9 }));
    const answer = await ask(consultation_id, 'How risky is it?');
    expect(answer.role).toBe('AGENT');
    for (const said of ['No language model is configured', 'CRITICAL', 'orders.refund'])
      expect(answer.content).toContain(said);
    expect(asked).toEqual([]);
  });

  it('answers a question once, though its orchestrator died with it, with what was paid for', async () => {
    const { approval_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    let answering = (): void => undefined;
    const mayAnswer = new Promise<void>((resolve) => (answering = resolve));
    const wasPlayed = consulted;
    let isAsked = false;
    fixture.services.complete = ((before) => async (body) => {
      if (!body.call_id.startsWith('cons_')) return before(body);
      isAsked = true;
      await mayAnswer;
      return wasPlayed([], []);
    })(fixture.services.complete);
    await fixture.ask(requests.send, { consultation_id, message: 'Why?' });
    await waitFor(() => isAsked, { what: 'the model to be asked', ...WAIT });
    const other = await fixture.boot();
    const first = fixture.shutDown(app);
    answering();
    await first;
    app = other;
    const messages = await waitFor(
      async () => {
        const all = await history(consultation_id);
        return all.some(({ role }) => role === 'AGENT') && all;
      },
      { what: 'the answer', timeoutMs: 60_000 },
    );
    expect(messages.filter(({ role }) => role === 'AGENT')).toHaveLength(1);
  });

  it('ends for silence by a durable timer, and not while it is spoken in', async () => {
    const { approval_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    const { schema } = fixture.database;
    const due = `UPDATE ${schema}.timers SET due_at = clock_timestamp() WHERE timer_id = $1`;
    // Too early: it finds that somebody has spoken, and leaves it alone.
    await app
      .get(EndConsultationHandler)
      .idle(systemContext('default', 'req_1'), consultation_id, Date.now() + 5000);
    expect(await fixture.ask(requests.get, { consultation_id })).toMatchObject({ status: 'ACTIVE' });
    const clock = app.get(Clock);
    const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
    const nowIso = clock.nowIso.bind(clock);
    clock.nowIso = () => inAnHour;
    await fixture.database.system(due, [`consultation-idle/${consultation_id}`]);
    const ended = await waitFor(
      async () => {
        const view = await fixture.ask(requests.get, { consultation_id });
        return view.status !== 'ACTIVE' && view;
      },
      { what: 'the end', ...WAIT },
    );
    clock.nowIso = nowIso;
    expect(ended).toMatchObject({ status: 'CANCELLED' });
    expect(ended.messages.at(-1)?.content).toContain('30 minutes');
    expect(await fixture.ask(approvalRequests.get, { approval_id })).toMatchObject({ status: 'PENDING' });
  });

  it('is about exactly one thing that there is', async () => {
    for (const about of [{}, { approval_id: 'appr_1', run_id: 'run_1' }])
      await expect(start(about)).rejects.toMatchObject({ code: 'validation-failed' });
    await expect(start({ approval_id: 'appr_1', run_id: 'run_1' })).rejects.toMatchObject({
      errors: [{ path: 'approval_id' }, { path: 'run_id' }],
    });
    for (const about of [{ approval_id: 'appr_1' }, { run_id: 'run_1' }, { conversation_id: 'conv_1' }])
      await expect(start(about)).rejects.toMatchObject({ code: 'not-found' });
    const { approval_id } = await paused();
    const { consultation_id } = await start({ approval_id });
    const elsewhere = { tenant_id: 'another' };
    await expect(fixture.ask(requests.start, { approval_id }, elsewhere)).rejects.toMatchObject({
      code: 'not-found',
    });
    for (const [definition, body] of [
      [requests.get, { consultation_id }],
      [requests.messages, { consultation_id }],
      [requests.send, { consultation_id, message: 'x' }],
      [requests.end, { consultation_id, outcome: 'COMPLETED' }],
    ] as const)
      await expect(fixture.ask(definition, body as never, elsewhere)).rejects.toMatchObject({
        code: 'not-found',
      });
  });

  it('is begun, asked in and ended once for an idempotency key', async () => {
    const { approval_id } = await paused();
    const keyed = (key: string, body_hash = 'b') => ({
      actor: LENA,
      idempotency: { key, route: 'POST /x', caller: 'staff:lena', body_hash },
    });
    const first = await fixture.ask(requests.start, { approval_id }, keyed('start'));
    const second = await fixture.ask(requests.start, { approval_id }, keyed('start'));
    expect([first.replayed, second.replayed]).toEqual([false, true]);
    const { consultation_id } = first.result;
    const [one, two] = [
      await fixture.ask(requests.send, { consultation_id, message: 'Why?' }, keyed('ask')),
      await fixture.ask(requests.send, { consultation_id, message: 'Why?' }, keyed('ask')),
    ];
    expect(two).toEqual({ ...one, replayed: true });
    await expect(
      fixture.ask(requests.send, { consultation_id, message: 'What?' }, keyed('ask', 'other')),
    ).rejects.toMatchObject({ code: 'idempotency-key-reused' });
    await fixture.ask(requests.end, { consultation_id, outcome: 'COMPLETED' }, keyed('end'));
    const again = await fixture.ask(requests.end, { consultation_id, outcome: 'COMPLETED' }, keyed('end'));
    expect(again).toMatchObject({ replayed: true, result: { status: 'COMPLETED' } });
  });

  it('answers about what is over from the log, and changes no state of the conversation', async () => {
    fixture.services.complete = ({ call_id }) =>
      call_id.startsWith('cons_')
        ? { text: 'I greeted them.' }
        : { tool_calls: [call('finish', { reply: 'Hello.', confidence: 0.9 })], stop_reason: 'tool_calls' };
    const conversation_id = 'conv_consulted';
    await fixture.ask(conversationRequests.receiveMessage, {
      conversation_id,
      turn_id: 't1',
      message: 'Hi',
      sender_type: 'user',
      workflow_name: 'refund',
    } as never);
    const finished = await waitFor(
      async () => {
        const view = await fixture.ask(conversationRequests.get, { conversation_id });
        return view.state === 'FINISHED' && view;
      },
      { what: 'the turn', ...WAIT },
    );
    const { consultation_id, context } = await start({ conversation_id });
    expect(context.steps).toContainEqual({ id: 'handle', status: 'COMPLETED' });
    expect(await ask(consultation_id, 'What did you do?')).toMatchObject({ content: 'I greeted them.' });
    expect(await fixture.ask(conversationRequests.get, { conversation_id })).toMatchObject({
      state: 'FINISHED',
      version: finished.version,
    });
    await fixture.ask(conversationRequests.erase, { conversation_id });
    await expect(fixture.ask(requests.get, { consultation_id })).rejects.toMatchObject({ code: 'erased' });
    await expect(fixture.ask(requests.messages, { consultation_id })).rejects.toMatchObject({
      code: 'erased',
    });
    await waitFor(
      async () =>
        (
          await fixture.database.system<{ status: string }>(
            `SELECT status FROM ${fixture.database.schema}.consultations WHERE consultation_id = $1`,
            [consultation_id],
          )
        )[0]?.status === 'CANCELLED',
      { what: 'the end of what was erased', ...WAIT },
    );
  });

  it('stops a run that is at work at its next step, and lets it go on when it ends', async () => {
    let answer = (): void => undefined;
    const mayAnswer = new Promise<void>((resolve) => (answer = resolve));
    const played = fixture.services.complete;
    fixture.services.complete = async (body) => {
      if (!body.call_id.startsWith('cons_') && !body.messages.some(({ role }) => role === 'tool')) {
        await mayAnswer;
        return { tool_calls: [call('orders.lookup', { order_id: '1001' })], stop_reason: 'tool_calls' };
      }
      return played(body);
    };
    const { result } = await fixture.ask(workflowRequests.execute, {
      workflow_name: 'refund',
      input_data: { message: 'My speaker came broken' },
      wait_ms: 0,
    });
    const { run_id } = result;
    const { consultation_id } = await start({ run_id });
    answer();
    const statusOf = async () => (await fixture.ask(workflowRequests.getRun, { run_id })).status;
    await waitFor(async () => (await statusOf()) === 'PAUSED', { what: 'the run to stand still', ...WAIT });
    await ask(consultation_id, 'What do you want there?');
    await fixture.ask(requests.end, { consultation_id, outcome: 'COMPLETED' }, { actor: LENA });
    await waitFor(async () => (await statusOf()) === 'COMPLETED', { what: 'the run to go on', ...WAIT });
    const { state } = await app.get(RunRepository).load('default', run_id);
    expect(state).toMatchObject({
      consulted: [{ role: 'HUMAN', content: 'What do you want there?' }, { role: 'AGENT' }],
    });
  });
});
