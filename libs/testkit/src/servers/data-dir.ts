import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface DataDir {
  readonly path: string;
  /** Removes a directory that was made for one run; one that was asked for stays. */
  cleanUp(): Promise<void>;
}

/** The directory that was asked for, made if need be, or a temporary one. */
export const openDataDir = async (wanted: string | undefined, name: string): Promise<DataDir> => {
  if (wanted !== undefined) {
    const path = resolve(wanted);
    await mkdir(path, { recursive: true });
    return { path, cleanUp: () => Promise.resolve() };
  }
  const path = await mkdtemp(join(tmpdir(), `baton-${name}-`));
  // PostgreSQL runs as another user when we are root, and must be able to pass through.
  await chmod(path, 0o711);
  return { path, cleanUp: () => rm(path, { recursive: true, force: true }) };
};
