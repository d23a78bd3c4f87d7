import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The root secret of this installation: the environment's, or one that is made at the first start and kept with the
 * data, readable by its owner alone. Whoever deletes it can no longer read what was sealed with it.
 */
export const rootSecret = (dataDir: string, env: NodeJS.ProcessEnv): string => {
  return env['BATON_SECRET'] || kept(dataDir, 'secret', () => randomBytes(32).toString('base64url'));
};

/**
 * The keys that seal OAuth tokens: the environment's, or one that is made and kept like the root secret. Only under
 * `npm start`: a service that is deployed without keys makes no connection.
 */
export const tokenKeys = (dataDir: string, env: NodeJS.ProcessEnv): string =>
  env['BATON_TOKEN_KEYS'] || kept(dataDir, 'token-keys', () => `local:${randomBytes(32).toString('base64')}`);

const kept = (dataDir: string, name: string, make: () => string): string => {
  const file = join(dataDir, name);
  if (!existsSync(file)) writeFileSync(file, make(), { flag: 'wx', mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
};
