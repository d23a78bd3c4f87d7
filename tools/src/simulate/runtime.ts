import { NO_USAGE, SYSTEM_ACTOR } from '@baton/contracts';

import type { SimulatedBus } from './bus.js';
import { serviceModule } from './checkout-modules.js';
import { BUY, replyTo, THINK, wantsToBuy } from './model.js';

const WORKFLOW = `
name: simulated
nodes:
  answer: { type: agent, agent: scripted, tools: [shop.buy], retry: { attempts: 3, backoff: 200ms } }
  done: { type: sink, sink: FINISH, needs: [answer], reply: "{{ nodes.answer.text }}", confidence: "{{ nodes.answer.confidence }}" }
conversation:
  debounce: { quiet: 300ms, max_wait: 1500ms }
  dedup: { last: 0 }
hil_config:
  enabled: true
  handover_triggers: [explicit_request, agent_decision, failure]
  offer: { timeout: 8s }
`;

interface Call {
  readonly scope: {
    readonly runId: string;
    readonly nodeId: string;
    readonly tenantId: string;
    readonly journal: {
      append(events: readonly object[]): Promise<void>;
      thoughts(nodeId: string): readonly unknown[];
    };
  };
  readonly retryTry: number;
  readonly question: string;
}
interface Tools {
  execute(
    calls: readonly { callId: string; tool: string; args: unknown }[],
    scope: Call['scope'],
  ): Promise<readonly { kind: string }[]>;
}

/** What runs are played with: the real runtime, a scripted agent, one tool with a side effect. */
export interface Runtime {
  readonly registry: object;
  readonly workflows: object;
  ports(bus: SimulatedBus, nowIso: () => string): object;
}

const CONTEXT = { tenant_id: 'acme', actor: SYSTEM_ACTOR, request_id: 'req_simulated' };

export const loadRuntime = async (): Promise<Runtime> => {
  const from = <M extends object>(path: string): Promise<M> => serviceModule<M>('orchestrator', path);
  const [{ loadWorkflow }, { WorkerExpressionEngine }, { RegisteredWorkflows }, { systemRunClock }] =
    await Promise.all([
      from<{ loadWorkflow: (yaml: string, catalog: object) => { ok?: object; errors?: unknown } }>(
        'workflow/load-workflow',
      ),
      from<{ WorkerExpressionEngine: new () => object }>('workflow/expression/expression-engine'),
      from<{
        RegisteredWorkflows: new (
          registry: object,
          engine: object,
          name: string,
          nowMs: () => number,
        ) => object;
      }>('workflow/conversation-workflows'),
      from<{ systemRunClock: (nowIso: () => string) => object }>('run/run-clock'),
    ]);
  const [{ ToolExecutor }, { ToolRegistry }] = await Promise.all([
    from<{ ToolExecutor: new (registry: object, observer: object) => Tools }>('tool/tool-executor'),
    from<{ ToolRegistry: new (tools: readonly object[]) => object }>('tool/tool-registry'),
  ]);
  const { ok: workflow, errors } = loadWorkflow(WORKFLOW, {
    tools: new Set(['shop.buy']),
    agents: new Set(['scripted']),
    knowsModel: () => true,
  });
  if (!workflow) throw new Error(JSON.stringify(errors));
  const version = { name: 'simulated', version: 1, workflow };
  const registry = {
    version: () => Promise.resolve(version),
    newest: () => Promise.resolve(version),
  };
  // Simple expressions only: its thread is never started.
  const engine = new WorkerExpressionEngine();
  return {
    registry,
    workflows: new RegisteredWorkflows(registry, engine, 'simulated', () => Date.now()),
    ports: (bus, nowIso) => ({
      expressions: engine,
      agents: new Map([['scripted', scriptedAgent(bus)]]),
      agentPorts: {
        models: {},
        tools: new ToolExecutor(new ToolRegistry([shopTool(bus)]), { toolFailed: () => undefined }),
      },
      clock: systemRunClock(nowIso),
      findTool: () => Promise.resolve(undefined),
      // Nobody talks with an agent here, and nothing is asked of people.
      pauses: { of: () => undefined, forget: () => undefined },
      digestKey: Buffer.alloc(32, 1),
      random: () => Math.random(),
      stepFailed: () => undefined,
    }),
  };
};

/** Thinks with the model, buys where it is asked to, answers; journals as an agent journals. */
const scriptedAgent = (bus: SimulatedBus): object => ({
  name: 'scripted',
  description: 'answers what it was told',
  defaultModel: 'fast',
  takesTools: true,
  run: async ({ scope, retryTry, question }: Call, { tools }: { tools: Tools }): Promise<object> => {
    const { journal, nodeId, runId } = scope;
    const think = (iteration: number): Promise<unknown> =>
      bus.request(
        THINK,
        CONTEXT,
        { callId: `${runId}:${nodeId}:${iteration}:${retryTry}` },
        { timeoutMs: 30_000 },
      );
    if (wantsToBuy(question)) {
      const call = { callId: 'c1', tool: 'shop.buy', args: { what: question } };
      if (journal.thoughts(nodeId).length === 0) {
        await think(1);
        const { callId: id, ...rest } = call;
        await journal.append([
          {
            type: 'run.agent_thought',
            data: { node_id: nodeId, iteration: 1, text: '', tool_calls: [{ id, ...rest }], usage: NO_USAGE },
          },
        ]);
      }
      await tools.execute([call], scope);
    }
    await think(2);
    const text = replyTo(question);
    return {
      text,
      confidence: 0.9,
      sink: 'FINISH',
      reason: null,
      note: null,
      steps: [],
      fields: {},
      usage: NO_USAGE,
      tried: [],
    };
  },
});

const shopTool = (bus: SimulatedBus): object => ({
  name: 'shop.buy',
  description: 'buys something',
  source: 'builtin',
  inputSchema: { type: 'object' },
  riskTier: 'LOW',
  timeoutMs: 5000,
  idempotency: 'key',
  sees: [],
  run: (args: { readonly what: string }, { idempotencyKey }: { readonly idempotencyKey: string }) =>
    bus.request(BUY, CONTEXT, { key: idempotencyKey, what: args.what }, { timeoutMs: 4000 }),
});
