import { resolve } from 'node:path';

import { BatonSystem, findCheckout } from '@baton/system';

import { DEMO_KEY, firstRequest } from './first-request.js';
import { StopRequests } from './stop-requests.js';
import { say, sayLater } from './terminal.js';
import { watchSources } from './watch-sources.js';

const OLDEST_NODE = 22;

/** `npm start`, and with `--watch` `npm run dev`. Resolves when all of Baton was stopped again. */
const main = async (requests: StopRequests): Promise<void> => {
  if (Number(process.versions.node.split('.')[0]) < OLDEST_NODE) {
    throw new Error(`Node ${process.versions.node} is too old for Baton: "npm start" brings the right one`);
  }
  const system = await start(requests);
  requests.onSecond(() => system.kill());
  const watch = process.argv.includes('--watch') ? watchSources(system, sayLater) : undefined;
  await requests.first();
  watch?.close();
  say('Stopping; once more to stop at once');
  await system.stop();
  say('Baton has stopped');
};

const start = async (requests: StopRequests): Promise<BatonSystem> => {
  const checkout = findCheckout();
  const env = { BATON_API_KEY: DEMO_KEY, BATON_DEMO: 'on', ...presentOnly(process.env) };
  const dataDir = resolve(checkout, process.env['BATON_DATA_DIR'] || '.baton');
  say(`Starting Baton; its data is kept in ${dataDir}`);
  let tell = (line: string): void => say(`  ${line}`);
  const system = await BatonSystem.start({
    checkout,
    dataDir,
    env,
    usualPorts: true,
    restartDead: true,
    signal: requests.signal,
    say: (line) => tell(line),
  });
  tell = sayLater;
  say(`Baton is ready: ${system.url}`);
  say(`The chat, as on a customer's page: ${system.url}/demo`);
  say(`The desk for staff: ${system.url}/desk`);
  say(firstRequest(system.url, env.BATON_API_KEY));
  return system;
};

const presentOnly = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));

const requests = new StopRequests();
try {
  await main(requests);
  process.exit(0);
} catch (error) {
  // Whoever stops a start that is under way knows why it did not come to an end.
  const reason = requests.signal.aborted ? 'it was told to stop' : (error as Error).message;
  process.stderr.write(`Baton did not start: ${reason}\n`);
  process.exit(requests.signal.aborted ? 130 : 1);
}
