import type { Interpreters } from '../process/interpreters.js';
import { LAUNCHER } from '../process/launcher.js';
import type { Language, SandboxLimits } from '../sandbox.js';

const MB = 1024 * 1024;
const TEMPORARY_BYTES = 16 * MB;
/** The kernel's id of nobody. */
const NOBODY = '65534';
const OPEN_FILES = 256;

/** The descriptor on which bwrap reads the filter. */
export const FILTER_FD = 3;

/** Where the interpreter runs and what it sees: the whole of the sandbox's outside. */
export const bwrapArguments = (
  { mounts, links, commands }: Interpreters,
  language: Language,
  limits: SandboxLimits,
): string[] => {
  const command = commandOf(commands, language, limits);
  return [
    ...['--unshare-all', '--unshare-user', '--disable-userns', '--uid', NOBODY, '--gid', NOBODY],
    ...['--hostname', 'sandbox', '--die-with-parent', '--new-session', '--cap-drop', 'ALL', '--clearenv'],
    ...['--setenv', 'PATH', '/usr/bin', '--setenv', 'HOME', '/work'],
    ...['--setenv', 'TMPDIR', '/tmp', '--setenv', 'LANG', 'C.UTF-8'],
    ...mounts.flatMap(({ from, to }) => ['--ro-bind', from, to]),
    ...links.flatMap(({ at, to }) => ['--symlink', to, at]),
    ...['--proc', '/proc', '--dev', '/dev', '--remount-ro', '/dev'],
    ...['--size', `${limits.diskBytes}`, '--tmpfs', '/work'],
    ...['--size', `${TEMPORARY_BYTES}`, '--tmpfs', '/tmp'],
    ...['--remount-ro', '/', '--chdir', '/work', '--seccomp', `${FILTER_FD}`],
    ...['--', '/usr/bin/prlimit', `--cpu=${limits.cpuSeconds}:${limits.cpuSeconds + 1}`],
    ...[`--nproc=${limits.tasks}`, '--core=0', `--nofile=${OPEN_FILES}`, `--fsize=${limits.diskBytes}`],
    ...['--memlock=0', '--msgqueue=0', `--data=${dataBytes(language, limits)}`],
    ...['--', '/usr/bin/sh', '-c', LAUNCHER, 'launcher', ...command],
  ];
};

/** Python is told that its memory is at an end; V8 dies of it, so that its own heap limit must come first. */
const dataBytes = (language: Language, { memoryBytes }: SandboxLimits): number =>
  language === 'python' ? memoryBytes : 4 * memoryBytes;

export const commandOf = (
  commands: Interpreters['commands'],
  language: Language,
  { memoryBytes }: SandboxLimits,
): readonly string[] => {
  const command = language === 'javascript' ? commands.javascript(memoryBytes) : commands.python?.();
  if (!command) throw new Error(`There is no interpreter for ${language}`);
  return command;
};
