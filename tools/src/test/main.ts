import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { coverageOf, printCoverage } from './coverage.js';
import { runTests } from './jest.js';
import { run } from './run.js';

/** `npm test`: lint, types, then every test with coverage of our own code. */
const LEAST_LINE_COVERAGE = 80;

const work = mkdtempSync(join(tmpdir(), 'baton-test-'));
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
process.stdout.write('\n== tests\n');
const tests = await runTests(
  work,
  ['--coverage', '--coverageReporters=json', `--coverageDirectory=${ofJest}`],
  {
    BATON_COVERAGE_DIR: ofServices,
  },
);
const coverage = await coverageOf({
  jestDirectory: ofJest,
  servicesDirectory: ofServices,
  workDirectory: work,
});
const lines = printCoverage(coverage);
if (lines < LEAST_LINE_COVERAGE)
  problems.push(`line coverage ${lines} %, at least ${LEAST_LINE_COVERAGE} % is wanted`);
rmSync(work, { recursive: true, force: true });

if (tests.failed > 0) problems.push('tests');
for (const file of tests.flaky)
  process.stdout.write(`\nFlaky (failed among the others, passed alone): ${file}\n`);
if (problems.length > 0) process.stdout.write(`\nNot good: ${problems.join(', ')}\n`);
process.stdout.write(`\n${tests.passed} passed, ${tests.failed} failed\n`);
process.exitCode = problems.length > 0 ? 1 : 0;
