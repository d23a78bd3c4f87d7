import type { Language, SandboxDriver, SandboxProgram, SandboxResult } from './sandbox.js';
import { DEFAULT_LIMITS } from './sandbox.js';

/** A program that says how the sandbox looks from within: the variables it sees and whether it can write where it must not. */
const PROGRAMS: Readonly<Record<Language, string>> = {
  javascript: `const fs = require('fs');
let outside = 'read-only';
try { fs.writeFileSync('/baton-outside', ''); outside = 'writable'; } catch {}
fs.writeFileSync('made.txt', 'made');
console.log('ready ' + outside);`,
  python: `outside = 'read-only'
try:
    open('/baton-outside', 'w'); outside = 'writable'
except OSError:
    pass
open('made.txt', 'w').write('made')
print('ready ' + outside)`,
};

const PATIENCE_MS = 30_000;

/**
 * Runs a small program in each language and looks at what comes back.
 * @throws Error which says in words for the operator what is wrong
 */
export const tryOut = async (
  driver: Pick<SandboxDriver, 'run' | 'name'>,
  languages: readonly Language[],
): Promise<void> => {
  await Promise.all(
    languages.map(async (language) => {
      const program: SandboxProgram = { language, code: PROGRAMS[language] };
      const limits = { ...DEFAULT_LIMITS, wallMs: PATIENCE_MS };
      const result = await driver.run(program, limits, new AbortController().signal);
      if (!isReady(result)) throw new Error(`a first ${language} program went wrong: ${inShort(result)}`);
    }),
  );
};

const isReady = ({ end, stdout, files }: SandboxResult): boolean =>
  end.kind === 'exited' &&
  end.code === 0 &&
  stdout.trim() === 'ready read-only' &&
  files.some(({ name, content }) => name === 'made.txt' && content.toString() === 'made');

const inShort = ({ end, stdout, stderr }: SandboxResult): string =>
  JSON.stringify({ end, stdout: stdout.slice(0, 200), stderr: stderr.slice(-500) });
