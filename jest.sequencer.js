import { createRequire } from 'node:module';

const fromHere = createRequire(import.meta.url);
const fromJest = createRequire(createRequire(fromHere.resolve('jest')).resolve('@jest/core'));
const { default: Sequencer } = fromJest('@jest/test-sequencer');

/** Above a minute each, most of it waiting: begun last, one of them would keep the others' workers idle. */
const LONG = [
  'e2e/src/approval-crash',
  'e2e/src/kill',
  'tools/src/cli/cli.e2e',
  'e2e/src/rolling.e2e',
  'tools/src/image/image.int',
  'e2e/src/desk.e2e',
  'tools/src/fuzz/fuzz.e2e',
  'sandbox/conformance/conformance.int',
  'tools/src/chaos/chaos.e2e',
  'e2e/src/dead-letters',
  'e2e/src/turns',
  'e2e/src/desk-approvals',
  'e2e/src/samples',
];
const LEVELS = ['e2e', 'int', 'prop', 'unit'];

/** Longest first: by what Jest remembers of a run before, and where it remembers none by level. */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    const sorted = super.sort(tests);
    if (sorted.every(({ duration }) => duration !== undefined)) return sorted;
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

const rank = ({ path, context }) => {
  const long = LONG.findIndex((name) => path.includes(name));
  return long >= 0 ? long : LONG.length + LEVELS.indexOf(context.config.displayName?.name);
};
