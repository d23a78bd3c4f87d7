/** Money as whole billionths of a millionth of a dollar: a token's price is far below a cent, and none is rounded. */
const SCALE_DIGITS = 15;

/** A decimal string of USD as an integer of 10^-15 USD. */
export const parseMoney = (text: string): bigint => {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  if (!match) throw new Error(`"${text}" is not an amount`);
  const fraction = match[2] ?? '';
  if (fraction.length > SCALE_DIGITS) throw new Error(`"${text}" has more than ${SCALE_DIGITS} decimals`);
  return BigInt((match[1] ?? '0') + fraction.padEnd(SCALE_DIGITS, '0'));
};

/** The amount as a decimal string, without zeros at its end. */
export const formatMoney = (amount: bigint): string => {
  const digits = amount.toString().padStart(SCALE_DIGITS + 1, '0');
  const whole = digits.slice(0, -SCALE_DIGITS);
  const fraction = digits.slice(-SCALE_DIGITS).replace(/0+$/, '');
  return fraction === '' ? whole : `${whole}.${fraction}`;
};

export const addMoney = (...amounts: readonly string[]): string =>
  formatMoney(amounts.reduce((sum, amount) => sum + parseMoney(amount), 0n));
