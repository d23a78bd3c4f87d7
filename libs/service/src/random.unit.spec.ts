import { randomPart } from './random.js';

describe('a part of the supply of random bytes', () => {
  it('is as long as was asked, and given once', () => {
    const parts = Array.from({ length: 5000 }, () => randomPart(12));
    expect(parts.every((part) => part.length === 12)).toBe(true);
    expect(new Set(parts.map((part) => part.toString('hex'))).size).toBe(parts.length);
  });
});
