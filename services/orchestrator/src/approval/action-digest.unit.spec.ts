import fc from 'fast-check';

import { type Action, actionDigest } from './action-digest.js';
import { planChanges } from './plan-changes.js';

const KEY = Buffer.alloc(32, 3);
const action = (given: Partial<Action> = {}): Action => ({
  tenant_id: 'acme',
  run_id: 'run_1',
  workflow: { name: 'order_management', version: 1 },
  node_id: 'handle',
  call_id: 'c1',
  steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 600 } }],
  ...given,
});

describe('the digest of an action', () => {
  it('is the same however its arguments are written down', () => {
    const turned = action({ steps: [{ args: { amount: 600, order_id: '1001' }, tool: 'orders.refund' }] });
    expect(actionDigest(KEY, turned)).toBe(actionDigest(KEY, action()));
  });

  it.each<[string, Partial<Action>]>([
    ['an argument', { steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: 601 } }] }],
    ["an argument's type", { steps: [{ tool: 'orders.refund', args: { order_id: '1001', amount: '600' } }] }],
    ['the tool', { steps: [{ tool: 'orders.cancel', args: { order_id: '1001', amount: 600 } }] }],
    ['the run', { run_id: 'run_2' }],
    ['the step', { node_id: 'other' }],
    ['the call', { call_id: 'c2' }],
    ["the workflow's version", { workflow: { name: 'order_management', version: 2 } }],
    ['the tenant', { tenant_id: 'other' }],
  ])('is another with %s', (_what, given) => {
    expect(actionDigest(KEY, action(given))).not.toBe(actionDigest(KEY, action()));
  });

  it('is another for any two arguments that differ', () => {
    const of = (args: unknown): string => actionDigest(KEY, action({ steps: [{ tool: 't', args }] }));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const [a, b] = [JSON.stringify(one), JSON.stringify(other)];
        // -0 is written 0, and the order of keys says nothing.
        fc.pre(a !== b && typeof one !== 'object');
        expect(of(one) === of(other)).toBe(false);
      }),
    );
  });

  it('tells nobody who lacks the key what it is of', () => {
    expect(actionDigest(Buffer.alloc(32, 4), action())).not.toBe(actionDigest(KEY, action()));
  });
});

describe('what an edit changed', () => {
  const plan = (args: unknown) => ({ request: 'x', steps: [{ tool: 'orders.refund', args, reason: null }] });

  it.each([
    [{ amount: 600 }, { amount: 300 }, [{ path: 'steps[0].args.amount', old: 600, new: 300 }]],
    [{ amount: 600 }, { amount: '600' }, [{ path: 'steps[0].args.amount', old: 600, new: '600' }]],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, []],
    [{ a: 1 }, {}, [{ path: 'steps[0].args.a', old: 1, new: null }]],
    [{}, { list: [1] }, [{ path: 'steps[0].args.list', old: null, new: [1] }]],
    [{ list: [1, 2] }, { list: [1, 3] }, [{ path: 'steps[0].args.list[1]', old: 2, new: 3 }]],
  ])('from %j to %j', (before, after, changes) => {
    expect(planChanges(plan(before), plan(after))).toEqual(changes);
  });
});
