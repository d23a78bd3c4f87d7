import { posix } from 'node:path';

import type { SandboxFile, SandboxLimits } from '../sandbox.js';

/** How many files that are not given back are named. */
const MOST_OMITTED = 20;
const LONGEST_NAME = 200;

/** Chooses, of what a program left, what is given back: files that are new or changed, as many as there is room for. */
export class ReturnedFiles {
  readonly files: SandboxFile[] = [];
  readonly omitted: { name: string; reason: string }[] = [];
  private readonly known: ReadonlyMap<string, Buffer>;
  private room: number;

  /** @param before what the program found in its folder */
  constructor(
    private readonly limits: Pick<SandboxLimits, 'returnedFiles' | 'returnedBytes'>,
    before: readonly SandboxFile[],
  ) {
    this.known = new Map(before.map(({ name, content }) => [name, content]));
    this.room = limits.returnedBytes;
  }

  offer(given: string, content: Buffer): void {
    const { returnedFiles, returnedBytes } = this.limits;
    const name = plainName(given);
    if (name === undefined) return this.omit(given, 'its name is not one of a file in the folder');
    if (this.known.get(name)?.equals(content)) return;
    if (this.files.length >= returnedFiles)
      return this.omit(name, `there are more than ${returnedFiles} files`);
    if (content.length > this.room)
      return this.omit(
        name,
        `its ${content.length} bytes find no room: ${returnedBytes} bytes are given back in all`,
      );
    this.room -= content.length;
    this.files.push({ name, content });
  }

  omit(name: string, reason: string): void {
    if (this.omitted.length < MOST_OMITTED) this.omitted.push({ name: name.slice(0, LONGEST_NAME), reason });
  }
}

/** `./a/b.txt` as `a/b.txt`; undefined where it leads out of the folder or can't be shown. */
const plainName = (given: string): string | undefined => {
  const name = posix.normalize(given);
  const isOutside = name.startsWith('/') || name === '.' || name === '..' || name.startsWith('../');
  // eslint-disable-next-line no-control-regex -- what a terminal or a log would take for a command
  return isOutside || name.length > LONGEST_NAME || /[\u0000-\u001f\u007f\ufffd]/.test(name)
    ? undefined
    : name;
};
