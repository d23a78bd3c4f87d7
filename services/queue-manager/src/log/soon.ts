import { setTimeout as delay } from 'node:timers/promises';

const EVERY_MS = 20;

/**
 * Looks until what is expected to come any moment is there, and gives what was seen last when it did not come: what
 * another service has just committed may still be on the bus.
 */
export const soonOr = async <T>(
  look: () => Promise<T>,
  isThere: (seen: T) => boolean,
  withinMs: number,
): Promise<T> => {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen) || performance.now() + EVERY_MS > until) return seen;
    await delay(EVERY_MS);
  }
};
