import type { Http } from './http.js';
import { p50 } from './stats.js';

const SHORT = 1;
const LONG = 21;
const ROUNDS = 120;
const WARM_UP = 40;

/** Nodes that do next to nothing, each waiting for the one before it: what is left is the runtime and its journal. */
const chain = (nodes: number): string =>
  JSON.stringify({
    name: `bench_chain_${nodes}`,
    nodes: {
      ...Object.fromEntries(
        Array.from({ length: nodes }, (_, index) => [
          `n${index}`,
          { type: 'transform', value: '$count(input.list)', ...(index > 0 && { needs: [`n${index - 1}`] }) },
        ]),
      ),
      done: { type: 'sink', sink: 'FINISH', needs: [`n${nodes - 1}`], output: `{{ nodes.n${nodes - 1} }}` },
    },
  });

/**
 * What one node of a run takes, in milliseconds, by the difference between a long chain and a short one taken in
 * turns: what a run costs once falls out. Each node more is one commit more.
 */
export const perNode = async (http: Http): Promise<number> => {
  const run = async (nodes: number): Promise<number> => {
    const began = performance.now();
    await http.must('POST', '/api/v1/workflows/execute', {
      definition: chain(nodes),
      input_data: { list: [1, 2, 3] },
    });
    return performance.now() - began;
  };
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const short = await run(SHORT);
    const long = await run(LONG);
    if (round >= WARM_UP) samples.push((long - short) / (LONG - SHORT));
  }
  return p50(samples);
};
