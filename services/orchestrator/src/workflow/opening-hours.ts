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
  const { weekday, minute } = wallClock(hours.timezone, at);
  return hours.days[weekday]?.some(({ from, to }) => minute >= from && minute < to) ?? false;
};

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** A week behind today's weekday comes again; its first spans may lie before this moment. */
const DAYS_AHEAD = 8;

/** The first moment behind `at` at which people come; undefined where they never do. */
export const nextOpening = (hours: OpeningHours | null, at: Date): Date | undefined => {
  if (hours === null) return undefined;
  const { timezone, days } = hours;
  const today = wallClock(timezone, at);
  const found: number[] = [];
  for (let ahead = 0; ahead <= DAYS_AHEAD; ahead += 1) {
    for (const { from } of days[(today.weekday + ahead) % 7] ?? []) {
      const opens = instantOf(timezone, today.dayMs + ahead * DAY_MS + from * MINUTE_MS);
      if (opens > at.getTime() && isOpen(hours, new Date(opens))) found.push(opens);
    }
    if (found.length > 0) return new Date(Math.min(...found));
  }
  return undefined;
};

interface WallClock {
  /** 0 is Sunday. */
  readonly weekday: number;
  /** Minutes from midnight, as the clock on the wall shows it. */
  readonly minute: number;
  /** That day's midnight, were the wall clock UTC. */
  readonly dayMs: number;
}

const wallClock = (timezone: string, at: Date): WallClock => {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(at);
  const part = (type: string): string => parts.find((candidate) => candidate.type === type)?.value ?? '';
  return {
    weekday: WEEKDAYS.indexOf(part('weekday').toLowerCase() as (typeof WEEKDAYS)[number]),
    minute: Number(part('hour')) * 60 + Number(part('minute')),
    dayMs: Date.UTC(Number(part('year')), Number(part('month')) - 1, Number(part('day'))),
  };
};

/**
 * The instant at which the wall clock shows a time, given as if it were UTC. One that the clock skips in spring is taken
 * as much later as it skips; one that it shows twice in autumn is the first.
 */
const instantOf = (timezone: string, wallMs: number): number => {
  const offsetAt = (instant: number): number => {
    const { dayMs, minute } = wallClock(timezone, new Date(instant));
    return dayMs + minute * MINUTE_MS - instant;
  };
  const before = wallMs - offsetAt(wallMs - DAY_MS);
  const after = wallMs - offsetAt(wallMs + DAY_MS);
  return offsetAt(before) === wallMs - before ? before : offsetAt(after) === wallMs - after ? after : before;
};
