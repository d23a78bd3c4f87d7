import { fullTime, money, shortTime, skillsText, timeOfDay } from './format.js';

describe('what the desk formats', () => {
  it('never breaks the page: a time that cannot be read is left out', () => {
    for (const text of ['', 'undefined', '2026-99-99']) {
      expect([shortTime(text), timeOfDay(text), fullTime(text)]).toEqual(['', '', '']);
    }
  });

  it('shows the time today and the day before that', () => {
    const now = Date.parse('2026-11-22T12:00:00.000Z');
    expect(shortTime('2026-11-22T11:59:00.000Z', now)).toContain(':');
    expect(shortTime('2026-11-02T11:59:00.000Z', now)).not.toContain(':');
  });

  it('says costs and skills', () => {
    expect(['0', '0.000014', '0.5', '12.349'].map(money)).toEqual(['$0.00', '$0.000014', '$0.50', '$12.35']);
    expect(skillsText({ billing: 3, spanish: 2 })).toBe('billing 3 · spanish 2');
  });
});
