import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { RunView } from '@baton/contracts';
import { type RunningBaton, startBaton } from '@baton/system';
import { type ModelRequest, ModelServer, modelSteps, waitFor } from '@baton/testkit';

import { Api } from './api.js';

const { callTools, say } = modelSteps;

/** Every kind of work, each behind the other: ten commits before the one that ends the run. */
const LONG_WAY = `name: long_way
input: { type: object, required: [order, shop], properties: { order: { type: string } } }
approvals: [{ tool: orders.refund, risk: LOW }, { tool: http.request, risk: LOW }]
nodes:
  ask: { type: agent, prompt: "Greet {{ input.order }}" }
  look: { type: tool, needs: [ask], tool: orders.lookup, args: { order_id: "{{ input.order }}" } }
  pay: { type: tool, needs: [look], tool: orders.refund, args: { order_id: "{{ input.order }}", amount: 20 } }
  fetch: { type: tool, needs: [pay], tool: http.request, args: { method: GET, url: "{{ input.shop }}" } }
  think:
    type: agent
    agent: reasoning
    needs: [fetch]
    tools: [orders.refund]
    prompt: "Refund 30 of {{ input.order }}"
  again: { type: tool, needs: [think], tool: orders.lookup, args: { order_id: "{{ input.order }}" } }
  last: { type: transform, needs: [again], value: "nodes.ask.text & ', ' & nodes.think.text" }
  done:
    type: sink
    sink: FINISH
    needs: [last]
    output: { said: "{{ nodes.last }}", refunds: "{{ nodes.again.refunds.amount }}", shop: "{{ nodes.fetch.body }}" }
`;
const DEATHS = 11;

const POST_ONCE = `name: post_once
approvals: [{ tool: http.request, risk: LOW }]
nodes:
  send: { type: tool, tool: http.request, args: { method: POST, url: "{{ input.shop }}", body: hello } }
  done: { type: sink, sink: FINISH, needs: [send] }
`;

const TALK = `name: talk
nodes:
  ask: { type: agent, prompt: "Greet" }
  look: { type: tool, needs: [ask], tool: orders.lookup, args: { order_id: "1005" } }
  done: { type: sink, sink: FINISH, needs: [look], reply: "{{ nodes.ask.text }}: 1005 is {{ nodes.look.status }}." }
`;

const played = (request: ModelRequest) => {
  if (request.prompt.includes('Greet')) return say('Good day');
  if (request.toolNames.includes('knowledge.search') || request.schema !== undefined) return undefined;
  const order = /Refund 30 of (\d+)/.exec(request.prompt)?.[1];
  return request.toolResults.length === 0
    ? callTools({ name: 'orders.refund', args: { order_id: order, amount: 30 } })
    : callTools({ name: 'finish', args: { reply: 'Refunded', confidence: 0.9 } });
};

describe('a run whose worker is killed with -9 behind every commit', () => {
  let models: ModelServer;
  let shop: Server;
  let dataDir: string;
  let baton: RunningBaton;
  let api: Api;
  const visits = { GET: 0, POST: 0 };

  const start = async (more: NodeJS.ProcessEnv): Promise<void> => {
    const { port } = shop.address() as AddressInfo;
    baton = await startBaton({
      dataDir,
      env: {
        OPENAI_BASE_URL: models.openAiUrl,
        OPENAI_API_KEY: 'test-key',
        BATON_MODEL_FAST: 'openai/test-model',
        BATON_MODEL_SMART: 'openai/test-model',
        BATON_HTTP_ALLOW: `127.0.0.1:${port}`,
        ...more,
      },
    });
    api = new Api(baton.url, baton.apiKey);
  };

  beforeAll(async () => {
    models = await ModelServer.start();
    models.respond(played);
    shop = createServer((request, response) => {
      visits[request.method as 'GET' | 'POST'] += 1;
      response.end('open');
    });
    await new Promise<void>((resolve) => shop.listen(0, '127.0.0.1', resolve));
    dataDir = await mkdtemp(join(tmpdir(), 'baton-crash-'));
    await start({});
  }, 120_000);
  afterAll(async () => {
    await baton?.stop();
    await models?.stop();
    await new Promise((resolve) => shop.close(resolve));
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Starts a run, and follows it through however many workers it takes. */
  const run = async (definition: string, order: string): Promise<RunView> => {
    const { port } = shop.address() as AddressInfo;
    const input_data = { order, shop: `http://127.0.0.1:${port}/` };
    const headers = { prefer: 'respond-async', 'idempotency-key': order };
    let view: RunView | undefined;
    await waitFor(
      async () => {
        // The worker may die before it has said the run's id: the key asks for the same run again.
        const seen = view
          ? await api.get<RunView>(`/api/v1/runs/${view.run_id}`).catch(() => undefined)
          : await api
              .post<RunView>('/api/v1/workflows/execute', { definition, input_data }, headers)
              .catch(() => undefined);
        if (seen && seen.status < 300) view = seen.body;
        return view !== undefined && view.status !== 'RUNNING';
      },
      { what: `the end of ${order}`, timeoutMs: 400_000 },
    );
    if (!view) throw new Error('There is no run');
    return view;
  };

  const told = ({ status, sink, output, steps, usage }: RunView) => ({
    status,
    sink,
    output,
    usage,
    steps: steps.map(({ id, status: ended }) => `${id} ${ended}`),
  });

  /** The processes that the orchestrator was, from now until `stop`. */
  const lives = (): { readonly pids: Set<number>; stop: () => void } => {
    const pids = new Set<number>();
    const { orchestrator } = baton.services;
    const look = setInterval(() => orchestrator.running && pids.add(orchestrator.pid), 20);
    return { pids, stop: () => clearInterval(look) };
  };

  it('ends as an undisturbed one, each model call and each side effect done once', async () => {
    const calm = await run(LONG_WAY, '1003');
    expect(told(calm)).toMatchObject({
      status: 'COMPLETED',
      sink: 'FINISH',
      output: { said: 'Good day, Refunded', refunds: [20, 30], shop: 'open' },
    });
    const calls = models.served.calls;
    expect({ calls, visits }).toEqual({ calls: 3, visits: { GET: 1, POST: 0 } });
    await baton.stop();

    // Each life of the orchestrator writes one commit of the run, and dies before it can go on.
    await start({ CRASH_AT: 'run.after_append:1' });
    const { pids, stop } = lives();
    const stormy = await run(LONG_WAY, '1004').finally(stop);
    expect(told(stormy)).toEqual(told(calm));
    expect(pids.size).toBeGreaterThan(DEATHS);
    expect({ calls: models.served.calls, visits }).toEqual({ calls: 2 * calls, visits: { GET: 2, POST: 0 } });

    // Begun and not known whether it was done: what can't be repeated is for a person, and is not repeated.
    const left = await run(POST_ONCE, 'post');
    expect(left).toMatchObject({ status: 'COMPLETED', sink: 'HANDOVER', handover: { reason: 'failure' } });
    expect(visits.POST).toBe(0);

    // The same in a conversation: its turn is answered once, whoever had to play it.
    const put = await api.call('PUT', '/api/v1/workflows/talk', TALK, { 'content-type': 'application/yaml' });
    expect(put.status).toBe(200);
    const talked = models.served.calls;
    const later = lives();
    await api.say('stormy', 'Greet 1005', { wait: 0, body: { workflow_name: 'talk' } });
    await api.state('stormy', 'FINISHED', 120_000).finally(later.stop);
    expect((await api.messages('stormy')).map(({ content }) => content)).toEqual([
      'Greet 1005',
      'Good day: 1005 is shipped.',
    ]);
    expect(models.served.calls - talked).toBe(1);
    expect(later.pids.size).toBeGreaterThan(1);
  }, 600_000);
});
