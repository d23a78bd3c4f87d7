import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The root secret of this installation: the environment's, or one that is made at the first start and kept with the
 * data, readable by its owner alone. Whoever deletes it can no longer read what was sealed with it.
 */
export const rootSecret = (dataDir: string, env: NodeJS.ProcessEnv): string => {
  if (env['BATON_SECRET']) return env['BATON_SECRET'];
  const file = join(dataDir, 'secret');
  if (!existsSync(file))
    writeFileSync(file, randomBytes(32).toString('base64url'), { flag: 'wx', mode: 0o600 });
  return readFileSync(file, 'utf8').trim();
};
