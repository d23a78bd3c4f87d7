import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeSystemTemplate } from '@baton/system';

import { ALLOWED_SECRETS } from './allowed-secrets.js';
import { coverageOf, printCoverage } from './coverage.js';
import { runTests } from './jest.js';
import { run } from './run.js';
import { judgeScans, reportsIn } from './secrets.js';

/** `npm test`: lint, types, then every test with coverage of our own code. */
const LEAST_LINE_COVERAGE = 80;

const work = mkdtempSync(join(tmpdir(), 'baton-test-'));
const ofServices = join(work, 'services');
const ofJest = join(work, 'jest');
const ofScans = join(work, 'secrets');
const template = join(work, 'template');
// PostgreSQL runs as another user where we are root, and must be able to pass through.
chmodSync(work, 0o711);

const problems: string[] = [];
const check = async (name: string, command: string, ...args: string[]): Promise<void> => {
  process.stdout.write(`\n== ${name}\n`);
  // The services that tests start write their coverage there.
  if ((await run(command, args, { BATON_COVERAGE_DIR: ofServices })) !== 0) problems.push(name);
};

await check('lint', 'npm', 'run', '--silent', 'lint');
await check('types', 'npm', 'run', '--silent', 'typecheck');
process.stdout.write('\n== tests\n');
await makeSystemTemplate(template);
const tests = await runTests(
  work,
  ['--coverage', '--coverageReporters=json', `--coverageDirectory=${ofJest}`],
  {
    BATON_COVERAGE_DIR: ofServices,
    // A migrated database for each system that a test starts.
    BATON_SYSTEM_TEMPLATE: template,
    // What the tests start is looked through for secrets when it stops.
    BATON_SECRET_SCAN_DIR: ofScans,
  },
);
const reports = reportsIn(ofScans);
const secrets = judgeScans(reports, ALLOWED_SECRETS);
process.stdout.write('\n== secrets\n');
for (const line of [...secrets.summary, ...secrets.problems]) process.stdout.write(`${line}\n`);
if (secrets.problems.length > 0) problems.push('secrets where none belong');
// A few tests need not start anything, nor do everything that is explained.
if (process.argv.length === 2) {
  if (reports.length === 0) problems.push('no scan for secrets was made');
  for (const { test, place, kind } of secrets.unused)
    problems.push(`${kind} in ${place.source} of ${test} is allowed and not there`);
}
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
