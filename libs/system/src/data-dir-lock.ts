import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { identityOf, isRunning, type ProcessIdentity } from '@baton/testkit';

export interface DataDirLock {
  release(): void;
}

/**
 * Makes this process the only one that runs Baton on a data directory. A lock that a killed run left is taken over.
 * Throws when another run holds it, naming its process and what to do.
 */
export const lockDataDir = async (dataDir: string): Promise<DataDirLock> => {
  const file = join(dataDir, 'running.json');
  const content = JSON.stringify(await identityOf(process.pid));
  for (;;) {
    const found = read(file);
    const holder = found === undefined ? undefined : parse(found);
    if (holder !== undefined && (await isRunning(holder))) throw inUse(dataDir, holder);
    if (found !== undefined) setAside(file, found);
    if (create(file, content)) return { release: () => releaseOwn(file, content) };
  }
};

const inUse = (dataDir: string, { pid }: ProcessIdentity): Error =>
  new Error(
    `Baton already runs on ${dataDir} (process ${pid}): stop it first, or set BATON_DATA_DIR to another directory`,
  );

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/** A lock that a crash cut short names nobody. */
const parse = (content: string): ProcessIdentity | undefined => {
  try {
    return JSON.parse(content) as ProcessIdentity;
  } catch {
    return undefined;
  }
};

/** Removes the stale lock that was found, and puts back what another run has put there since. */
const setAside = (file: string, stale: string): void => {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  if (read(aside) === stale) rmSync(aside);
  else renameSync(aside, file);
};

const create = (file: string, content: string): boolean => {
  try {
    writeFileSync(file, content, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const releaseOwn = (file: string, content: string): void => {
  if (read(file) === content) rmSync(file, { force: true });
};
