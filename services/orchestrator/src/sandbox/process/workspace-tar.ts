import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { extract, pack } from 'tar-stream';

import type { SandboxFile, SandboxLimits } from '../sandbox.js';
import { ReturnedFiles } from './returned-files.js';

/** The program's folder as it is before the program runs. */
export const packWorkspace = (files: readonly SandboxFile[]): Promise<Buffer> => {
  const archive = pack();
  for (const { name, content } of files) archive.entry({ name, mode: 0o644 }, content);
  archive.finalize();
  return buffer(archive as AsyncIterable<Buffer>);
};

/**
 * The regular files of an archive that a stranger may have made: links and devices are not followed but named,
 * and so is what is too much. An archive that is none, or that breaks off, gives what was whole before.
 */
export const unpackWorkspace = async (
  archive: Buffer,
  limits: Pick<SandboxLimits, 'returnedFiles' | 'returnedBytes'>,
  before: readonly SandboxFile[],
): Promise<Pick<ReturnedFiles, 'files' | 'omitted'>> => {
  const returned = new ReturnedFiles(limits, before);
  try {
    for await (const entry of Readable.from([archive]).pipe(extract())) {
      const { name, type } = entry.header;
      const content = await buffer(entry as AsyncIterable<Buffer>);
      if (type === 'file') returned.offer(name, content);
      else if (type !== 'directory') returned.omit(name, `it is no file but a ${String(type)}`);
    }
  } catch (error) {
    returned.omit('(what is behind it)', `the archive of the folder is broken: ${(error as Error).message}`);
  }
  return returned;
};
