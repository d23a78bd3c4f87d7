const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** Formatting what is no time throws, and with it would go the page: a time that cannot be read is left out. */
const formatted = (format: Intl.DateTimeFormat, iso: string): string => {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? '' : format.format(at);
};

/** The time today, else the day. */
export const shortTime = (iso: string, nowMs: number = Date.now()): string => {
  const isToday = new Date(iso).toDateString() === new Date(nowMs).toDateString();
  return formatted(isToday ? time : day, iso);
};

export const timeOfDay = (iso: string): string => formatted(time, iso);

export const fullTime = (iso: string): string => formatted(full, iso);

/** `billing 3 · spanish 2`. */
export const skillsText = (skills: Readonly<Record<string, number>>): string =>
  Object.entries(skills)
    .map(([skill, level]) => `${skill} ${level}`)
    .join(' · ');

/** US dollars to the cent; below a cent as many digits as say something. */
export const money = (usd: string): string => {
  const value = Number(usd);
  return value === 0 || value >= 0.01 ? `$${value.toFixed(2)}` : `$${value.toPrecision(2)}`;
};
