import { mkdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import type { Interpreters } from '../process/interpreters.js';

const FOLDERS = ['proc', 'dev', 'work', 'tmp', 'usr/bin', 'etc'];

/** An empty root with a place for everything that is mounted into it. */
export const makeRootSkeleton = async (root: string, { mounts, links }: Interpreters): Promise<void> => {
  for (const folder of FOLDERS) await mkdir(join(root, folder), { recursive: true });
  for (const { from, to } of mounts) {
    const place = join(root, to);
    if ((await stat(from)).isDirectory()) {
      await mkdir(place, { recursive: true });
      continue;
    }
    // One inside of a folder that is itself mounted is there already.
    if (mounts.some((other) => to.startsWith(`${other.to}/`))) continue;
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, '');
  }
  for (const { at, to } of links) await symlink(to, join(root, at));
};
