import { backoffMs } from './backoff.js';

describe('the back-off of a failing handler', () => {
  const longest = { random: () => 1 };

  it('starts at a quarter of a second and doubles', () => {
    expect([1, 2, 3, 4].map((failures) => backoffMs(failures, longest))).toEqual([250, 500, 1000, 2000]);
  });

  it('never exceeds ten seconds', () => {
    expect(backoffMs(60, longest)).toBe(10_000);
  });

  it('spreads over the whole of it, so that those who failed together do not come back together', () => {
    expect(backoffMs(3, { random: () => 0 })).toBe(0);
    expect(backoffMs(3, { random: () => 0.5 })).toBe(500);
  });

  it('comes no sooner than it was asked to, and still not all at once', () => {
    expect(backoffMs(1, { retryAfterMs: 3000, random: () => 0 })).toBe(3000);
    expect(backoffMs(1, { retryAfterMs: 3000, random: () => 1 })).toBe(3250);
  });
});
