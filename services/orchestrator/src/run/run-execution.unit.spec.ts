import { BatonError } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { WorkerExpressionEngine } from '../workflow/expression/expression-engine.js';
import type { PlayedRun } from './run-outcome.js';
import type { StepRecord } from './run.state.js';
import { type Answer, COST, RunWorld, workflowOf } from './testing/run-world.js';

describe('run', () => {
  const engine = new WorkerExpressionEngine();
  afterAll(() => engine.close());

  const world = (nodes: string, answer?: Answer, rest?: string): RunWorld =>
    new RunWorld(workflowOf(nodes, rest), engine, answer);
  const steps = ({ log }: PlayedRun): Record<string, StepRecord['status']> =>
    Object.fromEntries(Object.entries(log.state.steps).map(([id, step]) => [id, step.status]));

  it('goes from node to node and ends in the sink', async () => {
    const played = await world(
      `  ask: { type: agent, prompt: "Say {{ input.message }}" }
  loud: { type: transform, needs: [ask], value: "{{ $uppercase(nodes.ask.text) }}" }
  done: { type: sink, sink: FINISH, needs: [loud], reply: "{{ nodes.loud }}!", confidence: "{{ nodes.ask.confidence }}" }`,
      () => ({ text: 'hello', confidence: 0.8 }),
    )
      .start({ message: 'hi' })
      .play();
    expect(played.outcome).toMatchObject({
      kind: 'FINISH',
      node_id: 'done',
      reply: 'HELLO!',
      confidence: 0.8,
      output: 'HELLO!',
    });
  });

  it('journals a step before the next begins, and the last with the end of the run', async () => {
    const order: string[] = [];
    const w = world(
      `  a: { type: agent }
  b: { type: agent, needs: [a] }
  done: { type: sink, sink: FINISH, needs: [b], reply: "{{ nodes.b.text }}" }`,
      (node) => {
        order.push(`${node} after ${w.events.map((event) => event.type).join(' ')}`);
        return { text: node };
      },
    ).start({});
    const { log } = await w.play();
    expect(order).toEqual(['a after run.started', 'b after run.started run.step_completed']);
    expect(w.commits).toEqual([1]);
    expect(log.takeWaiting()).toMatchObject([{ type: 'run.step_completed', data: { node_id: 'b' } }]);
  });

  it('lets parallel nodes that end together share a commit', async () => {
    const w = world(
      `  a: { type: agent }
  b: { type: agent }
  c: { type: agent }
  last: { type: agent, needs: [a, b, c] }
  done: { type: sink, sink: FINISH, needs: [last] }`,
    ).start({});
    await w.play();
    expect(w.commits).toEqual([3]);
  });

  it('skips what does not hold, and says so in the log', async () => {
    const played = await world(
      `  a: { type: agent, when: "input.x = 1" }
  b: { type: agent, needs: [a] }
  c: { type: transform, value: "1" }
  done: { type: sink, sink: FINISH, needs: [b, c], reply: done }`,
    )
      .start({ x: 2 })
      .play();
    expect(steps(played)).toEqual({ a: 'SKIPPED', b: 'SKIPPED', c: 'COMPLETED' });
    expect(played.outcome.kind).toBe('FINISH');
  });

  it('fails, with that said, where no sink is reached', async () => {
    const played = await world(`  a: { type: transform, value: "1" }
  done: { type: sink, sink: FINISH, needs: [a], when: "nodes.a = 2" }`)
      .start({})
      .play();
    expect(played.outcome).toMatchObject({ kind: 'FAILED', error: { code: 'no-sink' } });
  });

  it('ends at the first sink and stops what still runs', async () => {
    const played = await world(
      `  quick: { type: transform, value: "1" }
  slow: { type: tool, tool: shop.down, retry: { attempts: 20, backoff: 1h } }
  done: { type: sink, sink: FINISH, needs: [quick], reply: quick }`,
    )
      .start({})
      .play();
    expect(played.outcome).toMatchObject({ kind: 'FINISH', reply: 'quick' });
    expect(steps(played)).toEqual({ quick: 'COMPLETED', slow: 'CANCELLED' });
  });

  it('runs a map in order, each item journaled as a step of its own', async () => {
    const w = world(
      `  twice: { type: map, over: "{{ input.list }}", as: n, node: { type: transform, value: "{{ n * 2 }}" } }
  done: { type: sink, sink: FINISH, needs: [twice], output: "{{ nodes.twice }}" }`,
    ).start({ list: [1, 2, 3] });
    const played = await w.play();
    expect(played.outcome).toMatchObject({ output: [2, 4, 6] });
    expect(Object.keys(steps(played)).sort()).toEqual(['twice', 'twice[0]', 'twice[1]', 'twice[2]']);
  });

  it.each([
    [[], []],
    ['one', ['one']],
    [['one'], ['one']],
  ])('maps over %j as a list', async (list, expected) => {
    const played = await world(
      `  m: { type: map, over: input.list, node: { type: transform, value: "{{ item }}" } }
  done: { type: sink, sink: FINISH, needs: [m], output: "{{ nodes.m }}" }`,
    )
      .start({ list })
      .play();
    expect(played.outcome).toMatchObject({ output: expected });
  });

  it('tries again what may pass, under a new call id, and then gives up', async () => {
    const failing = new BatonError('model-unavailable', 'No model answers');
    const w = world(
      `  a: { type: agent, retry: { attempts: 3, backoff: 1ms } }
  done: { type: sink, sink: FINISH, needs: [a] }`,
      () => failing,
    ).start({});
    const played = await w.play();
    expect(played.outcome).toMatchObject({
      kind: 'FAILED',
      reason: 'failure',
      error: { code: 'model-unavailable', message: 'No model answers', node_id: 'a' },
    });
    expect(w.asked).toEqual(['run_1:a:1:1', 'run_1:a:1:2', 'run_1:a:1:3']);
    expect(played.log.state.steps['a']).toMatchObject({ status: 'FAILED', attempts: 3 });
  });

  it('does not try again what can only fail the same way', async () => {
    const w = world(
      `  a: { type: agent, retry: { attempts: 3, backoff: 1ms } }
  done: { type: sink, sink: FINISH, needs: [a] }`,
      () => new BatonError('model-output-invalid', 'Not what the schema says'),
    ).start({});
    expect((await w.play()).outcome).toMatchObject({ error: { code: 'model-output-invalid' } });
    expect(w.asked).toHaveLength(1);
  });

  it('fails on an expression that fails, naming it', async () => {
    const played = await world(
      `  a: { type: transform, value: "{{ input.text > 3 }}" }
  done: { type: sink, sink: FINISH, needs: [a] }`,
    )
      .start({ text: 'x' })
      .play();
    expect(played.outcome).toMatchObject({
      kind: 'FAILED',
      error: { code: 'expression-failed', node_id: 'a' },
    });
  });

  it("gives a tool's no to whoever looks at the run, and tries a tool again that was down", async () => {
    const refused = await world(
      `  a: { type: tool, tool: shop.refuse, retry: { attempts: 3, backoff: 1ms } }
  done: { type: sink, sink: FINISH, needs: [a] }`,
    )
      .start({})
      .play();
    expect(refused.outcome).toMatchObject({ error: { code: 'sold-out', node_id: 'a' } });
    expect(refused.log.state.steps['a']).toMatchObject({ attempts: 1 });
    const down = await world(
      `  a: { type: tool, tool: shop.down, retry: { attempts: 3, backoff: 1ms } }
  done: { type: sink, sink: FINISH, needs: [a] }`,
    )
      .start({})
      .play();
    expect(down.outcome).toMatchObject({ error: { code: 'unavailable' } });
    expect(down.log.state.steps['a']).toMatchObject({ attempts: 3 });
  });

  it('pauses for what needs approval, and does not run it', async () => {
    const played = await world(
      `  a: { type: tool, tool: shop.dangerous, args: { secret: "{{ input.secret }}" } }
  done: { type: sink, sink: FINISH, needs: [a] }`,
    )
      .start({ secret: 'the raw prompt' })
      .play();
    expect(played.outcome).toMatchObject({
      kind: 'PAUSED',
      pause: {
        kind: 'approval',
        request: {
          kind: 'tool',
          node_id: 'a',
          plan: { steps: [{ tool: 'shop.dangerous', args: { secret: 'the raw prompt' } }] },
          risk: { risk_tier: 'HIGH' },
        },
      },
    });
    expect(steps(played)).toEqual({});
  });

  it('goes by the risk that the workflow gives a tool', async () => {
    const policy = 'approvals: [{ tool: shop.buy, risk: "args.price > 100 ? 80 : 10" }]';
    const nodes = `  a: { type: tool, tool: shop.buy, args: { price: "{{ input.price }}" } }
  done: { type: sink, sink: FINISH, needs: [a] }`;
    const cheap = world(nodes, undefined, policy).start({ price: 5 });
    expect((await cheap.play()).outcome.kind).toBe('FINISH');
    const dear = world(nodes, undefined, policy).start({ price: 500 });
    expect((await dear.play()).outcome).toMatchObject({
      kind: 'PAUSED',
      pause: { request: { risk: { risk_tier: 'HIGH', risk_score: 80 } } },
    });
    expect([cheap.effects.size, dear.effects.size]).toEqual([1, 0]);
  });

  it('pauses an approval node with its plan', async () => {
    const played = await world(
      `  ok: { type: approval, plan: { request: "Refund {{ input.amount }}", steps: [{ tool: shop.buy }] } }
  done: { type: sink, sink: FINISH, needs: [ok] }`,
    )
      .start({ amount: 300 })
      .play();
    expect(played.outcome).toMatchObject({
      kind: 'PAUSED',
      pause: {
        request: {
          kind: 'plan',
          plan: { request: 'Refund 300', steps: [{ tool: 'shop.buy', args: {}, reason: null }] },
        },
      },
    });
  });

  it("lets an agent's own HANDOVER override the FINISH sink", async () => {
    const played = await world(
      `  a: { type: agent }
  done: { type: sink, sink: FINISH, needs: [a], reply: "{{ nodes.a.text }}" }`,
      () => ({ sink: 'HANDOVER', reason: 'agent_decision', note: 'Out of my hands' }),
    )
      .start({})
      .play();
    expect(played.outcome).toMatchObject({
      kind: 'HANDOVER',
      node_id: 'a',
      reason: 'agent_decision',
      note: 'Out of my hands',
    });
  });

  it("keeps a HANDOVER sink's own reason and note", async () => {
    const played = await world(
      `  a: { type: agent }
  out: { type: sink, sink: HANDOVER, needs: [a], reason: explicit_request, note: "{{ input.who }} asked" }`,
      () => ({ sink: 'HANDOVER', reason: 'agent_decision', note: 'x' }),
    )
      .start({ who: 'Ana' })
      .play();
    expect(played.outcome).toMatchObject({ node_id: 'out', reason: 'explicit_request', note: 'Ana asked' });
  });

  it('is handed over by the tool for that', async () => {
    const played = await world(
      `  out: { type: tool, tool: conversation.handover, args: { reason: agent_decision, note: "{{ input.why }}" } }
  done: { type: sink, sink: FINISH, needs: [out] }`,
    )
      .start({ why: 'A matter of taste' })
      .play();
    expect(played.outcome).toMatchObject({
      kind: 'HANDOVER',
      node_id: 'out',
      reason: 'agent_decision',
      note: 'A matter of taste',
    });
  });

  it('ends with budget where it has cost what it may', async () => {
    const played = await world(
      `  a: { type: agent }
  b: { type: agent, needs: [a] }
  done: { type: sink, sink: FINISH, needs: [b] }`,
      undefined,
      'limits: { cost_usd: 0.01 }',
    )
      .start({})
      .play();
    expect(played.outcome).toMatchObject({
      kind: 'FAILED',
      reason: 'budget',
      error: { code: 'budget-exceeded' },
    });
    expect(steps(played)).toEqual({ a: 'COMPLETED' });
  });

  it('ends an agent between its thoughts when the money is gone', async () => {
    const w = world(
      `  a: { type: agent, agent: reasoning, tools: [shop.look] }
  done: { type: sink, sink: FINISH, needs: [a] }`,
      () => ({ call: { tool: 'shop.look', args: {} } }),
      'limits: { cost_usd: 0.03 }',
    ).start({});
    expect((await w.play()).outcome).toMatchObject({ reason: 'budget' });
    expect(w.asked).toHaveLength(3);
  });

  it('ends a node that takes too long, and a run that does', async () => {
    const nodes = (
      timeout: string,
    ) => `  a: { type: tool, tool: shop.down, timeout: ${timeout}, retry: { attempts: 20, backoff: 1h } }
  done: { type: sink, sink: FINISH, needs: [a] }`;
    const late = await world(nodes('1h'), undefined, 'limits: { timeout: 50ms }').start({}).play();
    expect(late.outcome).toMatchObject({
      kind: 'FAILED',
      error: { code: 'deadline-exceeded', node_id: null },
    });
    const endless = world(
      `  a: { type: transform, timeout: 30ms, retry: { attempts: 1 }, value: "{{ ($f := function($n) { $f($n + 1) }; $f(0)) }}" }
  done: { type: sink, sink: FINISH, needs: [a] }`,
    ).start({});
    expect((await endless.play()).outcome).toMatchObject({
      error: { code: 'deadline-exceeded', node_id: 'a' },
    });
  });

  it('stops when it is cancelled, keeps finished steps, and finishes a side effect that has begun', async () => {
    let finishTool = (): void => undefined;
    const toolMayEnd = new Promise<void>((resolve) => (finishTool = resolve));
    const w = new RunWorld(
      workflowOf(`  a: { type: transform, value: "1" }
  buy: { type: tool, tool: shop.buy, needs: [a] }
  next: { type: agent, needs: [buy] }
  done: { type: sink, sink: FINISH, needs: [next] }`),
      engine,
      undefined,
      { slowTool: () => toolMayEnd },
    ).start({});
    const takenOver = new AbortController();
    const playing = w.play(takenOver.signal);
    await waitFor(() => w.events.some((event) => event.type === 'run.tool_started'), {
      what: 'the start of the purchase',
    });
    takenOver.abort('taken over');
    finishTool();
    const played = await playing;
    expect(played.outcome).toEqual({ kind: 'CANCELLED', cause: 'taken over' });
    expect(steps(played)).toEqual({ a: 'COMPLETED', buy: 'COMPLETED' });
    expect(w.events.map((event) => event.type)).toContain('run.tool_finished');
    expect(w.asked).toEqual([]);
  });

  it('stops at once where another worker goes on with it', async () => {
    const w = world(`  a: { type: agent }
  b: { type: agent, needs: [a] }
  done: { type: sink, sink: FINISH, needs: [b] }`).start({});
    w.refuseAppends(new BatonError('stale-owner', 'Another worker has this run'));
    await expect(w.play()).rejects.toMatchObject({ code: 'stale-owner' });
    expect(w.asked).toEqual(['run_1:a:1:1']);
  });

  it('ends a run at once whose failure was journaled before its worker died', async () => {
    const w = world(`  a: { type: agent }
  b: { type: agent, needs: [a] }
  done: { type: sink, sink: FINISH, needs: [b] }`).start({});
    w.events.push({
      type: 'run.step_completed',
      data: {
        node_id: 'a',
        status: 'FAILED',
        output: null,
        error: { code: 'model-unavailable', message: 'No model answers' },
        attempts: 3,
        duration_ms: 1,
        usage: COST,
      },
    });
    expect((await w.play()).outcome).toMatchObject({ error: { code: 'model-unavailable', node_id: 'a' } });
    expect(w.asked).toEqual([]);
  });

  it('shows an expression only what is sure to be done', async () => {
    const played = await world(
      `  a: { type: transform, value: "1" }
  b: { type: transform, value: "$keys(nodes)", needs: [a] }
  done: { type: sink, sink: FINISH, needs: [b], output: "{{ $keys(nodes) }}" }`,
    )
      .start({})
      .play();
    expect(played.log.state.steps['b']?.output).toBe('a');
    expect(played.outcome).toMatchObject({ output: ['a', 'b'] });
  });

  it('fails where its results together are more than can be carried, items of a map and the sink among them', async () => {
    const failed = async (nodes: string) => {
      const { outcome } = await world(nodes).start({}).play();
      return outcome.kind === 'FAILED' && [outcome.error.code, outcome.error.node_id];
    };
    const long = (kib: number) => `$pad('', ${kib * 1024}, 'x')`;
    expect(
      await failed(`  a: { type: transform, value: ["{{ ${long(900)} }}", "{{ ${long(900)} }}", "{{ ${long(900)} }}"] }
  b: { type: transform, needs: [a], value: ["{{ ${long(900)} }}", "{{ ${long(900)} }}"] }
  done: { type: sink, sink: FINISH, needs: [b] }`),
    ).toEqual(['results-too-large', 'b']);
    expect(
      await failed(`  m: { type: map, over: "[1..9]", node: { type: transform, value: "${long(600)}" } }
  done: { type: sink, sink: FINISH, needs: [m] }`),
    ).toEqual(['results-too-large', 'm']);
    expect(
      await failed(`  a: { type: transform, value: ["{{ ${long(900)} }}", "{{ ${long(900)} }}", "{{ ${long(900)} }}"] }
  done: { type: sink, sink: FINISH, needs: [a], output: ["{{ nodes.a[0] }}", "{{ nodes.a[1] }}"] }`),
    ).toEqual(['results-too-large', 'done']);
  });
});
