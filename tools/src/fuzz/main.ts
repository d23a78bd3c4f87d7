import { parseArgs } from 'node:util';

import { runCampaign } from './campaign.js';
import { startFuzzedBaton } from './fuzzed-baton.js';
import { reportOf } from './report.js';

/**
 * `npm run fuzz -- --seed 7 --requests 10000`: a whole Baton, asked through everything that its OpenAPI document says,
 * well and badly. `--only /webhooks` takes some operations, `--data-dir` keeps the system's data and logs.
 */
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    requests: { type: 'string', default: '10000' },
    only: { type: 'string', default: '' },
    'data-dir': { type: 'string' },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const main = async (): Promise<number> => {
  const requests = Number(values.requests);
  if (!Number.isInteger(requests) || requests < 1)
    throw new Error(`--requests ${values.requests} is no number`);
  say(`seed ${values.seed}`);
  const baton = await startFuzzedBaton(values['data-dir']);
  try {
    const { seed, only } = values;
    const onProgress = (done: number): void => say(`${done} requests`);
    const tally = await runCampaign({ baton, seed, requests, only, onProgress });
    say(reportOf(tally));
    return tally.findings.length === 0 ? 0 : 1;
  } finally {
    await baton.stop();
  }
};

process.exitCode = await main();
