import fc from 'fast-check';

import { WorkerExpressionEngine } from '../workflow/expression/expression-engine.js';
import type { PlayedRun } from './run-outcome.js';
import { type Answer, Crash, RunWorld, workflowOf } from './testing/run-world.js';

/** A node of a random workflow; `needs` are drawn from the nodes before it. */
interface RandomNode {
  readonly kind: 'transform' | 'agent' | 'reasoning' | 'tool' | 'map' | 'branch';
  readonly needs: readonly number[];
  readonly when: 'none' | 'true' | 'false' | 'needs';
}

const node = (index: number): fc.Arbitrary<RandomNode> =>
  fc.record({
    kind: fc.constantFrom('transform', 'agent', 'reasoning', 'tool', 'map', 'branch'),
    needs: index === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(index - 1), { maxLength: 3 }),
    when: fc.constantFrom('none', 'none', 'none', 'true', 'false', 'needs'),
  });

const dag = fc
  .integer({ min: 1, max: 7 })
  .chain((count) => fc.tuple(...Array.from({ length: count }, (_, index) => node(index))));

const yamlOf = (nodes: readonly RandomNode[]): string => {
  const lines = nodes.map(({ kind, needs, when }, index) => {
    const needed = `needs: [${needs.map((need) => `n${need}`).join(', ')}]`;
    const [first] = needs;
    const condition =
      when === 'none'
        ? ''
        : when === 'needs' && first !== undefined
          ? `, when: "$length($string(nodes.n${first})) % 3 != 0"`
          : `, when: "$boolean(${when === 'false' ? 0 : 1})"`;
    const seen = `{{ $string($keys(nodes)) & '${index}' }}`;
    const body = {
      transform: `type: transform, value: "{{ $random() & $string(nodes) }}"`,
      agent: `type: agent, prompt: "${seen}"`,
      reasoning: `type: agent, agent: reasoning, tools: [shop.look, shop.buy], prompt: "${seen}"`,
      tool: `type: tool, tool: shop.buy, args: { what: "${seen}" }`,
      map: `type: map, over: "{{ [1..3] }}", node: { ${index % 2 ? 'type: agent, prompt: "{{ item }}"' : 'type: tool, tool: shop.buy, args: { n: "{{ item }}" }'} }`,
      branch: `type: branch, cases: [{ when: "$length($string(nodes)) % 2 = 0", to: b${index} }]`,
    }[kind];
    const chosen = kind === 'branch' ? `\n  b${index}: { type: agent }` : '';
    return `  n${index}: { ${body}, ${needed}${condition} }${chosen}`;
  });
  const all = nodes.flatMap(({ kind }, index) => [`n${index}`, ...(kind === 'branch' ? [`b${index}`] : [])]);
  return `${lines.join('\n')}
  done: { type: sink, sink: FINISH, needs: [${all.join(', ')}], output: "{{ nodes }}" }`;
};

/** Reasoning agents look, buy and answer; every answer says which node and iteration it is of. */
const answer: Answer = (nodeId, iteration) => {
  if (nodeId.startsWith('r') || iteration > 2) return { text: `${nodeId} ${iteration}` };
  if (iteration === 1 && nodeId.length % 2 === 0) return { call: { tool: 'shop.look', args: { nodeId } } };
  return { text: nodeId };
};

const reasoner: Answer = (nodeId, iteration, question) => {
  if (iteration === 1) return { call: { tool: 'shop.look', args: { question } } };
  if (iteration === 2) return { call: { tool: 'shop.buy', args: { nodeId } } };
  return { text: `${nodeId} bought` };
};

describe('a run that is resumed', () => {
  const engine = new WorkerExpressionEngine();
  afterAll(() => engine.close());

  /** The outcome, what each node came to and what the world was asked: all that must not depend on crashes. */
  const seen = (world: RunWorld, played: PlayedRun) => ({
    outcome: played.outcome,
    steps: Object.fromEntries(
      Object.entries(played.log.state.steps)
        .map(([id, step]) => [id, [step.status, step.output]] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    calls: [...world.answered.keys()].sort(),
    effects: [...world.effects].sort(([a], [b]) => (a < b ? -1 : 1)),
  });

  const worldOf = (nodes: readonly RandomNode[]): RunWorld =>
    new RunWorld(
      workflowOf(yamlOf(nodes), 'limits: { cost_usd: 100 }'),
      engine,
      (nodeId, iteration, question) =>
        nodes[Number(nodeId.slice(1))]?.kind === 'reasoning' && nodeId.startsWith('n')
          ? reasoner(nodeId, iteration, question)
          : answer(`r${nodeId}`, iteration, question),
    ).start({ message: 'hello' });

  it('ends as an undisturbed one, each model call and each side effect done once, wherever it died', async () => {
    let deaths = 0;
    await fc.assert(
      fc.asyncProperty(
        dag,
        fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 10 }),
        async (nodes, crashes) => {
          const calm = worldOf(nodes);
          const expected = seen(calm, await calm.play());
          const stormy = worldOf(nodes);
          for (const at of crashes) {
            stormy.dieAt = at;
            const survived = await stormy.play().catch((error: unknown) => {
              if (!(error instanceof Crash)) throw error;
              return undefined;
            });
            // It reached its end, and died before anybody wrote that down.
            if (!survived) deaths += 1;
          }
          stormy.dieAt = Infinity;
          expect(seen(stormy, await stormy.play())).toEqual(expected);
          expect(stormy.needless).toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
    expect(deaths).toBeGreaterThan(150);
  });
});
