import { LayeredLimiter } from './layered-limiter.js';
import { largestChunk } from './local-share.js';

describe('a limit', () => {
  it('asks for parts that leave nothing over', () => {
    for (const points of [1, 5, 20, 60, 500, 1000, 777]) {
      const rest = points - Math.floor(points / 10);
      expect(rest % largestChunk(points)).toBe(0);
      expect(largestChunk(points)).toBeLessThanOrEqual(Math.max(1, points / 50));
    }
  });

  it.each([1, 5, 60, 500])('of %i counts in this process while Redis is away', async (points) => {
    const limiter = new LayeredLimiter({ isReady: false }, { name: `unit-${points}`, points, seconds: 60 });
    const answers = await Promise.all(Array.from({ length: points + 10 }, () => limiter.consume('key')));
    expect(answers.filter(({ isAllowed }) => isAllowed)).toHaveLength(points);
    expect((await limiter.consume('other')).isAllowed).toBe(true);
  });
});
