import { stat } from 'node:fs/promises';
import { join } from 'node:path';

import { BatonError } from '@baton/contracts';
import type { FastifyReply } from 'fastify';

/** No hidden file, no way up, nothing that means something to a shell or a file system. */
const PATH = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const YEAR_MS = 31_536_000_000;
const HOUR_MS = 3_600_000;

/** How long a browser may keep a file without asking. */
export type Keeping = 'for good' | 'an hour' | 'never';

/** Sends a file of a page's folder, compressed where the build left it so. @throws BatonError `not-found` */
export const sendPageFile = async (
  reply: FastifyReply,
  folder: string,
  path: string,
  keeping: Keeping,
): Promise<void> => {
  if (!PATH.test(path) || !(await isFile(join(folder, path))))
    throw new BatonError('not-found', 'There is no such file');
  const maxAge = { 'for good': YEAR_MS, 'an hour': HOUR_MS, never: 0 }[keeping];
  void reply.sendFile(path, folder, { maxAge, immutable: keeping === 'for good', dotfiles: 'ignore' });
};

export const isFile = async (path: string): Promise<boolean> => {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
};
