import { NO_USAGE } from '@baton/contracts';

import { keptSteps } from './kept-steps.js';
import type { RunFacts, StepRecord } from './run.state.js';
import { workflowOf } from './testing/run-world.js';

const WORKFLOW = workflowOf(`
  rates: { type: transform, value: "{{ [1, 2] }}" }
  doubled: { type: map, needs: [rates], over: "{{ nodes.rates }}", as: rate, node: { type: transform, value: "{{ rate * 2 }}" } }
  classify: { type: agent }
  loud: { type: transform, value: "{{ $uppercase(input.message) }}" }
  sum: { type: transform, needs: [doubled, classify], value: "{{ $sum(nodes.doubled) }}" }
  rare: { type: transform, when: "turn_count > 3", value: "{{ 1 }}" }
  failed: { type: transform, value: "{{ 1 }}" }
  done: { type: sink, sink: FINISH, needs: [sum], reply: "{{ nodes.sum }}" }
`);

const step = (status: StepRecord['status'] = 'COMPLETED'): StepRecord => ({
  status,
  output: 1,
  error: null,
  attempts: 1,
  duration_ms: 1,
  usage: { input_tokens: 1, output_tokens: 1, cost_usd: '0.1' },
});

describe('the steps that a restarted turn keeps', () => {
  it('are those that new input cannot have changed', () => {
    const ids = ['rates', 'doubled', 'classify', 'loud', 'sum', 'rare'];
    const steps = { ...Object.fromEntries(ids.map((id) => [id, step()])), failed: step('FAILED') };
    const kept = keptSteps(WORKFLOW, { steps } as unknown as RunFacts);
    expect(kept.map(({ data }) => 'node_id' in data && data.node_id)).toEqual(['rates', 'doubled']);
    // What they cost was counted with the run that was cancelled.
    expect(kept[0]?.data).toMatchObject({ output: 1, status: 'COMPLETED', usage: NO_USAGE });
  });
});
