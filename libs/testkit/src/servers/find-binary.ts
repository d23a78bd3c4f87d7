import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where package managers put servers that a user's PATH may leave out. */
const USUAL_FOLDERS = [
  '/usr/sbin',
  '/usr/local/sbin',
  '/usr/bin',
  '/usr/local/bin',
  '/opt/homebrew/bin',
  '/opt/homebrew/sbin',
  '/home/linuxbrew/.linuxbrew/bin',
];

/** PATH first, then the usual folders. */
export const binaryFolders = (path: string = process.env['PATH'] ?? ''): readonly string[] => [
  ...path.split(delimiter).filter(Boolean),
  ...USUAL_FOLDERS,
];

/** The path of an executable; undefined when it is in none of the folders. */
export const findBinary = (name: string, folders: readonly string[] = binaryFolders()): string | undefined =>
  folders.map((folder) => join(folder, name)).find(isExecutableFile);

const isExecutableFile = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};
