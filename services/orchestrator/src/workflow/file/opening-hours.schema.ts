import { z } from 'zod';

export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAYS = /^(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?$/;
const SPAN = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

const Span = z.string().regex(SPAN, 'must be a span such as 09:00-18:00');

/** `{ timezone: Europe/Berlin, mon-fri: 09:00-18:00, sat: [09:00-12:00, 13:00-15:00] }` */
export const OpeningHoursFile = z
  .object({ timezone: z.string().refine(isTimeZone, 'must be an IANA time zone').default('UTC') })
  .catchall(z.union([Span, z.array(Span)]))
  .superRefine((hours, context) => {
    for (const key of Object.keys(hours)) {
      if (key === 'timezone' || DAYS.test(key)) continue;
      context.addIssue({ code: 'unrecognized_keys', keys: [key], input: hours, path: [] });
    }
  });
export type OpeningHoursFile = z.output<typeof OpeningHoursFile>;
