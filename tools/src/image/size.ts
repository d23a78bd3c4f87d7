import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What the files of a folder hold, symbolic links not followed. */
export const bytesIn = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true }).reduce(
    (sum, entry) => (entry.isFile() ? sum + lstatSync(join(entry.parentPath, entry.name)).size : sum),
    0,
  );

export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
