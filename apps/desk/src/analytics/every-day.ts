import type { Summary } from '../api/types.js';

type Day = Pick<NonNullable<Summary['groups']>[number], 'group' | 'conversations' | 'handover_rate'>;

const DAY_MS = 86_400_000;

/** Each day from the first to before the last: the server leaves out those on which nothing began. */
export const everyDay = (summary: Pick<Summary, 'groups'>, from: string, to: string): readonly Day[] => {
  const known = new Map<string, Day>(summary.groups?.map((day) => [day.group, day]));
  const days: Day[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += DAY_MS) {
    const group = new Date(at).toISOString().slice(0, 10);
    days.push(known.get(group) ?? { group, conversations: 0, handover_rate: 0 });
  }
  return days;
};
