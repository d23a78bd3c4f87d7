import type { SandboxFile, SandboxResult } from '../../sandbox/sandbox.js';

/** What a model is told of a run of its program, as it is journaled: JSON, small enough to be kept whole. */
export interface RunReport {
  readonly outcome: 'succeeded' | 'failed' | 'stopped';
  /** Set where it ended by itself. */
  readonly exit_code?: number;
  /** Set where a signal ended it. */
  readonly signal?: string;
  /** Set where a limit ended it. */
  readonly limit?: string;
  readonly stdout: string;
  readonly stderr: string;
  /** New or changed files in its folder; they are there again in the next run. */
  readonly files: readonly ReportedFile[];
  readonly files_left_out: readonly { readonly name: string; readonly reason: string }[];
  readonly duration_ms: number;
}

/** Text as it is, anything else in base64. */
export type ReportedFile = { readonly name: string; readonly bytes: number } & (
  { readonly text: string } | { readonly base64: string }
);

/** Characters. Together with the files they stay below what a tool's result may hold. */
const LONGEST_STDOUT = 8000;
const LONGEST_STDERR = 4000;

export const reportOf = ({ end, stdout, stderr, files, omitted, durationMs }: SandboxResult): RunReport => ({
  outcome:
    end.kind === 'stopped' ? 'stopped' : end.kind === 'exited' && end.code === 0 ? 'succeeded' : 'failed',
  ...(end.kind === 'exited' && { exit_code: end.code }),
  ...(end.kind === 'killed' && { signal: end.signal }),
  ...(end.kind === 'stopped' && { limit: end.limit }),
  stdout: beginningAndEnd(printable(stdout), LONGEST_STDOUT),
  stderr: beginningAndEnd(printable(stderr), LONGEST_STDERR),
  files: files.map(reportedFile),
  files_left_out: omitted,
  duration_ms: durationMs,
});

/** The files of a report that was journaled; whatever else stands there has none. */
export const filesOf = (report: unknown): readonly SandboxFile[] => {
  const { files } = (report ?? {}) as Partial<RunReport>;
  return (Array.isArray(files) ? (files as readonly ReportedFile[]) : []).map((file) => ({
    name: file.name,
    content: 'text' in file ? Buffer.from(file.text, 'utf8') : Buffer.from(file.base64, 'base64'),
  }));
};

export const reportedFile = ({ name, content }: SandboxFile): ReportedFile => {
  const text = content.toString('utf8');
  const isText = Buffer.from(text).equals(content) && text === printable(text);
  return { name, bytes: content.length, ...(isText ? { text } : { base64: content.toString('base64') }) };
};

/** Without what a terminal would obey. */
const printable = (text: string): string =>
  // eslint-disable-next-line no-control-regex -- those are what is meant
  text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\ufffd');

/** Where something is left out the text says so: mistakes mostly stand at the end. */
const beginningAndEnd = (text: string, longest: number): string => {
  if (text.length <= longest) return text;
  const half = Math.floor(longest / 2);
  const left = text.length - 2 * half;
  return `${text.slice(0, half).toWellFormed()}\n[… ${left} characters are left out here …]\n${text.slice(-half).toWellFormed()}`;
};
