import { FakeClock } from './fake-clock.js';

describe('FakeClock', () => {
  it('stands still until it is told to move', () => {
    const clock = new FakeClock('2026-03-01T10:00:00.000Z');
    expect(clock.nowIso()).toBe(clock.nowIso());
    clock.advance(1_500);
    expect(clock.nowIso()).toBe('2026-03-01T10:00:01.500Z');
    clock.set('2026-03-02T00:00:00.000Z');
    expect(clock.now()).toEqual(new Date('2026-03-02T00:00:00.000Z'));
  });

  it('refuses to go back', () => {
    const clock = new FakeClock();
    expect(() => clock.advance(-1)).toThrow(RangeError);
    expect(() => clock.set('2025-12-31T23:59:59.999Z')).toThrow(RangeError);
  });
});
