import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { SERVICE_NAMES, type ServiceName } from '@baton/service/roles';

import { serviceScript } from './checkout.js';

const run = promisify(execFile);

export interface MigrationOptions {
  readonly checkout: string;
  readonly adminUrl: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where to note what was migrated last; without it nothing is skipped. */
  readonly noteFile?: string;
  readonly signal?: AbortSignal;
}

/** Brings the schemas of all services up to date. Gives false when the same code had done so before. */
export const migrateAll = async (options: MigrationOptions): Promise<boolean> => {
  const digest = options.noteFile === undefined ? undefined : digestOfBuild(options.checkout);
  if (options.noteFile !== undefined && existsSync(options.noteFile)) {
    if (readFileSync(options.noteFile, 'utf8') === digest) return false;
  }
  await Promise.all(SERVICE_NAMES.map((service) => migrate(service, options)));
  if (options.noteFile !== undefined && digest !== undefined) writeFileSync(options.noteFile, digest);
  return true;
};

/** Brings one service's schema up to date. Throws with what the migration said when it fails. */
export const migrate = async (service: ServiceName, options: MigrationOptions): Promise<void> => {
  const script = serviceScript(options.checkout, service, 'migrate');
  const env = { ...options.env, DATABASE_ADMIN_URL: options.adminUrl };
  try {
    const { checkout: cwd, signal } = options;
    await run(process.execPath, [script], { cwd, env, ...(signal ? { signal } : {}) });
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    const said = `${stdout}${stderr}`.trim() || (error as Error).message;
    throw new Error(`The migration of ${service} failed: ${said}`, { cause: error });
  }
};

/** All code that a migration may import: one digest for it is simpler, and safer, than following the imports. */
const digestOfBuild = (checkout: string): string => {
  const hash = createHash('sha256');
  const files = globSync('{services,libs}/*/dist/**/*.js', { cwd: checkout }).sort();
  for (const file of files) hash.update(file).update(readFileSync(join(checkout, file)));
  return hash.digest('hex');
};
