import type { DriverName, Language } from '../sandbox.js';
import type { EscapeAttempt } from './escape-attempt.js';

/** In how many languages each attempt was made with each driver, and contained. */
export type Contained = ReadonlyMap<DriverName, ReadonlyMap<string, readonly Language[]>>;

const SHORT: Readonly<Record<Language, string>> = { javascript: 'js', python: 'py' };

/** The Markdown table of docs/sandbox.md: one row for each attempt, and how many there were. */
export const containmentTable = (
  attempts: readonly EscapeAttempt[],
  drivers: readonly DriverName[],
  contained: Contained,
): string => {
  const cell = (driver: DriverName, name: string): string =>
    (contained.get(driver)?.get(name) ?? []).map((language) => SHORT[language]).join(' ') || '–';
  const counts = drivers.map((driver) =>
    [...(contained.get(driver)?.values() ?? [])].reduce((sum, languages) => sum + languages.length, 0),
  );
  return [
    `| attempt | ${drivers.join(' | ')} |`,
    `| --- | ${drivers.map(() => '---').join(' | ')} |`,
    ...attempts.map(({ name }) => `| ${name} | ${drivers.map((driver) => cell(driver, name)).join(' | ')} |`),
    `| **contained** | ${counts.map((count) => `**${count}**`).join(' | ')} |`,
  ].join('\n');
};

/** One driver's column of such a table, by attempt. */
export const columnOf = (table: string, driver: DriverName): ReadonlyMap<string, string> => {
  const rows = table
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((part) => part.trim()),
    );
  const at = rows[0]?.indexOf(driver) ?? -1;
  return new Map(rows.slice(2).map((row) => [row[0] ?? '', row[at] ?? '']));
};
