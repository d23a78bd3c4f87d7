import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { commandLineOf } from '../processes/process-identity.js';

/**
 * Removes `postmaster.pid` where a killed server or a power cut left it and its pid is now another program's:
 * PostgreSQL looks only at whether that pid lives, and would refuse to start for good.
 */
export const dropStaleLockFile = async (clusterPath: string): Promise<void> => {
  const lockFile = join(clusterPath, 'postmaster.pid');
  const pid = await lockHolder(lockFile);
  if (pid === undefined) return;
  const command = await commandLineOf(pid);
  if (command === undefined || !command.includes(clusterPath)) await rm(lockFile, { force: true });
};

const lockHolder = async (lockFile: string): Promise<number | undefined> => {
  try {
    const pid = Number((await readFile(lockFile, 'utf8')).split('\n')[0]);
    return Number.isInteger(pid) ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
