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

/** More files than this that fail are no accident of a busy machine. */
const MOST_FILES_RUN_AGAIN = 4;

/**
 * Every test, several files at a time. What fails is run once more alone and must pass there; such a file is named as
 * flaky, since a test that fails by chance hides the one that fails for a reason.
 */
export const runTests = async (
  workDirectory: string,
  coverage: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<TestsOutcome> => {
  const first = await jest(join(workDirectory, 'results.json'), [...coverage, ...process.argv.slice(2)], env);
  const failing = first.testResults.filter(({ status }) => status === 'failed');
  const outcome = { passed: first.numPassedTests, failed: failuresOf(first), flaky: [] };
  if (failing.length === 0 || failing.length > MOST_FILES_RUN_AGAIN) return outcome;

  process.stdout.write('\n== what failed, once more and alone\n');
  const files = failing.map(({ name }) => relative(process.cwd(), name));
  const again = await jest(join(workDirectory, 'again.json'), ['--runInBand', '--', ...files], env);
  const passedBefore = failing
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'passed').length;
  return {
    passed: outcome.passed - passedBefore + again.numPassedTests,
    failed: failuresOf(again),
    flaky: again.testResults
      .filter(({ status }) => status === 'passed')
      .map(({ name }) => relative(process.cwd(), name)),
  };
};

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
