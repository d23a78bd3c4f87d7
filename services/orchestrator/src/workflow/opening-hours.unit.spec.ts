import { compileOpeningHours, isOpen, nextOpening } from './opening-hours.js';

const berlin = compileOpeningHours({ timezone: 'Europe/Berlin', 'mon-fri': '09:00-18:00' });
const opens = (hours: Parameters<typeof nextOpening>[0], at: string): string | undefined =>
  nextOpening(hours, new Date(at))?.toISOString();

describe('opening hours', () => {
  it('follow the wall clock through summer and winter', () => {
    expect(isOpen(berlin, new Date('2026-07-01T07:00:00Z'))).toBe(true);
    expect(isOpen(berlin, new Date('2026-07-01T06:59:00Z'))).toBe(false);
    expect(isOpen(berlin, new Date('2026-12-01T07:00:00Z'))).toBe(false);
    expect(isOpen(berlin, new Date('2026-12-01T08:00:00Z'))).toBe(true);
    expect(isOpen(berlin, new Date('2026-12-01T17:00:00Z'))).toBe(false);
  });

  it('say when people are there again: tonight, over the weekend, over the change of the clocks', () => {
    expect(opens(berlin, '2026-12-01T05:00:00Z')).toBe('2026-12-01T08:00:00.000Z');
    expect(opens(berlin, '2026-12-01T20:00:00Z')).toBe('2026-12-02T08:00:00.000Z');
    expect(opens(berlin, '2026-12-04T17:00:00Z')).toBe('2026-12-07T08:00:00.000Z');
    // Friday before the clocks go forward, and before they go back.
    expect(opens(berlin, '2026-03-27T17:30:00Z')).toBe('2026-03-30T07:00:00.000Z');
    expect(opens(berlin, '2026-10-23T17:30:00Z')).toBe('2026-10-26T08:00:00.000Z');
  });

  it('know a time that the clock skips, and one that it shows twice', () => {
    const night = compileOpeningHours({ timezone: 'Europe/Berlin', sun: '02:30-04:00' });
    expect(opens(night, '2026-03-28T12:00:00Z')).toBe('2026-03-29T01:30:00.000Z');
    expect(opens(night, '2026-10-24T12:00:00Z')).toBe('2026-10-25T00:30:00.000Z');
  });

  it('go over midnight, and half an hour off', () => {
    const kolkata = compileOpeningHours({ timezone: 'Asia/Kolkata', 'mon-sun': '22:00-06:00' });
    expect(isOpen(kolkata, new Date('2026-11-22T17:00:00Z'))).toBe(true);
    expect(opens(kolkata, '2026-11-22T02:00:00Z')).toBe('2026-11-22T16:30:00.000Z');
  });

  it('may never come, or never end', () => {
    expect(opens(compileOpeningHours({ timezone: 'UTC' }), '2026-11-22T02:00:00Z')).toBeUndefined();
    expect(isOpen(null, new Date())).toBe(true);
    expect(opens(null, '2026-11-22T02:00:00Z')).toBeUndefined();
  });

  it('find, from any minute of a year, an opening that is one, with none before it', () => {
    const hours = compileOpeningHours({
      timezone: 'America/New_York',
      'mon-fri': ['08:30-12:00', '13:00-17:30'],
      sat: '10:00-12:00',
    });
    for (let step = 0; step < 400; step += 1) {
      const at = new Date(Date.UTC(2026, 0, 1) + step * 79_379_000);
      const found = nextOpening(hours, at);
      if (!found) throw new Error('They open every week');
      expect(isOpen(hours, found)).toBe(true);
      expect(isOpen(hours, new Date(found.getTime() - 60_000))).toBe(false);
    }
  });
});
