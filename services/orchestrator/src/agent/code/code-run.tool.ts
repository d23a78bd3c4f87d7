import type { Language, Sandbox, SandboxFile, SandboxLimits } from '../../sandbox/sandbox.js';
import type { Tool } from '../../tool/tool.js';
import { reportOf, type RunReport } from './run-report.js';

export const CODE_RUN = 'code.run';

/** Beside the program's own time: waiting for room, and the sandbox coming up. */
const AROUND_MS = 60_000;
const LONGEST_CODE = 64_000;

/**
 * Runs a program of a model's in the sandbox, in a folder with the files that its earlier programs left there. A
 * read: nothing of it stays outside, so that it may be run again.
 */
export const codeRunTool = (sandbox: Sandbox, folder: () => readonly SandboxFile[]): Tool => ({
  name: CODE_RUN,
  description: `Runs a program and gives back what it printed, how it ended and the files that it wrote. ${aboutSandbox(sandbox)}`,
  source: 'builtin',
  inputSchema: {
    type: 'object',
    properties: {
      language: { enum: [...sandbox.languages], description: 'What the program is written in' },
      code: {
        type: 'string',
        minLength: 1,
        maxLength: LONGEST_CODE,
        pattern: '\\S',
        description: 'The whole program. Print what you want to see.',
      },
    },
    required: ['language', 'code'],
    additionalProperties: false,
  },
  riskTier: 'LOW',
  timeoutMs: sandbox.limits.wallMs + AROUND_MS,
  idempotency: 'safe',
  sees: [],
  run: async (args, { signal }): Promise<RunReport> =>
    reportOf(
      await sandbox.run(
        { language: args['language'] as Language, code: args['code'] as string, files: folder() },
        signal,
      ),
    ),
});

const NAMES: Readonly<Record<Language, string>> = { javascript: 'JavaScript', python: 'Python' };

/** The sandbox in words for a model. */
export const aboutSandbox = ({ driver, languages, limits }: Sandbox): string =>
  `${languages.map((language) => NAMES[language]).join(' or ')}${
    driver === 'quickjs'
      ? ', the language alone: console, and fs for files in memory (readFileSync, writeFileSync, readdirSync), no other module'
      : ', with the standard library alone'
  }. It runs in an empty folder without network, variables or other files, for at most ${inWords(limits)}.`;

const inWords = ({ wallMs, memoryBytes, outputBytes, diskBytes }: SandboxLimits): string =>
  `${wallMs / 1000} s, with ${megabytes(memoryBytes)} of memory, ${megabytes(diskBytes)} of files and ${Math.round(outputBytes / 1024)} kB of output`;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MB`;
