import { randomBytes } from 'node:crypto';

import { MAIN_FILE, type SandboxFile, type SandboxLimits, type SandboxProgram } from '../sandbox.js';
import type { Tail } from './capped-output.js';
import { packWorkspace } from './workspace-tar.js';

/**
 * What runs first inside: unpacks the folder from stdin, runs the program on an empty stdin, ends whatever it left
 * running, and sends the folder back behind its output. The first line of stdin is a word that nobody can guess
 * beforehand; it marks where the output begins and ends. A program that finds it out can only forge its own result.
 */
export const LAUNCHER = `IFS= read -r word
cd /work || exit 120
tar -xf - || exit 121
printf '%s\\n' "$word"
"$@" </dev/null
code=$?
kill -9 -1 2>/dev/null
printf '\\n%s %s\\n' "$word" "$code"
exec tar -cf - .
`;

/** Bytes that the launcher itself says beside the program's output: its marks, and a shell's word on a signal. */
export const LAUNCHER_WORDS = 512;

export interface LauncherInput {
  readonly word: string;
  readonly stdin: Buffer;
  /** The folder as the program finds it. */
  readonly files: readonly SandboxFile[];
}

export const launcherInput = async ({
  language,
  code,
  files = [],
}: SandboxProgram): Promise<LauncherInput> => {
  const word = randomBytes(24).toString('hex');
  const main = MAIN_FILE[language];
  const all = [...files.filter(({ name }) => name !== main), { name: main, content: Buffer.from(code) }];
  return { word, stdin: Buffer.concat([Buffer.from(`${word}\n`), await packWorkspace(all)]), files: all };
};

/** Behind it on stdout the folder comes: tar rounds up to blocks, and has its own. */
export const launcherTail = ({ word }: LauncherInput, { diskBytes }: SandboxLimits): Tail => ({
  mark: closingMark(word),
  bytes: diskBytes + 1024 * 1024,
});

const closingMark = (word: string): Buffer => Buffer.from(`\n${word} `);

export interface LauncherOutput {
  /** Whether the sandbox came up and the program was begun. */
  readonly hasBegun: boolean;
  readonly stdout: Buffer;
  /** As a shell gives it: 128 and the number for a signal. Undefined where the launcher did not live to tell. */
  readonly code: number | undefined;
  /** The folder as the program left it; undefined with the code. */
  readonly archive: Buffer | undefined;
}

/** Takes the launcher's stdout apart. */
export const readLauncherOutput = (output: Buffer, word: string): LauncherOutput => {
  const opening = Buffer.from(`${word}\n`);
  if (!output.subarray(0, opening.length).equals(opening))
    return { hasBegun: false, stdout: Buffer.alloc(0), code: undefined, archive: undefined };
  const said = output.subarray(opening.length);
  const closing = said.indexOf(closingMark(word));
  if (closing === -1) return { hasBegun: true, stdout: said, code: undefined, archive: undefined };
  const codeAt = closing + word.length + 2;
  const lineEnd = said.indexOf('\n', codeAt);
  const code = Number(said.subarray(codeAt, lineEnd).toString());
  return {
    hasBegun: true,
    stdout: said.subarray(0, closing),
    code: Number.isInteger(code) ? code : undefined,
    archive: lineEnd === -1 ? undefined : said.subarray(lineEnd + 1),
  };
};
