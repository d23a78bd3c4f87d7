import type { Usage } from '@baton/contracts';

/** Decimal strings added exactly: prices are small, and a sum of floats would drift. */
export const addMoney = (a: string, b: string): string => {
  const scale = Math.max(decimals(a), decimals(b));
  const sum = (scaled(a, scale) + scaled(b, scale)).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? sum : `${sum.slice(0, -scale)}.${sum.slice(-scale)}`;
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
};

const decimals = (money: string): number => money.split('.')[1]?.length ?? 0;
const scaled = (money: string, scale: number): bigint => {
  const [whole = '0', fraction = ''] = money.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
};

/** What is left of a sum without one of its parts. */
export const lessUsage = (sum: Usage, part: Usage): Usage => ({
  input_tokens: sum.input_tokens - part.input_tokens,
  output_tokens: sum.output_tokens - part.output_tokens,
  cost_usd: addMoney(sum.cost_usd, negated(part.cost_usd)),
});

const negated = (money: string): string => (Number(money) === 0 ? '0' : `-${money}`);

export const addUsage = (a: Usage, b: Usage): Usage => ({
  input_tokens: a.input_tokens + b.input_tokens,
  output_tokens: a.output_tokens + b.output_tokens,
  cost_usd: addMoney(a.cost_usd, b.cost_usd),
});
