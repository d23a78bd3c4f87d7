import { NO_TOKENS } from '../providers/provider.js';
import { addMoney, formatMoney, parseMoney } from './money.js';
import { loadPrices, PriceTable } from './price-table.js';

const usage = (input: number, output: number, cachedInput = 0) => ({
  ...NO_TOKENS,
  input,
  output,
  cachedInput,
});

describe('what a call costs', () => {
  const table = new PriceTable([
    { model: 'openai/small', from: '2026-01-01', input: '1.00', cached_input: '0.10', output: '6.00' },
    { model: 'openai/small', from: '2026-07-30', input: '0.20', cached_input: '0.02', output: '1.20' },
    {
      model: 'openai/small',
      from: '2026-07-30',
      input: '0.40',
      cached_input: '0.04',
      output: '1.80',
      above_input_tokens: 1000,
    },
  ]);

  it('is never rounded', () => {
    expect(table.cost('openai/small', usage(7, 3), '2026-08-01')).toBe('0.000005');
    expect(table.cost('openai/small', usage(1, 0), '2026-08-01')).toBe('0.0000002');
  });

  it('goes by the price of the day', () => {
    expect(table.cost('openai/small', usage(1_000_000, 0), '2026-07-29')).toBe('1');
    expect(table.cost('openai/small', usage(1_000, 0), '2026-07-30')).toBe('0.0004');
    expect(table.cost('openai/small', usage(1_000, 0), '2025-12-31')).toBeUndefined();
  });

  it('is lower for what was cached, higher for a long prompt', () => {
    expect(table.cost('openai/small', usage(500, 0, 500), '2026-08-01')).toBe('0.00001');
    expect(table.cost('openai/small', usage(2_000, 100), '2026-08-01')).toBe('0.00098');
  });

  it('is that of the model for its dated snapshot, and of no other model', () => {
    expect(table.cost('openai/small-2026-03-17', usage(1000, 0), '2026-03-20')).toBe('0.001');
    expect(table.cost('openai/small-pro', usage(1000, 0), '2026-08-01')).toBeUndefined();
  });

  it('is known for the default models', () => {
    const shipped = loadPrices();
    for (const model of [
      'openai/gpt-5.6-luna',
      'openai/gpt-6.1-terra',
      'anthropic/claude-haiku-5-5',
      'anthropic/claude-sonnet-5-5',
    ])
      expect(shipped.cost(model, usage(1000, 1000), '2026-11-22')).toMatch(/^0\.\d+$/);
  });
});

describe('money', () => {
  it('survives being written and read', () => {
    for (const amount of ['0', '0.0000135', '12', '1234.000000000000001'])
      expect(formatMoney(parseMoney(amount))).toBe(amount);
  });

  it('adds up exactly', () => {
    expect(addMoney('0.1', '0.2', '0.0000135')).toBe('0.3000135');
  });

  it('refuses what is no amount', () => {
    for (const text of ['-1', '1e3', '', '.5', '1.']) expect(() => parseMoney(text)).toThrow('not an amount');
  });
});
