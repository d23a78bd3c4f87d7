import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const PATTERN = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/;
const MESSAGE = 'must be a duration such as 400ms, 2s, 5m or 1h';
const LONGEST_MS = 365 * UNIT_MS.d;

/** @param text as the pattern has it */
export const toMs = (text: string): number => {
  const [, amount = '0', unit = 'ms'] = PATTERN.exec(text) ?? [];
  return Math.round(Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS]);
};

/** `400ms`, `2s`, `5m`, `1h`, `1d` in milliseconds; zero only where nothing at all is meant. */
export const Duration = z
  .string({ error: MESSAGE })
  .regex(PATTERN, { error: MESSAGE, abort: true })
  .refine((text) => toMs(text) <= LONGEST_MS, 'must be at most 365d')
  .transform(toMs);

/** A duration that must pass before something happens: zero is refused. */
export const PositiveDuration = z
  .string({ error: MESSAGE })
  .regex(PATTERN, { error: MESSAGE, abort: true })
  .refine((text) => toMs(text) > 0, 'must be longer than nothing')
  .refine((text) => toMs(text) <= LONGEST_MS, 'must be at most 365d')
  .transform(toMs);
