import { resolve } from 'node:path';

import { findCheckout, READ_MODELS, rebuildReadModel } from '@baton/system';

/** `npm run rebuild -- <read model>`: told again from the log, the same rows; beside live traffic. */
const [readModel] = process.argv.slice(2);
const checkout = findCheckout();
try {
  if (!readModel) throw new Error(`Which read model? One of ${Object.keys(READ_MODELS).join(', ')}`);
  await rebuildReadModel(readModel, {
    checkout,
    dataDir: resolve(checkout, process.env['BATON_DATA_DIR'] || '.baton'),
    env: process.env,
  });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
