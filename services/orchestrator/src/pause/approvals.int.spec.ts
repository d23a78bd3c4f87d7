import {
  approvalRequests as approvals,
  type ApprovalView,
  type BatonError,
  type BodyInputOf,
  type BodyOf,
  type Completion,
  consultationRequests as consultations,
  conversationRequests as conversations,
  type llmRequests,
  type RunView,
  type StaffRole,
  workflowRequests as workflows,
} from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { readTool } from '../tool/testing/node-scope.fixture.js';
import { type Tool, ToolError } from '../tool/tool.js';
import { ToolRegistry } from '../tool/tool-registry.js';
import { OrchestratorFixture } from '../run/testing/orchestrator.fixture.js';

type Asked = BodyOf<typeof llmRequests.complete>;

const call = (name: string, args: unknown, text = ''): Partial<Completion> => ({
  text,
  tool_calls: [{ id: `call_${name.replace('.', '_')}`, name, args }],
  stop_reason: 'tool_calls',
});
const finish = (reply: string) => call('finish', { reply, confidence: 0.95 });

/** Refunds what the message names, then says what came of it. */
const refunder = ({ messages }: Asked): Partial<Completion> => {
  const results = messages.filter(({ role }) => role === 'tool');
  if (messages.findLast(({ role }) => role === 'user')?.content.includes('when')) return finish('Tomorrow.');
  const amount = Number(/refund (\d+)/.exec(JSON.stringify(messages))?.[1] ?? 0);
  const order = /order (\d+)/.exec(JSON.stringify(messages))?.[1] ?? '1001';
  if (results.length === 0)
    return call('orders.refund', { order_id: order, amount }, 'Both parts came broken.');
  return finish(`It came to: ${results.at(-1)?.content ?? ''}`);
};

const POLICY = `approvals:
  - tool: orders.refund
    risk: "args.amount > 500 ? 90 : args.amount > 50 ? 60 : 20"
    expires_after: EXPIRY
`;
const flow = (name: string, rest: string): string => `name: ${name}
nodes:
  handle: { type: agent, agent: reasoning, tools: [orders.refund, orders.lookup] }
  done: { type: sink, sink: FINISH, needs: [handle], reply: "{{ nodes.handle.text }}", confidence: "{{ nodes.handle.confidence }}", output: "{{ nodes.handle.text }}" }
conversation: { debounce: { quiet: 10ms, max_wait: 50ms } }
${rest}`;
const REFUNDS = flow('refunds', POLICY.replace('EXPIRY', '1h'));

const FILES = {
  'refunds.yaml': REFUNDS,
  'hasty.yaml': flow('hasty', POLICY.replace('EXPIRY', '1500ms')),
  'drafts.yaml': flow('drafts', 'hil_config: { reply_mode: draft }'),
  'planned.yaml': `name: planned
nodes:
  ok:
    type: approval
    plan: { request: "Refund {{ input.amount }}", steps: [{ tool: orders.refund, args: { order_id: "1003", amount: "{{ input.amount }}" } }] }
  refund: { type: tool, tool: orders.refund, needs: [ok], when: "nodes.ok.approved", args: { order_id: "1003", amount: "{{ nodes.ok.plan.steps[0].args.amount }}" } }
  done: { type: sink, sink: FINISH, needs: [ok, refund], output: { decision: "{{ nodes.ok.decision }}", message: "{{ nodes.ok.message }}" } }
${POLICY.replace('EXPIRY', '1h')}`,
};

const crm = (isConnected: () => boolean): Tool => ({
  ...readTool({ name: 'crm.find' }),
  run: ({ who }) =>
    isConnected()
      ? Promise.resolve({ found: who })
      : Promise.reject(new ToolError('not-connected', 'Nobody has connected the CRM')),
});

describe('an action that people decide', () => {
  let fixture: OrchestratorFixture;
  let count = 0;

  beforeAll(async () => {
    fixture = await OrchestratorFixture.start(FILES);
    // Two replicas: whoever decides is seldom who plays.
    await fixture.boot();
    await fixture.boot();
  });
  afterAll(() => fixture?.stop());
  beforeEach(() => {
    fixture.services.toolCalls = true;
    fixture.services.complete = refunder;
  });

  const say = async (workflow_name: string, message: string, conversation_id = `conv_${(count += 1)}`) => {
    await fixture.ask(conversations.receiveMessage, {
      conversation_id,
      turn_id: `t-${(count += 1)}`,
      message,
      sender_type: 'user',
      workflow_name,
    });
    return conversation_id;
  };
  const look = (conversation_id: string) => fixture.ask(conversations.get, { conversation_id });
  const eventsOf = async (conversation_id: string) =>
    (await fixture.ask(conversations.events, { conversation_id, limit: 200 })).items;
  const typesOf = async (id: string) => (await eventsOf(id)).map(({ type }) => type.split('.')[1]);
  const repliesOf = async (conversation_id: string) =>
    (await fixture.ask(conversations.messages, { conversation_id, limit: 200 })).items
      .filter(({ role }) => role === 'assistant')
      .map(({ content }) => content);
  const inState = (conversation_id: string, state: string) =>
    waitFor(async () => (await look(conversation_id)).state === state, {
      what: `${conversation_id} in ${state}`,
      timeoutMs: 30_000,
    });
  const pendingOf = (conversation_id: string): Promise<ApprovalView> =>
    waitFor(
      async () =>
        (await fixture.ask(approvals.list, { conversation_id, status: 'PENDING', limit: 10 })).items[0] ??
        false,
      { what: 'an approval', timeoutMs: 30_000 },
    );
  const approvalOf = (approval_id: string) => fixture.ask(approvals.get, { approval_id });
  const reaches = (approval_id: string, status: ApprovalView['status']) =>
    waitFor(async () => (await approvalOf(approval_id)).status === status, {
      what: `${approval_id} ${status}`,
      timeoutMs: 30_000,
    });
  const as = (id: string, role: StaffRole = 'senior') => ({
    actor: { type: 'human_agent', id, role } as const,
  });
  const decide = async (
    approval_id: string,
    decision: BodyInputOf<typeof approvals.decide>['decision'],
    more: Partial<BodyInputOf<typeof approvals.decide>> = {},
    who = as('lena'),
  ): Promise<ApprovalView> =>
    (await fixture.ask(approvals.decide, { approval_id, decision, ...more }, who)).result;
  const refundsOf = async (order_id: string): Promise<readonly number[]> => {
    const { result } = await fixture.ask(workflows.executeTool, {
      name: 'orders.lookup',
      args: { order_id },
      wait_ms: 20_000,
    });
    return (result.result as { refunds: { amount: number }[] }).refunds.map(({ amount }) => amount);
  };
  const editTo = (order_id: string, amount: unknown) => ({
    edited_plan: { steps: [{ tool: 'orders.refund', args: { order_id, amount } }] },
  });
  const execute = async (workflow_name: string, input_data: Record<string, unknown>): Promise<RunView> =>
    (await fixture.ask(workflows.execute, { workflow_name, input_data, wait_ms: 20_000 })).result;
  const runOf = (run_id: string) => fixture.ask(workflows.getRun, { run_id });
  const ended = (run_id: string): Promise<RunView> =>
    waitFor(
      async () => {
        const run = await runOf(run_id);
        return !['RUNNING', 'PAUSED'].includes(run.status) && run;
      },
      { what: 'the end of the run', timeoutMs: 30_000 },
    );

  describe('in a conversation', () => {
    it('waits for them, is edited, and is done once as it was edited', async () => {
      const id = await say('refunds', 'refund 600 of order 1001');
      const asked = await pendingOf(id);
      expect(asked).toMatchObject({
        kind: 'tool',
        conversation_id: id,
        plan: {
          steps: [
            {
              tool: 'orders.refund',
              args: { order_id: '1001', amount: 600 },
              reason: 'Both parts came broken.',
            },
          ],
        },
        risk_assessment: { risk_tier: 'CRITICAL', risk_score: 90 },
        required_role: 'senior',
        approvals_needed: 2,
      });
      expect(await look(id)).toMatchObject({
        state: 'PENDING_HUMAN',
        hil_reason: 'approval',
        handover_context: { approval_id: asked.approval_id },
      });
      const [turn] = (await fixture.ask(conversations.turns, { conversation_id: id, limit: 5 })).items;
      expect(turn).toMatchObject({ status: 'PAUSED', run_id: asked.run_id });
      expect(await runOf(asked.run_id)).toMatchObject({ status: 'PAUSED', approval_id: asked.approval_id });

      const edited = await decide(asked.approval_id, 'EDIT', { message: 'Half', ...editTo('1001', 300) });
      expect(edited).toMatchObject({
        status: 'EDITED',
        decisions: [
          {
            decision: 'EDIT',
            decided_by: { agent_id: 'lena', role: 'senior' },
            changes: [{ path: 'steps[0].args.amount', old: 600, new: 300 }],
          },
        ],
      });
      await inState(id, 'FINISHED');
      expect(await approvalOf(edited.edited_to as string)).toMatchObject({
        status: 'EXECUTED',
        edited_from: asked.approval_id,
        risk_assessment: { risk_tier: 'MEDIUM' },
      });
      expect(await refundsOf('1001')).toEqual([300]);
      expect(await repliesOf(id)).toEqual([expect.stringContaining('300')]);
      expect(await typesOf(id)).toEqual([
        'started',
        'message_received',
        'turn_started',
        'turn_paused',
        'handed_over',
        'notice_sent',
        'handover_cancelled',
        'turn_resumed',
        'turn_attempt_started',
        'turn_completed',
      ]);
    });

    it('is done once, however many say yes at the same moment', async () => {
      const id = await say('refunds', 'refund 100 of order 1002');
      const { approval_id } = await pendingOf(id);
      const answers = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) => decide(approval_id, 'APPROVE', {}, as(`agent_${index}`))),
      );
      expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const answer of answers)
        if (answer.status === 'rejected')
          expect(answer.reason).toMatchObject({ code: 'invalid-transition' } satisfies Partial<BatonError>);
      await inState(id, 'FINISHED');
      expect(await refundsOf('1002')).toEqual([100]);
    });

    it.each([
      ['REJECT', 'REJECTED', 'said no to this: Not without a photo'],
      ['RESPOND', 'RESPONDED', 'answered instead of agreeing: Not without a photo'],
    ] as const)('is not done after %s, and the agent is told why', async (decision, status, told) => {
      const id = await say('refunds', 'refund 600 of order 1004');
      const { approval_id } = await pendingOf(id);
      expect(await decide(approval_id, decision, { message: 'Not without a photo' })).toMatchObject({
        status,
      });
      await inState(id, 'FINISHED');
      expect(await repliesOf(id)).toEqual([expect.stringContaining(told)]);
      expect(await refundsOf('1004')).toEqual([]);
    });

    it('is a no when nobody decides in time, after somebody was reminded', async () => {
      const id = await say('hasty', 'refund 600 of order 1004');
      const { approval_id } = await pendingOf(id);
      await reaches(approval_id, 'EXPIRED');
      await inState(id, 'FINISHED');
      expect(await repliesOf(id)).toEqual([expect.stringContaining('Nobody of our team decided in time')]);
      expect(await refundsOf('1004')).toEqual([]);
      await expect(decide(approval_id, 'APPROVE')).rejects.toMatchObject({ code: 'invalid-transition' });
    });

    it('is decided by whoever has the conversation, and done when they give it back', async () => {
      const id = await say('refunds', 'refund 120 of order 1005');
      const { approval_id } = await pendingOf(id);
      await fixture.ask(conversations.assign, { conversation_id: id, agent_id: 'sue' });
      await expect(decide(approval_id, 'APPROVE', {}, as('lena'))).rejects.toMatchObject({
        code: 'forbidden',
      });
      await decide(approval_id, 'APPROVE', {}, as('sue'));
      expect((await look(id)).state).toBe('HUMAN_ACTIVE');
      expect(await refundsOf('1005')).toEqual([]);
      await fixture.ask(conversations.resolve, {
        conversation_id: id,
        outcome: 'BACK_TO_AI',
        continue: true,
      });
      await inState(id, 'FINISHED');
      await reaches(approval_id, 'EXECUTED');
      expect(await refundsOf('1005')).toEqual([120]);
      expect(await repliesOf(id)).toHaveLength(1);
    });

    it('is not done where the conversation is given back without a decision', async () => {
      const id = await say('refunds', 'refund 600 of order 1004');
      const { approval_id } = await pendingOf(id);
      await fixture.ask(conversations.assign, { conversation_id: id, agent_id: 'sue' });
      await fixture.ask(conversations.resolve, {
        conversation_id: id,
        outcome: 'BACK_TO_AI',
        guidance: 'We wait for a photo',
      });
      await inState(id, 'FINISHED');
      expect((await approvalOf(approval_id)).status).toBe('CANCELLED');
      expect(await repliesOf(id)).toEqual([expect.stringContaining('We wait for a photo')]);
      expect(await refundsOf('1004')).toEqual([]);
    });

    it('ends with the conversation', async () => {
      const id = await say('refunds', 'refund 600 of order 1004');
      const { approval_id, run_id } = await pendingOf(id);
      await fixture.ask(conversations.resolve, { conversation_id: id, outcome: 'RESOLVED' });
      expect((await approvalOf(approval_id)).status).toBe('CANCELLED');
      expect((await runOf(run_id)).status).toBe('CANCELLED');
      const [turn] = (await fixture.ask(conversations.turns, { conversation_id: id, limit: 5 })).items;
      expect(turn).toMatchObject({ status: 'CANCELLED' });
      await expect(decide(approval_id, 'APPROVE')).rejects.toMatchObject({ code: 'invalid-transition' });
    });

    it('ends with its erasure: nothing of the plan can be read any more', async () => {
      const id = await say('refunds', 'refund 600 of order 1004');
      const { approval_id } = await pendingOf(id);
      await fixture.ask(conversations.erase, { conversation_id: id });
      await expect(approvalOf(approval_id)).rejects.toMatchObject({ code: 'erased' });
      await expect(decide(approval_id, 'APPROVE')).rejects.toBeInstanceOf(Error);
      expect((await fixture.ask(approvals.list, { conversation_id: id, limit: 5 })).items).toEqual([]);
    });

    it('keeps what the customer writes meanwhile for behind the answer', async () => {
      const id = await say('refunds', 'refund 100 of order 1004');
      const { approval_id } = await pendingOf(id);
      await say('refunds', 'And when does it come?', id);
      await decide(approval_id, 'REJECT');
      await waitFor(async () => (await repliesOf(id)).includes('Tomorrow.'), {
        what: 'the second answer',
        timeoutMs: 30_000,
      });
      expect(await repliesOf(id)).toHaveLength(2);
      await inState(id, 'FINISHED');
    });

    it('stands still while somebody asks for a person too, and is done when they give it back', async () => {
      const id = await say('refunds', 'refund 55 of order 1005');
      const { approval_id } = await pendingOf(id);
      await fixture.ask(conversations.requestHandover, { conversation_id: id, reason: 'explicit_request' });
      expect(await look(id)).toMatchObject({ state: 'PENDING_HUMAN', hil_reason: 'explicit_request' });
      await decide(approval_id, 'APPROVE');
      expect((await look(id)).state).toBe('PENDING_HUMAN');
      await fixture.ask(conversations.resolve, { conversation_id: id, outcome: 'BACK_TO_AI' });
      await reaches(approval_id, 'EXECUTED');
      await inState(id, 'FINISHED');
      expect(await refundsOf('1005')).toContain(55);
    });

    it('is not touched by a new version of its workflow that has no such step', async () => {
      const id = await say('refunds', 'refund 77 of order 1005');
      const { approval_id } = await pendingOf(id);
      await fixture.ask(workflows.put, {
        name: 'refunds',
        yaml: 'name: refunds\nnodes: { done: { type: sink, sink: FINISH, reply: New } }\n',
      });
      await fixture.restart();
      await decide(approval_id, 'APPROVE');
      await inState(id, 'FINISHED');
      expect(await refundsOf('1005')).toContain(77);
      await fixture.ask(workflows.put, { name: 'refunds', yaml: REFUNDS });
    });
  });

  describe('by an edit', () => {
    it.each([
      [
        'another type',
        { edited_plan: editTo('1001', '300').edited_plan },
        'edited_plan.steps[0].args.amount',
      ],
      [
        'another tool',
        { edited_plan: { steps: [{ tool: 'orders.lookup', args: { order_id: '1001' } }] } },
        'edited_plan.steps[0].tool',
      ],
      [
        'more than was asked about',
        {
          edited_plan: { steps: [...editTo('1', 1).edited_plan.steps, ...editTo('1', 1).edited_plan.steps] },
        },
        'edited_plan.steps',
      ],
      ['nothing', {}, 'edited_plan'],
    ])('to %s is refused, and nothing is lost', async (_what, more, path) => {
      const id = await say('refunds', 'refund 600 of order 1004');
      const { approval_id } = await pendingOf(id);
      await expect(decide(approval_id, 'EDIT', more)).rejects.toMatchObject({
        code: 'validation-failed',
        errors: [expect.objectContaining({ path })],
      });
      expect((await approvalOf(approval_id)).status).toBe('PENDING');
      await fixture.ask(conversations.resolve, { conversation_id: id, outcome: 'RESOLVED' });
    });

    it('that is as risky as before waits for the second person', async () => {
      const id = await say('refunds', 'refund 600 of order 1003');
      const { approval_id } = await pendingOf(id);
      const { edited_to } = await decide(approval_id, 'EDIT', editTo('1003', 550));
      const next = await approvalOf(edited_to as string);
      expect(next).toMatchObject({
        status: 'PENDING',
        approvals_needed: 2,
        decisions: [{ decision: 'APPROVE' }],
      });
      expect((await look(id)).state).toBe('PENDING_HUMAN');
      await expect(decide(next.approval_id, 'APPROVE')).rejects.toMatchObject({ code: 'invalid-transition' });
      await decide(next.approval_id, 'APPROVE', {}, as('sue'));
      await inState(id, 'FINISHED');
      expect(await refundsOf('1003')).toEqual([550]);
    });
  });

  describe('in a run alone', () => {
    it('pauses it over restarts, and it goes on', async () => {
      const paused = await execute('refunds', { message: 'refund 60 of order 1002' });
      expect(paused).toMatchObject({ status: 'PAUSED', approval_id: expect.stringMatching(/^appr_/) });
      await fixture.restart();
      await decide(paused.approval_id as string, 'APPROVE');
      expect(await ended(paused.run_id)).toMatchObject({ status: 'COMPLETED' });
      expect(await refundsOf('1002')).toContain(60);
    });

    it('ends with it', async () => {
      const paused = await execute('refunds', { message: 'refund 600 of order 1004' });
      await fixture.ask(workflows.cancelRun, { run_id: paused.run_id });
      expect((await approvalOf(paused.approval_id as string)).status).toBe('CANCELLED');
      await expect(decide(paused.approval_id as string, 'APPROVE')).rejects.toMatchObject({
        code: 'invalid-transition',
      });
    });

    it('keeps whoever set it off from deciding where the policy wants two people', async () => {
      const definition = REFUNDS.replace('expires_after: 1h', 'expires_after: 1h\n    four_eyes: true');
      const { result } = await fixture.ask(
        workflows.execute,
        { definition, input_data: { message: 'refund 100 of order 1004' }, wait_ms: 20_000 },
        as('lena'),
      );
      expect((await approvalOf(result.approval_id as string)).excluded_agent_ids).toEqual(['lena']);
      await expect(decide(result.approval_id as string, 'APPROVE')).rejects.toMatchObject({
        code: 'forbidden',
      });
      await decide(result.approval_id as string, 'REJECT', {}, as('sue'));
    });

    it('of a plan lets each of its steps through, once', async () => {
      const paused = await execute('planned', { amount: 200 });
      const approval = await approvalOf(paused.approval_id as string);
      expect(approval).toMatchObject({ kind: 'plan', plan: { request: 'Refund 200' } });
      await decide(approval.approval_id, 'APPROVE', { message: 'Fine' });
      expect(await ended(paused.run_id)).toMatchObject({
        status: 'COMPLETED',
        output: { decision: 'APPROVE', message: 'Fine' },
      });
      expect((await approvalOf(approval.approval_id)).status).toBe('EXECUTED');
      expect(await refundsOf('1003')).toContain(200);
    });

    it('of a plan that is refused goes on without it', async () => {
      const paused = await execute('planned', { amount: 201 });
      await decide(paused.approval_id as string, 'REJECT');
      expect(await ended(paused.run_id)).toMatchObject({ output: { decision: 'REJECT' } });
      expect(await refundsOf('1003')).not.toContain(201);
    });
  });

  describe('is a reply that a person sends', () => {
    beforeEach(() => {
      fixture.services.complete = ({ messages }) =>
        finish(JSON.stringify(messages).includes('Be shorter') ? 'Short.' : 'A long reply.');
    });

    it.each([
      ['as it is', 'APPROVE', {}, ['A long reply.']],
      [
        'as they change it',
        'EDIT',
        { edited_plan: { steps: [{ tool: 'conversation.reply', args: { content: 'Mine.' } }] } },
        ['Mine.'],
      ],
      ['not at all', 'REJECT', {}, []],
    ] as const)('%s', async (_how, decision, more, replies) => {
      const id = await say('drafts', 'Hello there');
      const { approval_id, kind } = await pendingOf(id);
      expect(kind).toBe('draft');
      expect(await repliesOf(id)).toEqual([]);
      await decide(approval_id, decision, more as never, as('omar', 'agent'));
      await inState(id, 'FINISHED');
      expect(await repliesOf(id)).toEqual(replies);
    });

    it('once the AI has written it anew as they want it', async () => {
      const id = await say('drafts', 'Hello there');
      const { approval_id } = await pendingOf(id);
      await decide(approval_id, 'RESPOND', { message: 'Be shorter' }, as('omar', 'agent'));
      const again = await pendingOf(id);
      expect(again.plan.steps[0]?.args).toEqual({ content: 'Short.' });
      await decide(again.approval_id, 'APPROVE', {}, as('omar', 'agent'));
      await inState(id, 'FINISHED');
      expect(await repliesOf(id)).toEqual(['Short.']);
      expect((await approvalOf(again.approval_id)).status).toBe('EXECUTED');
    });
  });

  it('is talked about before it is planned: the run stands still at its next step, and goes on behind the talk', async () => {
    let isAsked = false;
    let go: () => void = () => undefined;
    const talkedTo = new Promise<void>((resolve) => (go = resolve));
    fixture.services.complete = async (asked) => {
      if (asked.messages.some(({ role }) => role === 'tool')) return refunder(asked);
      if (JSON.stringify(asked.messages).includes('Why at all')) return { text: 'Since it came broken.' };
      isAsked = true;
      await talkedTo;
      return call('orders.lookup', { order_id: '1004' });
    };
    const id = await say('refunds', 'refund 20 of order 1004');
    await waitFor(() => isAsked, { what: 'the run at work', timeoutMs: 30_000 });
    const { result: talk } = await fixture.ask(consultations.start, { conversation_id: id }, as('lena'));
    go();
    await inState(id, 'PENDING_HUMAN');
    expect(await look(id)).toMatchObject({
      hil_reason: 'consultation',
      handover_context: { consultation_id: talk.consultation_id },
    });
    const { consultation_id } = talk;
    await fixture.ask(consultations.send, { consultation_id, message: 'Why at all?' }, as('lena'));
    const answered = await waitFor(
      async () => {
        const { items } = await fixture.ask(consultations.messages, { consultation_id, limit: 50 });
        return items.find(({ role }) => role === 'AGENT') ?? false;
      },
      { what: 'the answer', timeoutMs: 30_000 },
    );
    expect(answered.content).toBe('Since it came broken.');
    await fixture.ask(consultations.end, { consultation_id, outcome: 'COMPLETED' }, as('lena'));
    await inState(id, 'FINISHED');
    expect(await repliesOf(id)).toHaveLength(1);
    expect(await typesOf(id)).toEqual(
      expect.arrayContaining(['turn_paused', 'handover_cancelled', 'turn_resumed', 'turn_completed']),
    );
  });

  it('that lacks its connection waits until somebody has connected it', async () => {
    let isConnected = false;
    for (const app of fixture.replicas)
      app.get(ToolRegistry).add({
        name: 'crm',
        serves: () => true,
        tools: () => Promise.resolve([crm(() => isConnected)]),
        mayHave: (name) => name === 'crm.find',
        standIn: () => undefined,
        close: () => Promise.resolve(),
      });
    const definition = `name: crm
nodes:
  find: { type: tool, tool: crm.find, args: { who: Ana } }
  done: { type: sink, sink: FINISH, needs: [find], output: "{{ nodes.find }}" }`;
    const { result } = await fixture.ask(workflows.execute, { definition, input_data: {}, wait_ms: 20_000 });
    const asked = await approvalOf(result.approval_id as string);
    expect(asked).toMatchObject({
      kind: 'reconnect',
      plan: { request: 'Nobody has connected the CRM', steps: [{ tool: 'crm.find', args: { who: 'Ana' } }] },
    });
    // Too early: it is asked again.
    await decide(asked.approval_id, 'APPROVE');
    const again = await waitFor(
      async () => {
        const run = await runOf(result.run_id);
        return run.status === 'PAUSED' && run.approval_id !== asked.approval_id && run.approval_id;
      },
      { what: 'the next question', timeoutMs: 30_000 },
    );
    expect((await approvalOf(asked.approval_id)).status).toBe('FAILED');
    isConnected = true;
    await decide(again, 'APPROVE');
    expect(await ended(result.run_id)).toMatchObject({ status: 'COMPLETED', output: { found: 'Ana' } });
    expect((await approvalOf(again)).status).toBe('EXECUTED');
  });

  it('is decided by people alone', async () => {
    const id = await say('refunds', 'refund 600 of order 1004');
    const { approval_id } = await pendingOf(id);
    await expect(fixture.ask(approvals.decide, { approval_id, decision: 'APPROVE' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      decide(approval_id, 'APPROVE', {}, { ...as('other'), tenant_id: 'another' } as never),
    ).rejects.toMatchObject({ code: 'not-found' });
    await fixture.ask(conversations.resolve, { conversation_id: id, outcome: 'RESOLVED' });
  });
});
