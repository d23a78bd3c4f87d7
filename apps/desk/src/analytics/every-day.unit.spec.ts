import { everyDay } from './every-day.js';

describe('the days of a chart', () => {
  it('are all days of the time asked for, with nothing where nothing was', () => {
    const groups = [{ group: '2026-11-21', conversations: 4, handover_rate: 0.5 }] as never;
    expect(everyDay({ groups }, '2026-11-20T00:00:00.000Z', '2026-11-23T00:00:00.000Z')).toEqual([
      { group: '2026-11-20', conversations: 0, handover_rate: 0 },
      { group: '2026-11-21', conversations: 4, handover_rate: 0.5 },
      { group: '2026-11-22', conversations: 0, handover_rate: 0 },
    ]);
    expect(everyDay({}, '2026-11-20T00:00:00.000Z', '2026-11-20T00:00:00.000Z')).toEqual([]);
  });
});
