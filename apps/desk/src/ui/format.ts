const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** The time today, else the day. */
export const shortTime = (iso: string, nowMs: number = Date.now()): string => {
  const at = new Date(iso);
  return at.toDateString() === new Date(nowMs).toDateString() ? time.format(at) : day.format(at);
};

export const timeOfDay = (iso: string): string => time.format(new Date(iso));

export const fullTime = (iso: string): string => full.format(new Date(iso));

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
