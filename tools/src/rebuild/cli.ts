import { resolve } from 'node:path';

import { findCheckout, READ_MODELS, rebuildReadModel } from '@baton/system';

/** A read model told again from the log, the same rows; beside live traffic. Resolves with the exit code. */
export const rebuild = async ([readModel]: readonly string[]): Promise<number> => {
  const usage = `Which read model? One of ${Object.keys(READ_MODELS).join(', ')}`;
  if (readModel === '--help' || readModel === '-h') {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const checkout = findCheckout();
  try {
    if (!readModel) throw new Error(usage);
    await rebuildReadModel(readModel, {
      checkout,
      dataDir: resolve(checkout, process.env['BATON_DATA_DIR'] || '.baton'),
      env: process.env,
    });
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return 1;
  }
};
