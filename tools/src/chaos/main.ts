import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { runMutants } from './mutants/run-mutants.js';
import { tableOf } from './report.js';
import { runChaos } from './run.js';

/**
 * `npm run chaos -- --minutes 10 --seed 7`: the whole system under faults, and an auditor's verdict.
 * `--replicas 2` runs two of each service. `--kinds F-4,Redis` takes some faults only, `--customers` says how many talk at once. `--mutants` takes one safeguard
 * away at a time (`--only inbox`: that one) and says whether it was missed.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    customers: { type: 'string', default: '40' },
    replicas: { type: 'string' },
    kinds: { type: 'string', default: '' },
    mutants: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    'data-dir': { type: 'string' },
  },
});

const say = (line: string): void =>
  void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const dataDir = values['data-dir'] ?? mkdtempSync(join(tmpdir(), 'baton-chaos-'));

const chaos = async (): Promise<number> => {
  const minutes = Number(values.minutes);
  if (!(minutes > 0)) throw new Error(`--minutes ${values.minutes} is no time`);
  if (values.replicas !== undefined && !/^[1-9]$/.test(values.replicas))
    throw new Error(`--replicas ${values.replicas} is no number of processes`);
  say(`seed ${values.seed}, ${minutes} minutes, in ${dataDir}`);
  const result = await runChaos({
    dataDir,
    seed: values.seed,
    minutes,
    customers: Number(values.customers),
    ...(values.replicas !== undefined && { replicas: Number(values.replicas) }),
    kinds: values.kinds === '' ? [] : values.kinds.split(',').map((kind) => kind.trim()),
    isLong: minutes >= 10 && values.kinds === '',
    say,
  });
  for (const line of tableOf(result)) process.stdout.write(`${line}\n`);
  say(`seed ${values.seed}: ${result.verdict.breaches.length === 0 ? 'nothing was broken' : 'BROKEN'}`);
  return result.verdict.breaches.length === 0 ? 0 : 1;
};

const mutants = async (): Promise<number> => {
  const results = await runMutants({ dataDir, say, only: values.only });
  for (const { safeguard, scenario, isCaught, breaches } of results) {
    const first = breaches[0] === undefined ? '' : `${breaches[0].invariant} ${breaches[0].what}`;
    process.stdout.write(
      `${safeguard.padEnd(30)} ${scenario.padEnd(36)} ${(isCaught ? 'as it must be' : 'NOT CAUGHT').padEnd(14)} ${first}\n`,
    );
  }
  return results.every(({ isCaught }) => isCaught) ? 0 : 1;
};

process.exitCode = values.mutants ? await mutants() : await chaos();
