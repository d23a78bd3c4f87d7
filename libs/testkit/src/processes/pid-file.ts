import { readFileSync, rmSync, writeFileSync } from 'node:fs';

import { waitFor } from '../wait-for.js';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity.js';

/** What is written beside the data of a process that we started: who it is and who started it. */
interface PidRecord {
  readonly process: ProcessIdentity;
  readonly owner: ProcessIdentity;
}

/** Records a process that this one has just started. */
export const writePidFile = async (path: string, pid: number): Promise<void> => {
  const [child, owner] = await Promise.all([identityOf(pid), identityOf(process.pid)]);
  if (child === undefined || owner === undefined) return; // it has ended already: nothing to leave over
  writeFileSync(path, JSON.stringify({ process: child, owner } satisfies PidRecord), { mode: 0o600 });
};

export const removePidFile = (path: string): void => rmSync(path, { force: true });

export interface Leftover {
  readonly pid: number;
}

/**
 * Stops what a killed parent left running, and says what it was; undefined when there was nothing.
 * Throws when the one who started it still lives: then it is no leftover, and two would share its data.
 */
export const stopLeftover = async (
  path: string,
  { name, signal, graceMs }: { name: string; signal: NodeJS.Signals; graceMs: number },
): Promise<Leftover | undefined> => {
  const record = readPidFile(path);
  if (record === undefined) return undefined;
  if (!(await isRunning(record.process))) {
    removePidFile(path);
    return undefined;
  }
  if (await isRunning(record.owner)) {
    throw new Error(
      `${name} (process ${record.process.pid}) belongs to process ${record.owner.pid}, which still runs`,
    );
  }
  await endProcess(record.process, { name, signal, graceMs });
  removePidFile(path);
  return { pid: record.process.pid };
};

const endProcess = async (
  target: ProcessIdentity,
  { name, signal, graceMs }: { name: string; signal: NodeJS.Signals; graceMs: number },
): Promise<void> => {
  const gone = async (): Promise<boolean> => !(await isRunning(target));
  const what = `the end of ${name} (process ${target.pid}) from an earlier run`;
  sendSignal(target.pid, signal);
  try {
    await waitFor(gone, { what, timeoutMs: graceMs });
  } catch {
    sendSignal(target.pid, 'SIGKILL');
    await waitFor(gone, { what });
  }
};

/** Sends a signal; false when there is no such process any more. */
export const sendSignal = (pid: number, signal: NodeJS.Signals): boolean => {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
};

const readPidFile = (path: string): PidRecord | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as PidRecord;
  } catch (error) {
    // A file cut short by a crash names nobody, as an absent one does.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return undefined;
    throw error;
  }
};
