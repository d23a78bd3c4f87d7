import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { run } from './run.js';

/** What Jest's `--json` says, as far as we ask. */
interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numRuntimeErrorTestSuites: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export interface TestsOutcome {
  readonly passed: number;
  readonly failed: number;
  /** Files that failed among the others and passed when run again alone. */
  readonly flaky: readonly string[];
}

/** Builds, and so replaces `dist` beneath whatever else runs: comes when all else is done. */
const ALONE = 'tools/src/start/npm-start.e2e.spec.ts';
/** Those of jest.config.js, which the command line's take the place of, and the file that comes later. */
const NOT_AMONG_OTHERS = ['/node_modules/', '/dist/', '/.baton/', ALONE];

/** More files than this that fail are no accident of a busy machine. */
const MOST_FILES_RUN_AGAIN = 6;
const TIMES_RUN_AGAIN = 2;

/**
 * Every test, several files at a time. What fails is run again alone, twice at most, and must pass there; such a file
 * is named as flaky, since a test that fails by chance hides the one that fails for a reason.
 */
export const runTests = async (
  workDirectory: string,
  coverage: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<TestsOutcome> => {
  const reports = await everything(workDirectory, coverage, env);
  let passed = sum(reports.map(({ numPassedTests }) => numPassedTests));
  let failed = sum(reports.map(failuresOf));
  let failing: JestReport['testResults'] = reports.flatMap((report) => [...failingOf(report)]);
  const flaky: string[] = [];
  for (let time = 1; time <= TIMES_RUN_AGAIN; time += 1) {
    if (failing.length === 0 || failing.length > MOST_FILES_RUN_AGAIN) break;
    process.stdout.write(`\n== what failed, again and alone (${time} of ${TIMES_RUN_AGAIN})\n`);
    const files = failing.map(({ name }) => relative(process.cwd(), name));
    const again = await jest(join(workDirectory, `again-${time}.json`), ['--runInBand', '--', ...files], env);
    const passedBefore = failing
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'passed').length;
    passed += again.numPassedTests - passedBefore;
    failed = failuresOf(again);
    failing = failingOf(again);
    const still = new Set(failing.map(({ name }) => relative(process.cwd(), name)));
    flaky.push(...files.filter((file) => !still.has(file)));
  }
  return { passed, failed, flaky };
};

/** What was asked for on the command line, or all. */
const everything = async (
  workDirectory: string,
  coverage: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<JestReport[]> => {
  const wanted = process.argv.slice(2);
  const results = join(workDirectory, 'results.json');
  if (wanted.length > 0) return [await jest(results, [...coverage, ...wanted], env)];
  const ignored = NOT_AMONG_OTHERS.map((pattern) => `--testPathIgnorePatterns=${pattern}`);
  const others = await jest(results, [...coverage, ...ignored], env);
  process.stdout.write('\n== the test that builds, alone\n');
  return [others, await jest(join(workDirectory, 'alone.json'), ['--runInBand', '--', ALONE], env)];
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

const failingOf = ({ testResults }: JestReport): JestReport['testResults'] =>
  testResults.filter(({ status }) => status === 'failed');

const jest = async (
  outputFile: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<JestReport> => {
  await run(
    process.execPath,
    [
      '--experimental-vm-modules',
      '--no-warnings',
      'node_modules/jest/bin/jest.js',
      '--json',
      `--outputFile=${outputFile}`,
      ...args,
    ],
    env,
  );
  return JSON.parse(readFileSync(outputFile, 'utf8')) as JestReport;
};

const failuresOf = ({ numFailedTests, numRuntimeErrorTestSuites }: JestReport): number =>
  numFailedTests + numRuntimeErrorTestSuites;
