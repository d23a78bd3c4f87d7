import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { ensureDatabase, startPostgres } from '@baton/testkit';

import { OWN_DATABASE } from './backing-servers.js';
import { findCheckout } from './checkout.js';
import { migrateAll } from './migrations.js';
import { forwardedEnvironment } from './service-environment.js';

const run = promisify(execFile);

/**
 * Makes, in a new folder, the PostgreSQL of a system that has just been migrated and never used: what
 * `BATON_SYSTEM_TEMPLATE` names for {@link startBaton}, which then need neither initialise nor migrate one.
 */
export const makeSystemTemplate = async (folder: string): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  // PostgreSQL runs as another user where we are root, and must be able to pass through.
  chmodSync(folder, 0o711);
  const postgres = await startPostgres({ dataDir: folder });
  try {
    await migrateAll({
      checkout: findCheckout(),
      adminUrl: await ensureDatabase(postgres.url, OWN_DATABASE),
      env: forwardedEnvironment(process.env),
      noteFile: join(folder, 'migrated'),
    });
  } finally {
    await postgres.stop();
  }
};

/**
 * Gives a data directory that has no PostgreSQL yet a copy of the template's. A build that differs from the one that
 * migrated the template is told by the note that is copied too, and migrates it as ever.
 */
export const copySystemTemplate = async (folder: string, dataDir: string): Promise<void> => {
  // Unlike Node's own copy this keeps the files' owner, the user whom PostgreSQL runs as.
  await run('cp', ['-a', folder, join(dataDir, 'postgres')]);
};
