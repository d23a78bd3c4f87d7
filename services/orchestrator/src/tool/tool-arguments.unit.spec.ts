import { checkArguments } from './tool-arguments.js';

const refund = {
  name: 'orders.refund',
  inputSchema: {
    type: 'object',
    properties: { order_id: { type: 'string' }, amount: { type: 'number', exclusiveMinimum: 0 } },
    required: ['order_id', 'amount'],
    additionalProperties: false,
  },
};

describe('the arguments of a tool', () => {
  it('pass where they fit', () => {
    const args = { order_id: '1001', amount: 20 };
    expect(checkArguments(refund, args)).toEqual({ ok: args });
  });

  it.each([
    ['text that was to be JSON', '{"order_id": "1001", "amount": ', 'must be a JSON object'],
    ['nothing', undefined, 'must be a JSON object'],
    ['null', null, 'must be a JSON object'],
    ['a list', ['1001', 20], 'must be a JSON object'],
    ['a number as text', { order_id: '1001', amount: '20' }, 'amount must be number'],
    ['a missing one', { order_id: '1001' }, 'amount is required'],
    ['one too many', { order_id: '1001', amount: 20, force: true }, 'force is not known'],
    ['one out of bounds', { order_id: '1001', amount: -900 }, 'amount must be > 0'],
  ])('are refused in words that help: %s', (_what, args, words) => {
    const { problem } = checkArguments(refund, args);

    expect(problem).toContain('orders.refund');
    expect(problem).toContain(words);
  });

  it('names only the first few problems', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`extra_${index}`, 1]));
    expect(checkArguments(refund, many).problem?.split(';')).toHaveLength(5);
  });
});
