import { RecentEvents } from './recent-events.js';

describe('the events seen lately', () => {
  const at = (sequence: number, epoch = 'e') => ({ epoch, sequence });

  it('are told apart from their repeats, in this life of the stream and in the next', () => {
    const recent = new RecentEvents();
    expect(recent.see('one', at(1))).toBe(false);
    expect(recent.see('one', at(7))).toBe(true);
    expect(recent.see('one', at(1, 'f'))).toBe(true);
    expect(recent.see('two', at(1, 'f'))).toBe(false);
  });

  it('are no repeats where they stand first, for whoever reads that place again', () => {
    const recent = new RecentEvents();
    recent.see('one', at(3));
    expect(recent.wasBefore('one', at(3))).toBe(false);
    expect(recent.wasBefore('one', at(2))).toBe(false);
    expect(recent.wasBefore('one', at(4))).toBe(true);
    expect(recent.wasBefore('two', at(4))).toBe(false);
  });

  it('are as many as are worth the room', () => {
    const recent = new RecentEvents();
    for (let sequence = 1; sequence <= 50_001; sequence += 1) recent.see(`id-${sequence}`, at(sequence));
    expect(recent.wasBefore('id-1', at(60_000))).toBe(false);
    expect(recent.wasBefore('id-2', at(60_000))).toBe(true);
  });
});
