import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { ApprovalView, Page, RunView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { type ModelRequest, ModelServer, modelSteps, waitFor } from '@baton/testkit';

import { Api } from './api.js';

const { callTools } = modelSteps;

const REFUND = `name: refund
nodes:
  handle: { type: agent, agent: reasoning, tools: [orders.refund] }
  done: { type: sink, sink: FINISH, needs: [handle], reply: "{{ nodes.handle.text }}", confidence: 1, output: "{{ nodes.handle.text }}" }
approvals: [{ tool: orders.refund, risk: MEDIUM }]
`;
const POST_ONCE = `name: post_once
nodes:
  send: { type: tool, tool: http.request, args: { method: POST, url: "{{ input.shop }}", body: hello } }
  done: { type: sink, sink: FINISH, needs: [send] }
`;

/** Every point that the orchestrator passes between the decision and the answer. */
const POINTS = [
  'store.before_commit',
  'store.after_commit',
  'approval.after_decision',
  'turn.after_start',
  'run.before_append',
  'run.after_append',
  'turn.before_complete',
  'turn.after_complete',
];
/** The same for a run alone, and on its way into the pause. */
const ALONE = [
  'approval.after_decision',
  'run.before_append',
  'run.after_append',
  'run.before_end',
  'run.after_end',
];
const PAUSING = ['run.before_pause', 'run.after_pause'];

const refunds = (request: ModelRequest) => {
  const [, amount, order] = /Refund (\d+) of (\d+)/.exec(request.prompt) ?? [];
  if (amount === undefined || request.schema !== undefined) return undefined;
  return request.toolResults.length === 0
    ? callTools({ name: 'orders.refund', args: { order_id: order, amount: Number(amount) } })
    : callTools({ name: 'finish', args: { reply: 'Refunded', confidence: 0.9 } });
};

describe('an approved action whose worker is killed with -9', () => {
  let models: ModelServer;
  let shop: Server;
  let dataDir: string;
  let baton: RunningBaton;
  let api: Api;
  let senior: Api;
  let visits = 0;
  let amount = 10;

  beforeAll(async () => {
    models = await ModelServer.start();
    models.respond(refunds);
    shop = createServer((_request, response) => {
      visits += 1;
      response.end('taken');
    });
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    dataDir = await mkdtemp(join(tmpdir(), 'baton-approval-crash-'));
    baton = await startBaton({
      dataDir,
      env: {
        OPENAI_BASE_URL: models.openAiUrl,
        OPENAI_API_KEY: 'test-key',
        BATON_MODEL_FAST: 'openai/test-model',
        BATON_MODEL_SMART: 'openai/test-model',
        BATON_HTTP_ALLOW: `127.0.0.1:${(shop.address() as AddressInfo).port}`,
        CRASH_CONTROL: dataDir,
      },
    });
    api = new Api(baton.url, baton.apiKey);
    await api.post('/api/v1/human-agents', { agent_id: 'lena', name: 'Lena', role: 'senior', skills: {} });
    const { body } = await api.post<{ token: string }>('/api/v1/human-agents/lena/token', {});
    senior = new Api(baton.url, body.token);
    const put = await api.call('PUT', '/api/v1/workflows/refund', REFUND, {
      'content-type': 'application/yaml',
    });
    expect(put.status).toBe(200);
  }, 180_000);
  afterAll(async () => {
    await baton?.stop();
    await models?.stop();
    await new Promise((resolve) => shop.close(resolve));
    await rm(dataDir, { recursive: true, force: true });
  });

  /** The orchestrator dies the next time it comes by; whoever is started then lives: that is what to wait for. */
  const dieAt = async (point: string): Promise<{ death: Promise<unknown> }> => {
    const { orchestrator } = baton.services;
    await waitFor(() => orchestrator.running, { what: 'the orchestrator', timeoutMs: 60_000 });
    const { pid } = orchestrator;
    await writeFile(join(dataDir, `${pid}.arm`), `CRASH_AT=${point}:1\n`);
    process.kill(pid, 'SIGUSR2');
    const death = waitFor(() => orchestrator.running && orchestrator.pid !== pid, {
      what: `the death at ${point}, and who comes after it`,
      timeoutMs: 180_000,
    });
    // Awaited by whoever asked for it, later perhaps than it fails.
    death.catch(() => undefined);
    return { death };
  };
  /**
   * As a front-end does: again with the same key, until it is answered. What was asked of one who died meanwhile is
   * asked again without waiting for the 503 of a request that nobody answers.
   */
  const surely = async <T>(
    what: string,
    attempt: () => Promise<{ status: number; body: T }>,
    death?: Promise<unknown>,
  ): Promise<T> => {
    let body: T | undefined;
    const diedMeanwhile = death?.then(() => undefined);
    let isFirst = true;
    await waitFor(
      async () => {
        const asked = attempt().catch(() => undefined);
        const answer = await (isFirst && diedMeanwhile ? Promise.race([asked, diedMeanwhile]) : asked);
        isFirst = false;
        if (!answer || answer.status >= 500) return false;
        body = answer.body;
        return true;
      },
      { what, timeoutMs: 90_000 },
    );
    return body as T;
  };
  const approve = (approval_id: string, death?: Promise<unknown>): Promise<unknown> =>
    surely(
      `the decision on ${approval_id}`,
      () =>
        senior.post(
          `/api/v1/approvals/${approval_id}/decision`,
          { decision: 'APPROVE' },
          { 'idempotency-key': approval_id },
        ),
      death,
    );
  const approvalOf = (approval_id: string): Promise<ApprovalView> =>
    surely('the approval', () => api.get<ApprovalView>(`/api/v1/approvals/${approval_id}`));
  const pendingOf = async (filter: string): Promise<string> => {
    let id: string | undefined;
    await waitFor(
      async () => {
        const { body } = await api.get<Page<ApprovalView>>(`/api/v1/approvals?status=PENDING&${filter}`);
        id = body.items?.[0]?.approval_id;
        return id !== undefined;
      },
      { what: 'the question', timeoutMs: 90_000 },
    );
    return id as string;
  };
  const refundsOf = async (order_id: string): Promise<readonly number[]> => {
    const { result } = await surely('the order', () =>
      api.post<{ result: { refunds: { amount: number }[] } }>('/api/v1/tools/orders.lookup/execute', {
        args: { order_id },
      }),
    );
    return result.refunds.map((refund) => refund.amount);
  };
  const status = (approval_id: string, wanted: ApprovalView['status']): Promise<unknown> =>
    waitFor(async () => (await approvalOf(approval_id)).status === wanted, {
      what: `${approval_id} ${wanted}`,
      timeoutMs: 90_000,
    });
  const times = (all: readonly number[], one: number): number => all.filter((each) => each === one).length;

  it.each(POINTS)(
    'at %s in a conversation: it is done once, and the customer is answered once',
    async (point) => {
      const id = `talk_${(amount += 1)}`;
      await api.say(id, `Refund ${amount} of 1001`, { wait: 0, body: { workflow_name: 'refund' } });
      const approval = await pendingOf(`conversation_id=${id}`);
      const { death } = await dieAt(point);
      await approve(approval, death);
      await death;
      await api.state(id, 'FINISHED', 90_000);
      await status(approval, 'EXECUTED');
      expect(times(await refundsOf('1001'), amount)).toBe(1);
      const replies = (await api.messages(id)).filter(({ role }) => role === 'assistant');
      expect(replies.map(({ content }) => content)).toEqual(['Refunded']);
    },
    300_000,
  );

  it.each([...ALONE, ...PAUSING])(
    'at %s in a run alone: it is done once',
    async (point) => {
      amount += 1;
      const isOnTheWay = PAUSING.includes(point);
      const before = isOnTheWay ? await dieAt(point) : undefined;
      const body = { workflow_name: 'refund', input_data: { message: `Refund ${amount} of 1002` } };
      const headers = { prefer: 'respond-async', 'idempotency-key': `alone_${amount}` };
      const { run_id } = await surely(
        'the start',
        () => api.post<RunView>('/api/v1/workflows/execute', body, headers),
        before?.death,
      );
      const approval = await pendingOf(`run_id=${run_id}`);
      await before?.death;
      const after = isOnTheWay ? undefined : await dieAt(point);
      await approve(approval, after?.death);
      await after?.death;
      await status(approval, 'EXECUTED');
      await waitFor(
        async () => (await api.get<RunView>(`/api/v1/runs/${run_id}`)).body.status === 'COMPLETED',
        { what: 'the end of the run', timeoutMs: 90_000 },
      );
      expect(times(await refundsOf('1002'), amount)).toBe(1);
      const { body: asked } = await api.get<Page<ApprovalView>>(`/api/v1/approvals?run_id=${run_id}`);
      expect(asked.items).toHaveLength(1);
    },
    300_000,
  );

  it('between its start and its end, where nobody can tell: a person is told, and it is not done again', async () => {
    const input_data = { shop: `http://127.0.0.1:${(shop.address() as AddressInfo).port}/` };
    const { run_id } = await surely('the start', () =>
      api.post<RunView>(
        '/api/v1/workflows/execute',
        { definition: POST_ONCE, input_data },
        { prefer: 'respond-async', 'idempotency-key': 'post-once' },
      ),
    );
    const approval = await pendingOf(`run_id=${run_id}`);
    const { death } = await dieAt('run.after_append');
    await approve(approval, death);
    await death;
    await status(approval, 'FAILED');
    expect((await approvalOf(approval)).error).toMatchObject({ code: 'unsettled' });
    await waitFor(
      async () => (await api.get<RunView>(`/api/v1/runs/${run_id}`)).body.handover?.reason === 'failure',
      { what: 'the person who is told', timeoutMs: 90_000 },
    );
    expect(visits).toBeLessThanOrEqual(1);
  }, 300_000);
});
