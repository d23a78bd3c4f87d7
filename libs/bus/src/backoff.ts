const FIRST_MS = 250;
const LONGEST_MS = 10_000;

/** Full jitter over 250 ms × 2^n, 10 s at most: how long after its nth failure a message comes again. */
export const backoffMs = (failures: number, random: () => number = Math.random): number =>
  Math.round(random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, failures - 1)));
