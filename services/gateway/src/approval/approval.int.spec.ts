import {
  approvalRequests,
  type ApprovalView,
  BatonError,
  conversationRequests,
  type RunView,
  workflowRequests,
} from '@baton/contracts';

import { playAgents, TestGateway, TestServers } from '../testing/gateway.fixture.js';
import { PlayedLog } from '../testing/played-log.fixture.js';
import { PlayedServices } from '../testing/played-services.fixture.js';
import { SocketClient } from '../testing/stream-clients.fixture.js';

const APPROVAL: ApprovalView = {
  approval_id: 'appr_1',
  run_id: 'run_1',
  conversation_id: 'conv_1',
  workflow: { name: 'order_management', version: 1 },
  node_id: 'handle',
  kind: 'tool',
  action_digest: '3b1f09',
  plan: {
    request: 'orders.refund',
    steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 600 }, reason: 'It came broken' }],
  },
  risk_assessment: { risk_tier: 'CRITICAL', risk_score: 90, reasons: ['Scored 90: from 90 on'] },
  required_role: 'senior',
  approvals_needed: 2,
  excluded_agent_ids: ['omar'],
  decisions: [],
  status: 'PENDING',
  requested_at: '2026-11-22T10:00:00.000Z',
  expires_at: '2026-11-22T11:00:00.000Z',
  updated_at: '2026-11-22T10:00:00.000Z',
  edited_from: null,
  edited_to: null,
  error: null,
  cancelled_because: null,
};
const RUN = {
  run_id: 'run_1',
  workflow: { name: 'order_management', version: 1 },
  conversation_id: null,
  status: 'PAUSED',
  sink: null,
  output: null,
  handover: null,
  error: null,
  approval_id: 'appr_1',
  consultation_id: null,
  usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0' },
  steps: [],
  created_at: '2026-11-22T10:00:00.000Z',
  updated_at: '2026-11-22T10:00:00.000Z',
} satisfies RunView;
const DECISION = '/api/v1/approvals/appr_1/decision';
const EDITED = { steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 300 } }] };

describe('approvals at the door', () => {
  let servers: TestServers;
  let services: PlayedServices;
  let gateway: TestGateway;
  let senior: string;

  beforeAll(async () => {
    servers = await TestServers.start();
    services = await PlayedServices.start(servers.nats.url);
    gateway = await TestGateway.start(servers);
    senior = await gateway.staffToken('senior_lena');
  });

  beforeEach(() => {
    services.forget();
    playAgents(services);
    services.on(approvalRequests.list, () => ({ items: [APPROVAL], next_cursor: null }));
    services.on(approvalRequests.get, () => APPROVAL);
    services.on(approvalRequests.decide, ({ decision }) => ({
      result: { ...APPROVAL, status: decision === 'EDIT' ? ('EDITED' as const) : ('APPROVED' as const) },
      replayed: false,
    }));
  });

  afterAll(async () => {
    await gateway?.close();
    await services?.close();
    await servers?.stop();
  });

  const decide = (body: unknown, token: string | undefined = senior, headers: Record<string, string> = {}) =>
    gateway.call('POST', DECISION, { body, headers, token });

  it('are listed and read as they are, by what was asked for', async () => {
    const page = await gateway.call(
      'GET',
      '/api/v1/approvals?status=PENDING&role=senior&conversation_id=conv_1&run_id=run_1&limit=5',
    );
    expect([page.status, page.body]).toEqual([200, { items: [APPROVAL], next_cursor: null }]);
    expect(services.lastAsked(approvalRequests.list).body).toEqual({
      status: 'PENDING',
      role: 'senior',
      conversation_id: 'conv_1',
      run_id: 'run_1',
      limit: 5,
    });
    const one = await gateway.call('GET', '/api/v1/approvals/appr_1', { token: senior });
    expect([one.status, one.body]).toEqual([200, APPROVAL]);
    const wrong = await gateway.call('GET', '/api/v1/approvals?status=MAYBE&role=boss');
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['role', 'status']);
  });

  it('are decided by people only, with the role that they have now', async () => {
    const key = await gateway.call('POST', DECISION, { body: { decision: 'APPROVE' } });
    expect([key.status, key.body.type]).toEqual([403, 'urn:baton:problem:forbidden']);
    const customer = await decide({ decision: 'APPROVE' }, await gateway.conversationToken('conv_1'));
    expect(customer.status).toBe(403);
    expect(services.asked.some(({ pattern }) => pattern === 'approval.decide')).toBe(false);

    const done = await decide({ decision: 'APPROVE', message: 'Fine' });
    expect([done.status, done.body.status]).toEqual([200, 'APPROVED']);
    const asked = services.lastAsked(approvalRequests.decide);
    expect(asked.body).toEqual({ approval_id: 'appr_1', decision: 'APPROVE', message: 'Fine' });
    expect(asked.ctx.actor).toEqual({ type: 'human_agent', id: 'senior_lena', role: 'senior' });

    await decide({ decision: 'EDIT', edited_plan: EDITED }, senior, { 'idempotency-key': 'once' });
    const edited = services.lastAsked(approvalRequests.decide);
    expect(edited.body['edited_plan']).toEqual(EDITED);
    expect(edited.ctx.idempotency?.key).toBe('once');
  });

  it('keep a refusal of the orchestrator as it is', async () => {
    for (const [code, status] of [
      ['forbidden', 403],
      ['invalid-transition', 409],
      ['not-found', 404],
    ] as const) {
      services.on(approvalRequests.decide, () => {
        throw new BatonError(code, 'No');
      });
      expect((await decide({ decision: 'REJECT' })).status).toBe(status);
    }
  });

  it.each([
    [{ decision: 'MAYBE' }, 'decision'],
    [{}, 'decision'],
    [{ decision: 'EDIT' }, 'edited_plan'],
    [{ decision: 'APPROVE', edited_plan: EDITED }, 'edited_plan'],
    [{ decision: 'EDIT', edited_plan: {} }, 'edited_plan.steps'],
    [{ decision: 'EDIT', edited_plan: { steps: [] } }, 'edited_plan.steps'],
    [{ decision: 'EDIT', edited_plan: { steps: [{ args: {} }] } }, 'edited_plan.steps.0.tool'],
    [{ decision: 'RESPOND' }, 'message'],
    [{ decision: 'RESPOND', message: ' ' }, 'message'],
    [{ decision: 'REJECT', message: 7 }, 'message'],
  ])('refuse %j, naming the field', async (body, path) => {
    const answer = await decide(body);
    expect([answer.status, answer.body.errors?.[0]?.path]).toEqual([400, path]);
  });

  it('are what a run, an agent or a tool above LOW is answered with', async () => {
    services.on(workflowRequests.execute, () => ({ result: RUN, replayed: false }));
    services.on(workflowRequests.executeAgent, () => ({ result: RUN, replayed: false }));
    services.on(workflowRequests.executeTool, () => ({
      result: { run_id: 'run_1', status: 'PAUSED' as const, approval_id: 'appr_1', result: null },
      replayed: false,
    }));
    const paused = { run_id: 'run_1', status: 'PAUSED', approval_id: 'appr_1' };
    for (const [path, body] of [
      ['/api/v1/workflows/execute', { workflow_name: 'w', input_data: {} }],
      ['/api/v1/agents/simple/execute', { input: 'Hello' }],
      ['/api/v1/tools/orders.refund/execute', { args: { order_id: '1001', amount: 600 } }],
    ] as const) {
      const answer = await gateway.call('POST', path, { body });
      expect({ path, status: answer.status, ...answer.body }).toMatchObject({
        path,
        ...paused,
        status: 'PAUSED',
      });
      expect(answer.status).toBe(202);
      const headers = { prefer: 'respond-async' };
      const later = await gateway.call('POST', path, { body, headers });
      expect([later.status, later.headers.get('preference-applied')]).toEqual([202, 'respond-async']);
    }
  });

  it('are told to all staff as they are asked for and decided', async () => {
    const log = new PlayedLog(services);
    const socket = await SocketClient.open(gateway, { token: await gateway.staffToken('agent_ana') });
    await log.tell('appr_1', { type: 'approval.requested', data: { conversation_id: 'conv_1' } });
    await log.tell('appr_1', { type: 'approval.decided', data: { conversation_id: 'conv_1' } });
    const [requested, decided] = await socket.until(2);
    expect(requested).toMatchObject({
      type: 'approval.requested',
      data: { approval_id: 'appr_1', conversation_id: 'conv_1', risk_tier: 'CRITICAL', kind: 'tool' },
    });
    expect(JSON.stringify(requested)).not.toContain('It came broken');
    expect(decided).toMatchObject({ type: 'approval.decided', data: { decision: 'APPROVE' } });
    socket.close();
  });

  it("are in the AI SDK's stream for the team, where a customer hears that a person is looking", async () => {
    const log = new PlayedLog(services);
    for (const told of [
      { type: 'conversation.started' },
      { type: 'conversation.message_received' },
      { type: 'conversation.turn_started' },
      { type: 'conversation.turn_paused' },
      { type: 'conversation.handed_over', data: { reason: 'approval', turn_number: 1 } },
    ])
      log.record('conv_1', told);
    services.on(conversationRequests.get, () => ({ state: 'PENDING_HUMAN', version: 5 }) as never);
    services.on(conversationRequests.receiveMessage, () => ({
      result: { status: 'PAUSED', turn_number: 1, version: 5, reply: null } as never,
      replayed: false,
    }));
    const partsFor = async (token: string | undefined) => {
      const response = await fetch(`${gateway.url}/api/v1/ui/chat`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token ?? (await gateway.keyWith(['conversations']))}`,
        },
        body: JSON.stringify({
          id: 'conv_1',
          messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Refund me' }] }],
        }),
      });
      const text = await response.text();
      return text
        .split('\n\n')
        .filter((line) => line.startsWith('data: {'))
        .map((line) => JSON.parse(line.slice(6)) as { type: string; data?: Record<string, unknown> });
    };
    const team = await partsFor(undefined);
    expect(team.find(({ type }) => type === 'data-approval')?.data).toMatchObject({
      approval_id: 'appr_1',
      plan: APPROVAL.plan,
      status: 'PENDING',
    });
    const customer = await partsFor(await gateway.conversationToken('conv_1'));
    expect(customer.find(({ type }) => type === 'data-state')?.data).toEqual({
      state: 'PENDING_HUMAN',
      reason: 'approval',
    });
    expect(JSON.stringify(customer)).not.toMatch(/appr_1|orders\.refund|600/);
  });
});
