import type { Tally } from './campaign.js';
import { FAULT_NAMES } from './faults.js';
import { MUTANTS } from './mutants.js';
import type { Failing } from './shrink.js';
import type { MutantResult } from './try-mutants.js';

const number = (value: number): string => Math.round(value).toLocaleString('en');

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

const lines = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
};

/** The table of a run. */
export const reportOf = (tally: Tally, realMs: number): string =>
  lines([
    ['episodes', number(tally.episodes)],
    ['steps', `${number(tally.steps)} (${number((tally.steps / realMs) * 60_000)} a minute)`],
    ...[...tally.counts].map(([name, count]) => [name, number(count)] as const),
    [
      'recovery after the last fault',
      `p50 ${seconds(percentile(tally.recoveriesMs, 0.5))}, p95 ${seconds(percentile(tally.recoveriesMs, 0.95))}, max ${seconds(Math.max(...tally.recoveriesMs))}`,
    ],
    ...FAULT_NAMES.map((fault) => [`fault: ${fault}`, number(tally.hits.get(fault) ?? 0)] as const),
    ['worlds that went wrong', number(tally.failed.length)],
  ]);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/**
 * What went wrong in one world, and how to see it again. Its steps are the same only behind the same worlds: a process
 * never makes an id twice, so what was made before moves what is made now.
 */
export const failureOf = (
  { seed, breaches, faults, conversations }: Failing,
  firstSeed: number = seed,
): string => {
  const shown = breaches.slice(0, 12).map(({ invariant, what }) => `  ${invariant}: ${what}`);
  const more = breaches.length - shown.length;
  return [
    `seed ${seed} went wrong:`,
    ...shown,
    ...(more > 0 ? [`  and ${more} more`] : []),
    `Again: npm run simulate -- core --seed ${firstSeed} --episodes ${seed - firstSeed + 1} --conversations ${conversations}` +
      (faults.size === FAULT_NAMES.length ? '' : ` --faults ${[...faults].join() || 'none'}`),
  ].join('\n');
};

export const mutantLine = ({ mutant, sweeps, episodes, steps, caught }: MutantResult): string => {
  const where = sweeps ? '' : ' (no sweeps)';
  const name = `${mutant ?? 'the system as it is'}${where}`.padEnd(40);
  const verdict = caught
    ? `CAUGHT  in ${number(steps)} steps, episode ${episodes}, seed ${caught.seed}: ${caught.breaches[0]?.invariant}: ${caught.breaches[0]?.what}`
    : `${mutant === undefined ? 'right  ' : 'SURVIVED'} in ${number(steps)} steps, ${episodes} episodes`;
  return `${name} ${verdict}${mutant ? `\n${' '.repeat(41)}${MUTANTS[mutant]}` : ''}`;
};
