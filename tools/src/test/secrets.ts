import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Finding, ScanReport } from '@baton/testkit';

import type { AllowedSecret } from './allowed-secrets.js';

export interface SecretsOutcome {
  /** A line for each kind of what was looked through. */
  readonly summary: readonly string[];
  /** What is wrong, a line each; never a secret. */
  readonly problems: readonly string[];
  /** Reasons that nothing needed. */
  readonly unused: readonly AllowedSecret[];
}

/** What the scans of a run left. */
export const reportsIn = (folder: string): readonly ScanReport[] =>
  existsSync(folder)
    ? readdirSync(folder).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ScanReport)
    : [];

/** Whether a run left a secret anywhere, but for those that somebody explained. */
export const judgeScans = (
  reports: readonly ScanReport[],
  allowed: readonly AllowedSecret[],
): SecretsOutcome => {
  const used = new Set<AllowedSecret>();
  const problems = new Set<string>();
  for (const report of reports) {
    if (report.failure !== undefined)
      problems.add(`${report.source} of ${report.test} could not be read: ${report.failure}`);
    for (const finding of report.findings) {
      const reason = allowed.find((each) => explains(each, report, finding));
      if (reason) used.add(reason);
      else problems.add(lineOf(report, finding));
    }
  }
  return {
    summary: [...Map.groupBy(reports, ({ source }) => source)].sort().map(([source, of]) => {
      const mebibytes = sum(of.map(({ bytes }) => bytes)) / 1024 / 1024;
      const seconds = sum(of.map(({ ms }) => ms)) / 1000;
      const places = sum(of.map((report) => report.places));
      return `${source.padEnd(14)} ${of.length} of ${new Set(of.map(({ test }) => test)).size} files: ${places} places, ${mebibytes.toFixed(1)} MiB in ${seconds.toFixed(1)} s`;
    }),
    problems: [...problems].sort(),
    unused: allowed.filter((each) => !used.has(each)),
  };
};

const explains = (allowed: AllowedSecret, report: ScanReport, { place, kind }: Finding): boolean =>
  allowed.test === report.test &&
  allowed.source === report.source &&
  allowed.place.test(place) &&
  allowed.kind === kind;

const lineOf = ({ source, test }: ScanReport, { place, kind, near }: Finding): string =>
  `${kind} in ${source} ${place}${near === undefined ? '' : ` (${near})`}, ${test}`;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
