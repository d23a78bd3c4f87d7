import type { AnswerOf, BodyInputOf, RequestContext, RequestDefinition } from '@baton/contracts';

import type { Requester } from '../requester.port.js';
import { nodeScope } from '../testing/node-scope.fixture.js';
import { ToolExecutor } from '../tool-executor.js';
import { ToolRegistry } from '../tool-registry.js';
import type { NodeScope } from '../node-scope.js';
import { builtinTools } from './builtin-tools.js';
import { requestedHandover } from './conversation-handover.tool.js';
import type { OrdersRepository } from './orders/orders.repository.js';

interface Asked {
  readonly pattern: string;
  readonly ctx: RequestContext;
  readonly body: unknown;
}

/** The other services, answering by pattern. */
class Services implements Requester {
  readonly asked: Asked[] = [];
  constructor(private readonly answers: Record<string, unknown>) {}

  request<D extends RequestDefinition>(
    definition: D,
    ctx: RequestContext,
    body: BodyInputOf<D>,
  ): Promise<AnswerOf<D>> {
    this.asked.push({ pattern: definition.pattern, ctx, body: definition.body.parse(body) });
    return Promise.resolve(this.answers[definition.pattern] as AnswerOf<D>);
  }
}

const hit = {
  memory_id: 'mem_1',
  kind: 'fact',
  content: 'Prefers mail',
  score: 0.8,
  source: { conversation_id: 'c', turn_number: 1 },
};

const setUp = (answers: Record<string, unknown> = {}) => {
  const services = new Services(answers);
  const registry = new ToolRegistry(
    builtinTools({ requester: services, orders: {} as OrdersRepository, http: { allowed: [] } }),
  );
  const executor = new ToolExecutor(registry, { toolFailed: ({ error }) => expect(error).toBeUndefined() });
  const call = async (tool: string, args: unknown, scope: Partial<NodeScope> = {}) => {
    const [outcome] = await executor.execute(
      [{ callId: '1', tool, args }],
      nodeScope({ tools: [tool], ...scope }),
    );
    return outcome;
  };
  return { services, registry, call };
};

describe('the built-in tools', () => {
  it('are exactly those of the language, each with its tier', async () => {
    const { registry } = setUp();
    const list = await registry.list('acme');
    expect(Object.fromEntries(list.map((tool) => [tool.name, [tool.source, tool.risk_tier]]))).toEqual({
      'conversation.handover': ['builtin', 'LOW'],
      'http.request': ['builtin', 'MEDIUM'],
      'knowledge.search': ['builtin', 'LOW'],
      'memory.search': ['builtin', 'LOW'],
      'orders.lookup': ['builtin', 'LOW'],
      'orders.refund': ['builtin', 'HIGH'],
    });
  });

  it('refuse to exist twice', () => {
    const [tool] = builtinTools({
      requester: new Services({}),
      orders: {} as OrdersRepository,
      http: { allowed: [] },
    });
    expect(() => new ToolRegistry([tool, tool].flatMap((each) => each ?? []))).toThrow('two tools');
  });

  it('search knowledge for the tenant of the run, in the name of the AI', async () => {
    const passages = [{ id: 'p1', title: 'Returns', content: '30 days', score: 0.9 }];
    const { services, call } = setUp({ 'knowledge.search': { passages } });

    expect(await call('knowledge.search', { query: 'returns?' })).toEqual({
      kind: 'result',
      value: { passages },
    });
    expect(services.asked).toMatchObject([
      {
        pattern: 'knowledge.search',
        ctx: { tenant_id: 'acme', actor: { type: 'ai', id: 'run_1' } },
        body: { query: 'returns?', limit: 5 },
      },
    ]);
  });

  it.each(['', '   '])('search for nothing (%j): refused before anyone is asked', async (query) => {
    const { services, call } = setUp();

    expect(await call('knowledge.search', { query })).toMatchObject({ kind: 'error' });
    expect(await call('memory.search', { query })).toMatchObject({ kind: 'error' });
    expect(services.asked).toEqual([]);
  });

  it('search the memory of this conversation and its customer, and of nobody else', async () => {
    const { services, call } = setUp({ 'memory.for-turn': { summary: null, memories: [hit] } });
    const outcome = await call('memory.search', { query: 'mail' });

    expect(outcome).toEqual({
      kind: 'result',
      value: { items: [{ memory_id: 'mem_1', kind: 'fact', content: 'Prefers mail', score: 0.8 }] },
    });
    expect(services.asked).toMatchObject([{ body: { conversation_id: 'conv_1', customer_id: 'cust_1' } }]);
  });

  it("search a customer's memory where there is no conversation, and nothing where there is no customer", async () => {
    const { services, call } = setUp({ 'memory.search': { items: [hit], next_cursor: null } });
    const standalone = { conversationId: null };

    expect(await call('memory.search', { query: 'mail' }, standalone)).toMatchObject({ kind: 'result' });
    expect(await call('memory.search', { query: 'mail' }, { ...standalone, customerId: null })).toMatchObject(
      { kind: 'result', value: { items: [] } },
    );
    expect(services.asked).toMatchObject([{ pattern: 'memory.search', body: { customer_id: 'cust_1' } }]);
  });

  it('hand over with a code for a reason, whatever the caller wrote', async () => {
    const { call } = setUp();

    expect(await call('conversation.handover', { reason: 'explicit_request', note: 'Wants Bob' })).toEqual({
      kind: 'result',
      value: { reason: 'explicit_request', note: 'Wants Bob' },
    });
    expect(requestedHandover({ reason: 'The customer is angry' })).toEqual({
      reason: 'agent_decision',
      note: 'The customer is angry',
    });
    // An agent can not claim what only the runtime knows.
    expect(requestedHandover({ reason: 'budget', note: 'x' })).toEqual({
      reason: 'agent_decision',
      note: 'budget: x',
    });
  });
});
