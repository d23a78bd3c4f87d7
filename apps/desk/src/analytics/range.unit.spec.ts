import { latestDays, rangeOf } from './range.js';

describe('the time that is looked at', () => {
  const now = Date.parse('2026-11-22T10:00:00.000Z');

  it('is of whole days, the last included', () => {
    expect(latestDays(7, now)).toEqual({ first: '2026-11-16', last: '2026-11-22' });
    expect(rangeOf(latestDays(1, now))).toEqual({
      from: '2026-11-22T00:00:00.000Z',
      to: '2026-11-23T00:00:00.000Z',
    });
  });

  it.each([
    ['', '2026-11-22'],
    ['2026-11-22', ''],
    ['2026-11-23', '2026-11-22'],
  ])('is none from %p to %p', (first, last) => {
    expect(rangeOf({ first, last })).toBeUndefined();
  });
});
