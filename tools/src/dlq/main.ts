import { resolve } from 'node:path';

import { findCheckout } from '@baton/system';

import { parseCommand, USAGE, UsageError } from './command.js';
import { Installation } from './installation.js';
import { EXIT, run } from './run.js';

/** `npm run dlq -- list | show | replay | drop`: what consumers gave up on, and what becomes of it. */
const out = (text: string): void => void process.stdout.write(`${text}\n`);
const warn = (text: string): void => void process.stderr.write(`${text}\n`);

const main = async (): Promise<number> => {
  const command = parseCommand(process.argv.slice(2));
  const dataDir = resolve(findCheckout(), process.env['BATON_DATA_DIR'] || '.baton');
  const installation = Installation.find(dataDir, process.env);
  try {
    return await run(command, installation, { out, warn });
  } finally {
    await installation.close();
  }
};

try {
  process.exitCode = await main();
} catch (error) {
  warn((error as Error).message);
  if (error instanceof UsageError) warn(`\n${USAGE}`);
  process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failed;
}
