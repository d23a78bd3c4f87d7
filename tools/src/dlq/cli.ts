import { resolve } from 'node:path';

import { findCheckout } from '@baton/system';

import { parseCommand, USAGE, UsageError } from './command.js';
import { Installation } from './installation.js';
import { EXIT, run } from './run.js';

const out = (text: string): void => void process.stdout.write(`${text}\n`);
const warn = (text: string): void => void process.stderr.write(`${text}\n`);

/** `list | show | replay | drop`: what consumers gave up on, and what becomes of it. Resolves with the exit code. */
export const dlq = async (argv: readonly string[]): Promise<number> => {
  if (argv.includes('--help') || argv.includes('-h')) {
    out(USAGE);
    return EXIT.done;
  }
  try {
    const command = parseCommand(argv);
    const dataDir = resolve(findCheckout(), process.env['BATON_DATA_DIR'] || '.baton');
    const installation = Installation.find(dataDir, process.env);
    try {
      return await run(command, installation, { out, warn });
    } finally {
      await installation.close();
    }
  } catch (error) {
    warn((error as Error).message);
    if (error instanceof UsageError) warn(`\n${USAGE}`);
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  }
};
