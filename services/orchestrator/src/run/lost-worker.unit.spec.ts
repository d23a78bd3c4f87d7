import type { RunEvent } from '@baton/contracts';

import { runDecider } from './run.decider.js';
import type { Run } from './run.state.js';

const started: RunEvent = {
  type: 'run.started',
  data: {
    run_id: 'run_1',
    workflow: { name: 'w', version: 1 },
    mode: 'standalone',
    conversation_id: null,
    turn_number: null,
    input: {},
  },
};
const progress: RunEvent = {
  type: 'run.tool_started',
  data: { node_id: 'a', call_id: '1', tool: 't', args: {}, idempotency_key: 'k' },
};

/** The run after its workers were lost so often, each with what it wrote before. */
const afterLosses = (times: number, written: readonly RunEvent[] = []): Run => {
  let state = runDecider.initialState();
  const take = (events: readonly RunEvent[]): void => {
    for (const event of events)
      state = runDecider.evolve(state, { ...event, occurred_at: '2026-11-22T10:00:00.000Z' });
  };
  take([started]);
  for (let loss = 0; loss < times; loss += 1)
    take([...written, ...runDecider.decide({ type: 'ResumeRun' }, state)]);
  return state;
};

describe('a run that loses its workers', () => {
  it('is taken up again and again as long as it comes further', () => {
    expect(afterLosses(40, [progress])).toMatchObject({ status: 'RUNNING', attempt: 41 });
  });

  it('is taken up ten times in one place, and failed with that said when that worker is lost too', () => {
    expect(afterLosses(10)).toMatchObject({ status: 'RUNNING', attempt: 11 });
    expect(afterLosses(11)).toMatchObject({ status: 'FAILED', error: { code: 'workers-lost' } });
  });
});
