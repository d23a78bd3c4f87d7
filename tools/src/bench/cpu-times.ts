import { readdirSync, readFileSync } from 'node:fs';

import type { RunningBaton } from '@baton/system';

/** Milliseconds of CPU, user and system, by the name of a process. */
export type CpuTimes = Readonly<Record<string, number>>;

/** Linux counts in hundredths of a second. */
const MS_PER_TICK = 10;

interface Stat {
  readonly parent: number;
  readonly own: number;
  /** Of children that have ended. */
  readonly reaped: number;
}

/** What each process of a running Baton, and this one, has used so far. PostgreSQL's many count as one. */
export const cpuTimes = ({ services, servers }: RunningBaton): CpuTimes => ({
  ...Object.fromEntries(Object.entries(services).map(([name, { pid }]) => [name, ofProcess(pid)])),
  ...Object.fromEntries(
    Object.entries(servers).map(([name, { own }]) => [name, own ? ofFamily(own.pid) : Number.NaN]),
  ),
  'load generator': ofProcess(process.pid),
});

/** What they used between two looks, for each of so many operations. */
export const cpuPerOperation = (before: CpuTimes, after: CpuTimes, count: number): CpuTimes =>
  Object.fromEntries(Object.entries(after).map(([name, ms]) => [name, (ms - (before[name] ?? 0)) / count]));

/** `utime` and `stime` follow the name, which may hold anything but ends with the last parenthesis. */
const statOf = (pid: number): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const at = (index: number): number => fields[index] ?? 0;
    return {
      parent: at(1),
      own: (at(11) + at(12)) * MS_PER_TICK,
      reaped: (at(13) + at(14)) * MS_PER_TICK,
    };
  } catch {
    // It ended meanwhile.
    return undefined;
  }
};

export const ofProcess = (pid: number | undefined): number =>
  (pid === undefined ? undefined : statOf(pid))?.own ?? Number.NaN;

/** A process, its children and those of them that have ended. */
export const ofFamily = (pid: number): number => {
  const parent = statOf(pid);
  if (!parent) return Number.NaN;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid)
    .reduce((sum, stat) => sum + (stat?.own ?? 0), parent.own + parent.reaped);
};
