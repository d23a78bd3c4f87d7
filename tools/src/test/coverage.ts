import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import coverage, { type CoverageMap, type CoverageMapData } from 'istanbul-lib-coverage';

import { run } from './run.js';

/** What counts as our own code: no test, no fixture of tests. */
const OURS = /^(libs|services|tools|clients)\/.*src\/.*\.ts$/;
const TESTS = /\.spec\.ts$|\.fixture\.ts$|\/testing\//;

export interface CoverageSources {
  /** Where Jest left the coverage of what ran inside it. */
  readonly jestDirectory: string;
  /** Where the services that tests started left theirs (V8's own format). */
  readonly servicesDirectory: string;
  readonly workDirectory: string;
}

/** Line coverage of our own code, from inside the tests and from the processes that they started. */
export const coverageOf = async (sources: CoverageSources): Promise<CoverageMap> => {
  const merged = coverage.createCoverageMap({});
  merge(merged, join(sources.jestDirectory, 'coverage-final.json'));
  if (existsSync(sources.servicesDirectory)) {
    const out = join(sources.workDirectory, 'c8');
    await run('c8', [
      'report',
      `--temp-directory=${sources.servicesDirectory}`,
      `--reports-dir=${out}`,
      '--reporter=json',
      '--exclude-after-remap',
      '--include=libs/**',
      '--include=services/**',
    ]);
    merge(merged, join(out, 'coverage-final.json'));
  }
  merged.filter((file) => OURS.test(relative(process.cwd(), file)) && !TESTS.test(file));
  return merged;
};

const merge = (into: CoverageMap, file: string): void => {
  if (existsSync(file)) into.merge(JSON.parse(readFileSync(file, 'utf8')) as CoverageMapData);
};

/** Prints a line per package and the total; returns the total in percent. */
export const printCoverage = (map: CoverageMap): number => {
  const packages = Map.groupBy(
    map.files(),
    (file) => relative(process.cwd(), file).split('/src/')[0] ?? file,
  );
  process.stdout.write('\n== line coverage\n');
  for (const [name, files] of [...packages].sort()) {
    const summary = coverage.createCoverageSummary();
    for (const file of files) summary.merge(map.fileCoverageFor(file).toSummary());
    process.stdout.write(
      `${name.padEnd(28)} ${String(summary.lines.pct).padStart(6)} %  of ${summary.lines.total}\n`,
    );
  }
  const total = map.getCoverageSummary().lines.pct;
  process.stdout.write(`${'all'.padEnd(28)} ${String(total).padStart(6)} %\n`);
  return total;
};
