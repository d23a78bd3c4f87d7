import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, in words: it is what the error names. */
  what: string;
  timeoutMs?: number;
  everyMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_EVERY_MS = 20;

/**
 * Waits until `condition` gives something truthy, and gives it back. A condition that throws counts as not met yet.
 * Throws after `timeoutMs`, naming what was waited for and what the condition last said.
 */
export const waitFor = async <T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = DEFAULT_TIMEOUT_MS, everyMs = DEFAULT_EVERY_MS }: WaitOptions,
): Promise<Exclude<T, false | null | undefined | 0 | ''>> => {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value as Exclude<T, false | null | undefined | 0 | ''>;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) throw timedOut(what, timeoutMs, lastError);
    await delay(everyMs);
  }
};

const timedOut = (what: string, timeoutMs: number, lastError: unknown): Error => {
  const reason = lastError instanceof Error ? `: ${lastError.message}` : '';
  return new Error(`Waited ${timeoutMs} ms in vain for ${what}${reason}`, { cause: lastError });
};
