import { fieldsOf, readArguments, textsOf } from './argument-fields.js';
import { changesBetween } from './plan-diff.js';
import { mistakesOf } from './server-errors.js';

const SCHEMA = {
  type: 'object',
  required: ['order_id', 'amount'],
  properties: {
    order_id: { type: 'string', pattern: '^[0-9]+$', description: 'The number of the order' },
    amount: { type: 'number', minimum: 0.01, maximum: 1000 },
    parts: { type: 'integer' },
    notify: { type: 'boolean' },
    reason: { type: ['string', 'null'] },
    way: { enum: ['card', 'cash'] },
    lines: { type: 'array' },
  },
};
const ARGS = { order_id: '1001', amount: 600, notify: true, reason: null, lines: [1], extra: 7 };

describe("editing a call by the tool's schema", () => {
  const fields = fieldsOf(SCHEMA, ARGS) ?? [];
  const texts = textsOf(fields, ARGS);
  const edit = (changed: Record<string, string>) => readArguments(fields, { ...texts, ...changed });

  it('gives back what was there where nothing is changed, in its own types', () => {
    expect(readArguments(fields, texts)).toEqual({ args: ARGS, mistakes: {} });
  });

  it('keeps a number a number and a text a text', () => {
    const { args } = edit({
      amount: '300',
      order_id: '0600',
      parts: '2',
      notify: 'false',
      way: 'cash',
      extra: '1e2',
    });
    expect(args).toMatchObject({
      amount: 300,
      order_id: '0600',
      parts: 2,
      notify: false,
      way: 'cash',
      extra: 100,
    });
  });

  it.each([
    [{ amount: 'three' }, 'amount', 'number'],
    [{ amount: '0x10' }, 'amount', 'number'],
    [{ amount: '' }, 'amount', 'required'],
    [{ amount: '0' }, 'amount', 'min'],
    [{ amount: '1001' }, 'amount', 'max'],
    [{ parts: '1.5' }, 'parts', 'integer'],
    [{ order_id: 'A1' }, 'order_id', 'pattern'],
    [{ lines: '[1' }, 'lines', 'json'],
  ])('says what is wrong with %j', (changed, name, mistake) => {
    expect(edit(changed as Record<string, string>).mistakes).toEqual({ [name]: mistake });
  });

  it('leaves out what is empty and not needed, and has null where that is allowed', () => {
    const bare = { order_id: '1001', amount: 600 };
    expect(readArguments(fields, textsOf(fields, bare)).args).toEqual({ ...bare, reason: null });
    const { args, mistakes } = edit({ extra: '', reason: '', lines: '' });
    expect(mistakes).toEqual({});
    expect(args).toEqual({ order_id: '1001', amount: 600, notify: true, reason: null });
  });

  it('goes by the values where the tool is not known, and has no fields for what has no names', () => {
    expect(fieldsOf(undefined, { a: 'x', b: 1, c: true, d: {} })?.map(({ kind }) => kind)).toEqual([
      'text',
      'number',
      'flag',
      'json',
    ]);
    expect(fieldsOf(SCHEMA, 'text')).toBeNull();
  });
});

describe('what an edit changes', () => {
  it('is said value by value', () => {
    const before = { steps: [{ tool: 't', args: { amount: 600, a: [1, 2] } }] };
    const after = { steps: [{ tool: 't', args: { amount: 300, a: [1], note: 'x' } }] };
    expect(changesBetween(before, after)).toEqual([
      { path: 'steps[0].args.amount', old: 600, new: 300 },
      { path: 'steps[0].args.a[1]', old: 2, new: null },
      { path: 'steps[0].args.note', old: null, new: 'x' },
    ]);
    expect(changesBetween(before, structuredClone(before))).toEqual([]);
  });

  it('stands beside its field where the server refuses it', () => {
    const { fields, others } = mistakesOf([
      { path: 'edited_plan.steps[0].args.amount', message: 'must be a number' },
      { path: 'edited_plan.steps.1.args.order_id', message: 'is required' },
      { path: 'edited_plan.steps.0.tool', message: 'another tool' },
      { path: 'edited_plan', message: 'no' },
    ]);
    expect([...fields]).toEqual([
      ['0.amount', 'must be a number'],
      ['1.order_id', 'is required'],
    ]);
    expect(others).toEqual(['edited_plan.steps.0.tool: another tool', 'edited_plan: no']);
  });
});
