import { type NextSteps, nextSteps } from './scheduler.js';
import { workflowOf } from './testing/run-world.js';

const step = (
  status: 'COMPLETED' | 'SKIPPED' | 'FAILED' | 'CANCELLED' = 'COMPLETED',
  output: unknown = null,
) => ({ status, output });
const NOTHING: NextSteps = { undecided: [], ready: [], skipped: [], sink: null, failed: null };
const work = 'type: transform, value: "1"';

describe('scheduler', () => {
  const diamond = workflowOf(`  a: { ${work} }
  b: { ${work}, needs: [a] }
  c: { ${work}, needs: [a] }
  d: { ${work}, needs: [b, c] }
  done: { type: sink, sink: FINISH, needs: [d] }`);

  it('lets nodes run in parallel where nothing lies between them', () => {
    expect(nextSteps(diamond, {}, new Map())).toEqual({ ...NOTHING, ready: ['a'] });
    expect(nextSteps(diamond, { a: step() }, new Map())).toEqual({ ...NOTHING, ready: ['b', 'c'] });
  });

  it('waits for all that a node needs', () => {
    expect(nextSteps(diamond, { a: step(), b: step() }, new Map())).toEqual({ ...NOTHING, ready: ['c'] });
    expect(nextSteps(diamond, { a: step(), b: step(), c: step() }, new Map())).toEqual({
      ...NOTHING,
      ready: ['d'],
    });
  });

  it('runs a node of which some needs were skipped, and skips one of which all were', () => {
    const half = { a: step(), b: step('SKIPPED'), c: step() };
    expect(nextSteps(diamond, half, new Map()).ready).toEqual(['d']);
    const none = { a: step(), b: step('SKIPPED'), c: step('SKIPPED') };
    expect(nextSteps(diamond, none, new Map())).toEqual({ ...NOTHING, skipped: ['d'] });
  });

  it('asks for a condition when its turn comes, and skips what does not hold with all behind it', () => {
    const workflow = workflowOf(`  a: { ${work}, when: "input.x" }
  b: { ${work}, needs: [a] }
  done: { type: sink, sink: FINISH, needs: [b] }
  other: { type: sink, sink: FINISH, reply: "none" , needs: [] , when: "input.y" }`);
    expect(nextSteps(workflow, {}, new Map())).toEqual({ ...NOTHING, undecided: ['a', 'other'] });
    const known = new Map([
      ['a', false],
      ['other', false],
    ]);
    expect(nextSteps(workflow, {}, known)).toEqual({ ...NOTHING, skipped: ['a', 'b'] });
  });

  it('takes the sink that the file declares first, once no earlier one can still be reached', () => {
    const workflow = workflowOf(`  second: { type: sink, sink: FINISH, needs: [a] }
  a: { ${work} }
  first: { type: sink, sink: FINISH, needs: [a], when: "input.x" }
  third: { type: sink, sink: FINISH, needs: [a] }`);
    expect(nextSteps(workflow, { a: step() }, new Map()).sink).toBeNull();
    expect(nextSteps(workflow, { a: step() }, new Map([['first', true]])).sink).toBe('second');
  });

  it('lets only the chosen nodes of a branch run', () => {
    const workflow =
      workflowOf(`  route: { type: branch, cases: [{ when: "input.x", to: a }], default: [b, c] }
  a: { ${work} }
  b: { ${work} }
  c: { ${work}, needs: [route] }
  done: { type: sink, sink: FINISH, needs: [a, b, c] }`);
    expect(nextSteps(workflow, {}, new Map()).ready).toEqual(['route']);
    const chosen = { route: step('COMPLETED', { chosen: ['a'] }) };
    expect(nextSteps(workflow, chosen, new Map())).toEqual({ ...NOTHING, ready: ['a'], skipped: ['b', 'c'] });
  });

  it('lets nothing of a branch run that was skipped itself', () => {
    const workflow = workflowOf(`  route: { type: branch, when: "input.x", cases: [{ when: "true", to: a }] }
  a: { ${work} }
  done: { type: sink, sink: FINISH }`);
    expect(nextSteps(workflow, {}, new Map([['route', false]])).skipped).toEqual(['route', 'a']);
  });

  it('fails with a node that failed for good, and runs a node again that was only stopped', () => {
    expect(nextSteps(diamond, { a: step(), b: step('FAILED') }, new Map()).failed).toBe('b');
    expect(nextSteps(diamond, { a: step(), b: step('CANCELLED'), c: step() }, new Map())).toEqual({
      ...NOTHING,
      ready: ['b'],
    });
  });
});
