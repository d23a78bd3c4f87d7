import { parseArgs } from 'node:util';

import { readPolicy, todaysPolicy } from './policy-file.js';
import { loadQueueCode } from './queue-code.js';
import { reportOf } from './report.js';
import { type Result, runQueue } from './run.js';

export const QUEUE_USAGE =
  'npm run simulate -- queue [--items N] [--seed S] [--policy file]... [--staff N] [--per-day N]';

/**
 * `npm run simulate -- queue`: a modelled run of the queue. Without a policy today's alone; with one, today's beside it;
 * with two or more, these.
 * @returns the exit code: 1 where a rule of the queue was broken
 */
export const simulateQueue = async (
  args: readonly string[],
  say: (text: string) => void,
): Promise<number> => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      items: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      policy: { type: 'string', multiple: true, default: [] },
      staff: { type: 'string', default: '36' },
      'per-day': { type: 'string', default: '3000' },
    },
  });
  const code = await loadQueueCode();
  const product = code.DEFAULT_ASSIGNMENT_POLICY;
  const files = values.policy.map((file) => readPolicy(file, product));
  const policies = files.length > 1 ? files : [todaysPolicy(product), ...files];
  const load = {
    items: count(values.items, 'items'),
    seed: count(values.seed, 'seed'),
    staff: count(values.staff, 'staff'),
    perDay: count(values['per-day'], 'per-day'),
  };
  say(`${load.items} items, ${load.perDay} a day, ${load.staff} agents, seed ${load.seed}\n`);
  const results: Result[] = [];
  for (const policy of policies) results.push(await runQueue(code, policy, load));
  say(reportOf(results));
  const broken = results.flatMap(({ policy, checks }) =>
    checks.violations.map((violation) => `${policy.name}: ${violation}`),
  );
  if (broken.length === 0) return 0;
  say(`\nBroken:\n${broken.join('\n')}`);
  return 1;
};

const count = (text: string, name: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < (name === 'seed' ? 0 : 1)) {
    throw new Error(`--${name}: "${text}" is no count\n${QUEUE_USAGE}`);
  }
  return value;
};
