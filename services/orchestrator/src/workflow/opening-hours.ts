import { type OpeningHoursFile, WEEKDAYS } from './file/opening-hours.schema.js';

/** When people are there: spans of minutes from midnight, by day of the week (0 is Sunday). */
export interface OpeningHours {
  readonly timezone: string;
  readonly days: readonly (readonly { readonly from: number; readonly to: number }[])[];
}

const MIDNIGHT = 24 * 60;

const toMinutes = (time: string): number => {
  const [hours = '0', minutes = '0'] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
};

/** `fri-mon` goes over the weekend, `22:00-06:00` over midnight. */
export const compileOpeningHours = (file: OpeningHoursFile): OpeningHours => {
  const days: { from: number; to: number }[][] = WEEKDAYS.map(() => []);
  for (const [key, spans] of Object.entries(file)) {
    if (key === 'timezone') continue;
    for (const day of daysOf(key)) {
      for (const span of [spans].flat()) addSpan(days, day, span);
    }
  }
  return { timezone: file.timezone, days };
};

const daysOf = (key: string): number[] => {
  const [first = '', last = first] = key.split('-');
  const from = WEEKDAYS.indexOf(first as (typeof WEEKDAYS)[number]);
  const to = WEEKDAYS.indexOf(last as (typeof WEEKDAYS)[number]);
  const count = ((to - from + 7) % 7) + 1;
  return Array.from({ length: count }, (_, index) => (from + index) % 7);
};

const addSpan = (days: { from: number; to: number }[][], day: number, span: string): void => {
  const [start = '', end = ''] = span.split('-');
  const from = toMinutes(start);
  const to = toMinutes(end);
  if (to > from) days[day]?.push({ from, to });
  else {
    days[day]?.push({ from, to: MIDNIGHT });
    if (to > 0) days[(day + 1) % 7]?.push({ from: 0, to });
  }
};

/** Whether people are there at that moment; always, where no hours are given. */
export const isOpen = (hours: OpeningHours | null, at: Date): boolean => {
  if (hours === null) return true;
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: hours.timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((candidate) => candidate.type === type)?.value ?? '';
  const day = WEEKDAYS.indexOf(part('weekday').toLowerCase() as (typeof WEEKDAYS)[number]);
  const minute = Number(part('hour')) * 60 + Number(part('minute'));
  return hours.days[day]?.some(({ from, to }) => minute >= from && minute < to) ?? false;
};
