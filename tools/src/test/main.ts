import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { coverageOf, printCoverage } from './coverage.js';
import { run } from './run.js';

/** `npm test`: lint, types, then every test with coverage of our own code. */
const LEAST_LINE_COVERAGE = 80;

interface JestResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numFailedTestSuites: number;
  readonly numRuntimeErrorTestSuites: number;
}

const work = mkdtempSync(join(tmpdir(), 'baton-test-'));
const results = join(work, 'results.json');
const ofServices = join(work, 'services');
const ofJest = join(work, 'jest');

const problems: string[] = [];
const check = async (name: string, command: string, ...args: string[]): Promise<void> => {
  process.stdout.write(`\n== ${name}\n`);
  // The services that tests start write their coverage there.
  if ((await run(command, args, { BATON_COVERAGE_DIR: ofServices })) !== 0) problems.push(name);
};

await check('lint', 'npm', 'run', '--silent', 'lint');
await check('types', 'npm', 'run', '--silent', 'typecheck');
await check(
  'tests',
  process.execPath,
  '--experimental-vm-modules',
  '--no-warnings',
  'node_modules/jest/bin/jest.js',
  '--coverage',
  '--coverageReporters=json',
  `--coverageDirectory=${ofJest}`,
  '--json',
  `--outputFile=${results}`,
  ...process.argv.slice(2),
);

const jest = JSON.parse(readFileSync(results, 'utf8')) as JestResult;
const coverage = await coverageOf({
  jestDirectory: ofJest,
  servicesDirectory: ofServices,
  workDirectory: work,
});
const lines = printCoverage(coverage);
if (lines < LEAST_LINE_COVERAGE)
  problems.push(`line coverage ${lines} %, at least ${LEAST_LINE_COVERAGE} % is wanted`);
rmSync(work, { recursive: true, force: true });

const failed = jest.numFailedTests + jest.numRuntimeErrorTestSuites;
if (problems.length > 0) process.stdout.write(`\nNot good: ${problems.join(', ')}\n`);
process.stdout.write(`\n${jest.numPassedTests} passed, ${failed} failed\n`);
process.exitCode = problems.length > 0 || failed > 0 ? 1 : 0;
