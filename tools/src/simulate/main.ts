import { parseArgs } from 'node:util';

import { Logger } from '@nestjs/common';

import { ALL_FAULTS, type Campaign, runCampaign, type Tally } from './campaign.js';
import { type Fault, FAULT_NAMES } from './faults.js';
import { QUEUE_USAGE, simulateQueue } from './queue/command.js';
import { failureOf, mutantLine, reportOf } from './report.js';
import { keyEncryptionKey, loadServices } from './services.js';
import { shrink } from './shrink.js';
import { isProof, tryMutants } from './try-mutants.js';

const USAGE = `npm run simulate -- core [--seed S] [--steps N | --minutes M | --episodes E] [--conversations C] [--faults a,b] [--json]
npm run simulate -- core --mutants [--seed S]
${QUEUE_USAGE}`;
const DEFAULT_STEPS = 1_000_000;
const DEFAULT_CONVERSATIONS = 8;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const main = async (): Promise<number> => {
  if (process.argv[2] === 'queue') return simulateQueue(process.argv.slice(3), say);
  const { values, positionals } = parseArgs({
    options: {
      seed: { type: 'string' },
      steps: { type: 'string' },
      minutes: { type: 'string' },
      episodes: { type: 'string' },
      conversations: { type: 'string' },
      faults: { type: 'string' },
      mutants: { type: 'boolean' },
      json: { type: 'boolean' },
      'no-shrink': { type: 'boolean' },
    },
    allowPositionals: true,
  });
  if (positionals.length !== 1 || positionals[0] !== 'core') throw new Error(USAGE);
  Logger.overrideLogger(false);
  const seed = count(values.seed, 'seed') ?? Math.floor(Math.random() * 1_000_000);
  const conversations = count(values.conversations, 'conversations') ?? DEFAULT_CONVERSATIONS;
  const parts = { definitions: await loadServices(), kek: await keyEncryptionKey(), conversations };
  if (!values.json) say(`seed ${seed}`);
  if (values.mutants) {
    const results = await tryMutants(parts, seed, (result) => say(mutantLine(result)));
    return isProof(results) ? 0 : 1;
  }
  const campaign: Campaign = { ...parts, mutants: new Set(), sweeps: true, faults: faultsOf(values.faults) };
  const limits = {
    steps: count(values.steps, 'steps'),
    minutes: count(values.minutes, 'minutes'),
    episodes: count(values.episodes, 'episodes'),
  };
  const began = performance.now();
  const tally = await runCampaign(campaign, seed, (so) => isEnough(so, limits, performance.now() - began));
  if (values.json) {
    say(JSON.stringify(asJson(tally)));
    return tally.failed.length > 0 ? 1 : 0;
  }
  say(reportOf(tally, performance.now() - began));
  const [failed] = tally.failed;
  if (!failed) return 0;
  const failing = { ...failed, faults: campaign.faults, conversations };
  say(`\n${failureOf(failing, seed)}`);
  if (!values['no-shrink']) say(`\nWith less around it: ${failureOf(await shrink(failing))}`);
  return 1;
};

const isEnough = (
  tally: Tally,
  limits: { steps: number | undefined; minutes: number | undefined; episodes: number | undefined },
  realMs: number,
): boolean => {
  if (tally.failed.length > 0) return true;
  if (limits.episodes !== undefined) return tally.episodes >= limits.episodes;
  if (limits.minutes !== undefined) return realMs >= limits.minutes * 60_000;
  return tally.steps >= (limits.steps ?? DEFAULT_STEPS);
};

const count = (text: string | undefined, name: string): number | undefined => {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name}: "${text}" is no count\n${USAGE}`);
  return value;
};

const faultsOf = (text: string | undefined): ReadonlySet<Fault> => {
  if (text === undefined) return ALL_FAULTS;
  if (text === 'none') return new Set();
  return new Set(
    text.split(',').map((name) => {
      const fault = FAULT_NAMES.find((each) => each === name);
      if (!fault) throw new Error(`There is no fault ${name}; there are ${FAULT_NAMES.join(', ')}`);
      return fault;
    }),
  );
};

const asJson = (tally: Tally): object => ({
  ...tally,
  hits: Object.fromEntries(tally.hits),
  counts: Object.fromEntries(tally.counts),
  errors: Object.fromEntries(tally.errors),
  failed: tally.failed.map(({ seed, breaches }) => ({ seed, breaches })),
});

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(
    `${error instanceof Error && process.env['DEBUG'] ? error.stack : (error as Error).message}\n`,
  );
  process.exitCode = 2;
}
