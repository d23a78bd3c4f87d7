import { readFileSync } from 'node:fs';

import { isModelName } from './load/catalog.js';
import { loadWorkflow } from './load-workflow.js';
import type { Workflow } from './workflow.js';

const catalog = {
  tools: new Set(['knowledge.search', 'orders.lookup', 'orders.refund']),
  agents: new Set(['simple', 'reasoning']),
  knowsModel: isModelName,
};

const load = (yaml: string): Workflow => {
  const result = loadWorkflow(yaml, catalog);
  expect(result.errors).toBeUndefined();
  return result.ok as Workflow;
};

const SMALLEST = `name: smallest
nodes:
  done: { type: sink, sink: FINISH, reply: hello }
`;

describe('loading a workflow', () => {
  it('takes the sample of the language description as it stands', () => {
    const sample = new URL('../../../../config/workflows/customer_support.yaml', import.meta.url);
    const workflow = load(readFileSync(sample, 'utf8'));
    expect([...workflow.nodes.keys()]).toEqual(['classify', 'answer', 'done', 'escalate']);
    expect(workflow.graph.order).toEqual(['classify', 'answer', 'done', 'escalate']);
    expect(workflow.human.triggers).toMatchObject({ confidence_below: 0.6, agent_decision: true });
    expect(workflow.human.routing_rules[0]?.relax).toEqual([
      { after_ms: 60_000, levels: -1 },
      { after_ms: 120_000, drop: ['billing'] },
    ]);
    expect(workflow.approvals.get('orders.refund')?.risk).toMatchObject({ kind: 'score' });
  });

  it("gives what is left out the sample's values", () => {
    const { approvals: _approvals, ...workflow } = load(
      `${SMALLEST}  answer: { type: agent, agent: reasoning }\n`,
    );
    expect(workflow.nodes.get('answer')).toMatchObject({
      model: 'smart',
      max_steps: 8,
      retry: { attempts: 3, backoff_ms: 500 },
      timeout_ms: 30_000,
    });
    expect(workflow.limits).toEqual({ cost_usd: 0.25, timeout_ms: 60_000 });
    expect(workflow.consultation).toEqual({ model: 'smart', max_tokens: 1000 });
    expect(workflow.conversation).toEqual({
      debounce: { quiet_ms: 400, max_wait_ms: 2000 },
      on_new_input: 'queue',
      dedup: { last: 5 },
      context: { max_tokens: 6000, recent_turns: 8, memories: 5 },
    });
  });

  it('has no trigger on and is always open without a hil_config', () => {
    const { human } = load(SMALLEST);
    expect(human).toMatchObject({
      enabled: false,
      triggers: { confidence_below: null, explicit_request: false, agent_decision: false, expressions: [] },
      routing_rules: [],
      opening_hours: null,
      offer: { timeout_ms: 30_000, parallel: 1, mode: 'offer' },
    });
  });

  it('reads opening hours by day and over midnight', () => {
    const { human } = load(
      `${SMALLEST}hil_config: { opening_hours: { timezone: Europe/Berlin, mon-fri: 09:00-18:00, sat: [09:00-12:00, 22:00-02:00] } }\n`,
    );
    expect(human.opening_hours?.timezone).toBe('Europe/Berlin');
    expect(human.opening_hours?.days[1]).toEqual([{ from: 540, to: 1080 }]);
    expect(human.opening_hours?.days[6]).toEqual([
      { from: 540, to: 720 },
      { from: 1320, to: 1440 },
    ]);
    expect(human.opening_hours?.days[0]).toEqual([{ from: 0, to: 120 }]);
  });

  it('takes a bare trigger with its defaults', () => {
    const { human } = load(`${SMALLEST}hil_config: { handover_triggers: [confidence_threshold] }\n`);
    expect(human.triggers.confidence_below).toBe(0.6);
  });

  it('turns every trigger off where hil_config is not enabled', () => {
    const { human } = load(
      `${SMALLEST}hil_config: { enabled: false, handover_triggers: [confidence_threshold, explicit_request] }\n`,
    );
    expect(human.triggers).toMatchObject({ confidence_below: null, explicit_request: false });
  });

  it('keeps the digest over layout and comments, and changes it with the content', () => {
    const { digest } = load(SMALLEST);
    expect(load(`# a comment\n${SMALLEST.replace('{ type: sink,', '{   type: "sink",')}`).digest).toBe(
      digest,
    );
    expect(load(SMALLEST.replace('hello', 'goodbye')).digest).not.toBe(digest);
  });

  it('follows aliases, and a map may run a node that stands beside it', () => {
    const workflow = load(`name: x
nodes:
  price: { type: transform, value: "{{ row.price * 2 }}", retry: &patient { attempts: 7 } }
  prices: { type: map, over: "{{ input.rows }}", as: row, node: price, retry: *patient }
  done: { type: sink, sink: FINISH, needs: [prices], output: "{{ nodes.prices }}" }
`);
    expect([...workflow.nodes.keys()]).toEqual(['prices', 'done']);
    expect(workflow.nodes.get('prices')).toMatchObject({
      retry: { attempts: 7 },
      item: { type: 'transform', retry: { attempts: 7 } },
    });
  });

  it('lets what a branch chooses wait for the branch', () => {
    const workflow = load(`name: x
nodes:
  good: { type: sink, sink: FINISH, reply: "{{ nodes.route.chosen[0] }}" }
  bad: { type: sink, sink: HANDOVER }
  route: { type: branch, cases: [{ when: input.ok, to: good }], default: [bad] }
`);
    expect(workflow.graph.order).toEqual(['route', 'good', 'bad']);
    expect(workflow.graph.choosers.get('bad')).toEqual(['route']);
  });

  it('reads an expression of a transform or a map with or without braces', () => {
    const workflow = load(`name: x
nodes:
  plain: { type: transform, value: "$sum(input.numbers)" }
  braced: { type: transform, value: "{{ $sum(input.numbers) }}" }
  done: { type: sink, sink: FINISH, needs: [plain, braced] }
`);
    const value = (id: string): unknown => (workflow.nodes.get(id) as { value?: unknown }).value;
    expect(value('plain')).toEqual(value('braced'));
  });

  it.each([
    ['{{ input.message }}', false],
    ['{{ nodes.a.input }}', false],
    ['{{ [1, 2][$ > 1] }}', false],
    ['{{ input.history }}', true],
    ['{{ $string(input) }}', true],
    ['{{ $lookup($$, "input") }}', true],
    ['{{ input.*.x }}', true],
    ['{{ $$.input.memory }}', true],
  ])('knows whether %s looks at more of a conversation than its message', (reply, looks) => {
    const yaml = `name: x\nnodes:\n  a: { type: transform, value: "1" }\n  done: { type: sink, sink: FINISH, needs: [a], reply: '${reply}' }\n`;
    expect(loadWorkflow(yaml, catalog).ok?.readsConversation).toBe(looks);
  });
});
