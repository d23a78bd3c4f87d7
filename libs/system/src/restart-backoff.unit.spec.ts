import { RestartBackoff } from './restart-backoff.js';

describe('RestartBackoff', () => {
  it('starts again at once first, then waits ever longer, ten seconds at most', () => {
    const backoff = new RestartBackoff();
    const delays = Array.from({ length: 9 }, () => backoff.next(1_000));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('forgets the past of a process that ran steadily', () => {
    const backoff = new RestartBackoff();
    backoff.next(1_000);
    backoff.next(1_000);
    expect(backoff.next(30_000)).toBe(100);
  });
});
