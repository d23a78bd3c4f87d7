import { GIVE_UP_MS, readRetryAfter, retryWaitMs } from './retry-schedule.js';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const HOUR_MS = 3_600_000;

describe('the wait before the next try', () => {
  const wait = (tries: number, more: { retryAfterMs?: number; draw?: number } = {}) =>
    retryWaitMs({ firstMs: 1000, tries, retryAfterMs: more.retryAfterMs, draw: more.draw ?? 1 });

  it('doubles, up to an hour', () => {
    expect([1, 2, 3, 4].map((tries) => wait(tries))).toEqual([1000, 2000, 4000, 8000]);
    for (const tries of [13, 40, 1000]) expect(wait(tries)).toBe(HOUR_MS);
  });

  it('is shorter by up to a quarter, by chance', () => {
    expect(wait(1, { draw: 0 })).toBe(750);
    expect(wait(1, { draw: 0.5 })).toBe(875);
  });

  it('is never shorter than what the receiver asks, and not longer for asking less', () => {
    expect(wait(1, { retryAfterMs: 90_000 })).toBe(90_000);
    expect(wait(5, { retryAfterMs: 1000 })).toBe(16_000);
  });

  it('leaves a receiver that is down for a day some thirty tries', () => {
    let waited = 0;
    let tries = 1;
    while (waited + wait(tries) <= GIVE_UP_MS) waited += wait(tries++);
    expect(tries).toBeGreaterThan(30);
    expect(tries).toBeLessThan(40);
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Sun, 22 Nov 2026 10:01:00 GMT', 60_000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    ['1.5', undefined],
    ['', undefined],
  ])('"%s" asks for %s ms', (header, expected) => {
    expect(readRetryAfter(header, NOW)).toBe(expected);
  });

  it('that is not there asks for nothing', () => {
    expect(readRetryAfter(undefined, NOW)).toBeUndefined();
  });
});
