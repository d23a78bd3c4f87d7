import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { BatonError } from '@baton/contracts';

import { cancellation } from '../../tool/cancelled.js';
import { findProgram } from '../process/interpreters.js';
import { ReturnedFiles } from '../process/returned-files.js';
import { supervise, type SupervisedEnd } from '../process/supervised-process.js';
import { tryOut } from '../try-out.js';
import type {
  Availability,
  SandboxDriver,
  SandboxEnd,
  SandboxFile,
  SandboxLimits,
  SandboxProgram,
  SandboxResult,
} from '../sandbox.js';
import type { QuickjsReport, QuickjsTask } from './quickjs.child.js';
import { PRELUDE } from './quickjs.prelude.js';

const CHILD = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './quickjs.child.ts' : './quickjs.child.js', import.meta.url),
);
/** Room for the process to start and to answer, beside the program's own time. */
const AROUND_MS = 10_000;
const MB = 1024 * 1024;

/**
 * JavaScript in QuickJS, an interpreter compiled to WebAssembly, in a process of its own under Node's permission
 * model. The language has no way out of itself: no file, no network, no process. Needs nothing installed.
 */
export class QuickjsDriver implements SandboxDriver {
  readonly name = 'quickjs';
  private readonly flags = nodeFlags();

  async check(): Promise<Availability> {
    try {
      await tryOut(this, ['javascript']);
      return { isAvailable: true, version: `Node ${process.version}`, languages: ['javascript'] };
    } catch (error) {
      return { isAvailable: false, reason: (error as Error).message };
    }
  }

  async run(program: SandboxProgram, limits: SandboxLimits, signal: AbortSignal): Promise<SandboxResult> {
    if (program.language !== 'javascript')
      throw new BatonError('sandbox-unavailable', 'The quickjs sandbox runs JavaScript only');
    const files = (program.files ?? []).filter(({ name }) => name !== 'main.js');
    const task: QuickjsTask = {
      code: program.code,
      prelude: PRELUDE,
      files: files.map(({ name, content }) => [name, content.toString('utf8')]),
      timeMs: limits.wallMs,
      memoryBytes: limits.memoryBytes,
      outputBytes: limits.outputBytes,
      diskBytes: Math.min(limits.diskBytes, limits.memoryBytes),
    };
    const ended = await supervise({
      ...mortally([process.execPath, ...this.flags, CHILD]),
      stdin: Buffer.from(JSON.stringify(task)),
      wallMs: limits.wallMs + AROUND_MS,
      // As JSON a byte may take six; the files come whole, and what is too much of them is left out here.
      outputBytes: 6 * (limits.outputBytes + limits.diskBytes) + MB,
      signal,
    });
    if (ended.stoppedFor === 'aborted') throw cancellation(signal);
    return resultOf(ended, limits, files);
  }
}

/** It ends with this process, however that ends; a program without end keeps its process from hearing of that. */
const mortally = (
  command: readonly string[],
): { readonly file: string; readonly args: readonly string[] } => {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  const [file = '', ...args] = setpriv === undefined ? command : [setpriv, '--pdeathsig', 'KILL', ...command];
  return { file, args };
};

const resultOf = (
  ended: SupervisedEnd,
  limits: SandboxLimits,
  before: readonly SandboxFile[],
): SandboxResult => {
  const durationMs = Math.round(ended.durationMs);
  const report = reportOf(ended);
  if (!report) {
    const nothing = { stdout: '', stderr: '', files: [], omitted: [], durationMs };
    return { end: endWithoutReport(ended), ...nothing };
  }
  const returned = new ReturnedFiles(limits, before);
  for (const [name, text] of report.files) returned.offer(name, Buffer.from(text));
  const { files, omitted } = returned;
  const end: SandboxEnd =
    'limit' in report.end
      ? { kind: 'stopped', limit: report.end.limit }
      : { kind: 'exited', code: report.end.code };
  return { end, stdout: report.stdout, stderr: report.stderr, files, omitted, durationMs };
};

const reportOf = ({ code, stdout }: SupervisedEnd): QuickjsReport | undefined =>
  code === 0 ? (JSON.parse(stdout.toString('utf8')) as QuickjsReport) : undefined;

/** What the interpreter itself did not survive. */
const endWithoutReport = ({ stoppedFor, stderr, code, signal }: SupervisedEnd): SandboxEnd => {
  if (stoppedFor === 'time' || stoppedFor === 'output') return { kind: 'stopped', limit: stoppedFor };
  const words = stderr.toString('utf8');
  if (/out of memory|Cannot enlarge memory|memory access out of bounds|Aborted\(/i.test(words))
    return { kind: 'stopped', limit: 'memory' };
  if (/Maximum call stack|stack overflow/i.test(words)) return { kind: 'killed', signal: 'SIGSEGV' };
  throw new BatonError('sandbox-unavailable', 'The quickjs sandbox did not come up', {
    cause: new Error(`${code ?? signal}: ${words.slice(0, 2000)}`),
  });
};

/** Its process may read its own code and nothing else, and start nothing. */
const nodeFlags = (): readonly string[] => {
  const entry = createRequire(import.meta.url).resolve('quickjs-emscripten');
  const packages = entry.slice(
    0,
    entry.lastIndexOf(`${sep}node_modules${sep}`) + `${sep}node_modules`.length,
  );
  const readable = [
    CHILD,
    join(dirname(CHILD), sep),
    join(packages, 'quickjs-emscripten', sep),
    join(packages, 'quickjs-emscripten-core', sep),
    join(packages, '@jitl', sep),
  ];
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--disable-warning=ExperimentalWarning',
    '--max-old-space-size=128',
  ];
};
