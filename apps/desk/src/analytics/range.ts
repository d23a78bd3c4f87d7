import type { Range } from './analytics-api.js';

const DAY_MS = 86_400_000;

/** Days as date fields have them, both included. */
export interface Days {
  readonly first: string;
  readonly last: string;
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** So many days up to today, UTC. */
export const latestDays = (count: number, nowMs: number): Days => ({
  first: dayOf(nowMs - (count - 1) * DAY_MS),
  last: dayOf(nowMs),
});

/** Undefined where it is no time: a field is empty, or the last day comes before the first. */
export const rangeOf = ({ first, last }: Days): Range | undefined => {
  const from = Date.parse(first);
  const to = Date.parse(last) + DAY_MS;
  if (Number.isNaN(from) || Number.isNaN(to) || from >= to) return undefined;
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
};
