import { createRequire } from 'node:module';

import { TestEnvironment } from 'jest-environment-node';

const fromHere = createRequire(import.meta.url);
const fromJest = createRequire(fromHere.resolve('jest-environment-node'));
const { CoverageInstrumenter } = fromJest('collect-v8-coverage');

// Jest opens a session with V8's inspector for each test file, has the debugger list every script in it, which is of
// no use to coverage, and never closes it: each file then costs more than the one before it, seconds in the end.
Object.assign(CoverageInstrumenter.prototype, {
  async startInstrumenting() {
    this.session.connect();
    await this.postSession('Profiler.enable');
    await this.postSession('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  },
  async stopInstrumenting() {
    const { result } = await this.postSession('Profiler.takePreciseCoverage');
    await this.postSession('Profiler.stopPreciseCoverage');
    await this.postSession('Profiler.disable');
    this.session.disconnect();
    return result;
  },
});

export default TestEnvironment;
