import { asClock, serviceLevel } from './service-level.js';

describe('how a wait stands', () => {
  it('is good, at risk from four fifths on, and missed when it is due', () => {
    expect(serviceLevel(0, 1000, 0)).toBe('good');
    expect(serviceLevel(0, 1000, 799)).toBe('good');
    expect(serviceLevel(0, 1000, 800)).toBe('risk');
    expect(serviceLevel(0, 1000, 999)).toBe('risk');
    expect(serviceLevel(0, 1000, 1000)).toBe('missed');
    expect(serviceLevel(1000, 1000, 1000)).toBe('missed');
  });

  it('reads as a clock', () => {
    expect([-5, 0, 7000, 750_000, 3_723_999].map(asClock)).toEqual([
      '0:00',
      '0:00',
      '0:07',
      '12:30',
      '1:02:03',
    ]);
  });
});
