import { chartRows } from './chart-rows.js';

const range = { from: '2026-11-20T00:00:00.000Z', to: '2026-11-23T00:00:00.000Z' };
const group = (name: string, conversations: number) => ({ group: name, conversations });
const rows = (grouping: 'day' | 'agent' | 'week', ...groups: object[]) =>
  chartRows({ groups } as never, grouping, range).map((row) => [row.key, row.group?.conversations]);

describe('the axis of a chart', () => {
  it('has all days of the time asked for, with nothing where nothing was', () => {
    expect(rows('day', group('2026-11-21', 4))).toEqual([
      ['2026-11-20', undefined],
      ['2026-11-21', 4],
      ['2026-11-22', undefined],
    ]);
    expect(chartRows({}, 'day', { from: range.from, to: range.from })).toEqual([]);
  });

  it('has those with the most first, and weeks in their order', () => {
    expect(rows('agent', group('ana', 1), group('ben', 3), group('', 1))).toEqual([
      ['ben', 3],
      ['', 1],
      ['ana', 1],
    ]);
    expect(rows('week', group('2026-11-09', 1), group('2026-11-16', 3))).toEqual([
      ['2026-11-09', 1],
      ['2026-11-16', 3],
    ]);
  });
});
