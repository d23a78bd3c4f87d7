import type { Summary } from '../api/types.js';
import type { Grouping, Range } from './analytics-api.js';

export type Group = NonNullable<Summary['groups']>[number];

/** One place on a chart's axis; nothing began on a day without numbers. */
export interface ChartRow {
  readonly key: string;
  readonly group: Group | undefined;
}

/** So many fit on an axis of names; the table has all. */
export const MOST_ON_AXIS = 20;

const DAY_MS = 86_400_000;

/** Each day of the time, since the server leaves out those on which nothing began; of names, the ones with the most first. */
export const chartRows = (
  { groups = [] }: Pick<Summary, 'groups'>,
  grouping: Grouping,
  { from, to }: Range,
): readonly ChartRow[] => {
  const rows = groups.map((group) => ({ key: group.group, group }));
  if (grouping === 'week' || grouping === 'month') return rows;
  if (grouping !== 'day')
    return rows.toSorted((a, b) => b.group.conversations - a.group.conversations || compare(a.key, b.key));
  const known = new Map(rows.map((row) => [row.key, row.group]));
  const days: ChartRow[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += DAY_MS) {
    const key = new Date(at).toISOString().slice(0, 10);
    days.push({ key, group: known.get(key) });
  }
  return days;
};

/** The same in every browser's language. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
