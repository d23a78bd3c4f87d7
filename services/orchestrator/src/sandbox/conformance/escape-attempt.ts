import type { Language, SandboxLimits, SandboxResult } from '../sandbox.js';

/** Something hostile, and how one sees that it came to nothing. */
export interface EscapeAttempt {
  readonly name: string;
  /** What it does, in each language in which it can be written. It prints ESCAPED where it got what it wanted. */
  readonly programs: Partial<Readonly<Record<Language, string>>>;
  /** Where the usual ones would take too long. */
  readonly limits?: Partial<SandboxLimits>;
  /** Beyond not escaping. Words for what is wrong, undefined where nothing is. */
  readonly expects?: (result: SandboxResult) => string | undefined;
}

/** What the attempts find outside, if they get there. */
export interface Outside {
  /** Of a server that listens on the host's loopback. */
  readonly port: number;
  /** Of a file on the host that anyone may read, and what it says. */
  readonly file: string;
  readonly secret: string;
  /** The service that runs the sandbox. */
  readonly pid: number;
}

/** Contained: it said nothing of an escape, nothing of the secret, and ended as it must. */
export const faultOf = (
  attempt: EscapeAttempt,
  result: SandboxResult,
  outside: Outside,
): string | undefined => {
  const shown = result.files.map(({ content }) => content.toString('latin1'));
  if (result.stdout.includes('ESCAPED')) return `it escaped: ${result.stdout.slice(0, 500)}`;
  if ([result.stdout, result.stderr, ...shown].some((text) => text.includes(outside.secret)))
    return 'it read the secret of the host';
  return attempt.expects?.(result);
};

/** It is ended from outside, or by a limit of its own. */
export const isCut =
  (...limits: readonly string[]) =>
  ({ end }: SandboxResult): string | undefined =>
    (end.kind === 'stopped' && limits.includes(end.limit)) || end.kind === 'killed'
      ? undefined
      : `it should have been stopped (${limits.join(', ')}), but ${JSON.stringify(end)}`;

/** It ends without success, by a limit or by an error that it was given. */
export const cannotSucceed = ({ end }: SandboxResult): string | undefined =>
  end.kind === 'exited' && end.code === 0 ? 'it came to a good end' : undefined;
