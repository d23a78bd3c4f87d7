import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 200;
/** From the making of the lock to the writing of who holds it. */
const NAMED_WITHIN_MS = 10_000;

/**
 * Runs work while no other process on this machine runs work of this name: test files are processes of their own,
 * and a package manager refuses a second caller. What a process that died held is taken over.
 */
export const acrossProcesses = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  const lock = join(tmpdir(), `baton-${name}.lock`);
  const holder = join(lock, 'pid');
  while (!(await taken(lock))) {
    if (await isAbandoned(lock, holder)) {
      // Of several that find it so, one moves it away.
      const old = `${lock}.${process.pid}`;
      await rename(lock, old).then(
        () => rm(old, { recursive: true, force: true }),
        () => undefined,
      );
    } else await sleep(LOOK_EVERY_MS);
  }
  try {
    await writeFile(holder, String(process.pid));
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
};

const taken = async (lock: string): Promise<boolean> => {
  try {
    await mkdir(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const isAbandoned = async (lock: string, holder: string): Promise<boolean> => {
  const pid = Number(await readFile(holder, 'utf8').catch(() => ''));
  if (pid === 0) {
    const made = await stat(lock).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs > NAMED_WITHIN_MS;
  }
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
};
