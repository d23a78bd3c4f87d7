import { readFileSync } from 'node:fs';

// The build leaves specs out; here they are what is compiled.
const {
  exclude: _specs,
  $schema: _schema,
  ...swc
} = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));

/** Pages are written in JSX. */
const tsx = {
  ...swc,
  jsc: {
    ...swc.jsc,
    parser: { syntax: 'typescript', tsx: true },
    transform: { react: { runtime: 'automatic' }, useDefineForClassFields: true },
  },
};

/** One Jest project per level; the level is the suffix of the file (see docs/contributing.md). */
const level = (name, extra = {}) => ({
  displayName: name,
  testEnvironment: '<rootDir>/jest.environment.js',
  testMatch: [`**/*.${name}.spec.{ts,tsx}`],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/.baton/'],
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.baton/'],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false, sourceMaps: 'inline' }],
    '^.+\\.tsx$': ['@swc/jest', { ...tsx, swcrc: false, sourceMaps: 'inline' }],
  },
  moduleNameMapper: {
    '^@baton/(contracts|event-store|bus|service|system|testkit)$': '<rootDir>/libs/$1/src/index.ts',
    '^@baton/client$': '<rootDir>/clients/typescript/src/index.ts',
    '^@baton/testkit/browser$': '<rootDir>/libs/testkit/src/browser/index.ts',
    '^@baton/service/roles$': '<rootDir>/libs/service/src/roles.ts',
    '^@baton/event-store/testing$': '<rootDir>/libs/event-store/src/testing/memory/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  ...extra,
});

export default {
  projects: [
    level('unit'),
    level('prop', { setupFiles: ['<rootDir>/jest.prop.js'] }),
    level('int'),
    level('e2e'),
  ],
  testTimeout: 60_000,
  // Most tests wait for servers, not for the processor.
  maxWorkers: 3,
  // What a test file loads is never quite freed, and V8 walks all of it for each file's coverage.
  workerIdleMemoryLimit: '400MB',
  testSequencer: '<rootDir>/jest.sequencer.js',
  coverageProvider: 'v8',
};
