import type { Interpreters } from '../process/interpreters.js';
import { LAUNCHER } from '../process/launcher.js';
import type { Language, SandboxLimits } from '../sandbox.js';

const MB = 1024 * 1024;
const TEMPORARY_BYTES = 16 * MB;
/** The kernel's id of nobody. */
const NOBODY = '65534';
const OPEN_FILES = 256;
/** Where memory is held for each process only there may be fewer of them: Node needs about fourteen for itself. */
const TASKS_WITHOUT_GROUP = 24;
const NODE_BYTES_WITHOUT_GROUP = 1024 * MB;

/** The descriptor on which bwrap reads the filter. */
export const FILTER_FD = 3;

/** Where the interpreter runs and what it sees: the whole of the sandbox's outside. */
export const bwrapArguments = (
  { mounts, links, commands }: Interpreters,
  language: Language,
  limits: SandboxLimits,
  hasGroup: boolean,
): string[] => {
  const command = commandOf(commands, language, limits);
  const tasks = hasGroup ? limits.tasks : Math.min(limits.tasks, TASKS_WITHOUT_GROUP);
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
    ...[`--nproc=${tasks}`, '--core=0', `--nofile=${OPEN_FILES}`, `--fsize=${limits.diskBytes}`],
    ...['--memlock=0', '--msgqueue=0', ...dataLimit(language, limits, hasGroup)],
    ...['--', '/usr/bin/sh', '-c', LAUNCHER, 'launcher', ...command],
  ];
};

/**
 * Python is told that its memory is at an end, and can say so. V8 sets room aside that it never uses and dies where it
 * gets none: it has its own heap limit, and this one only where no group holds all of it.
 */
const dataLimit = (
  language: Language,
  { memoryBytes }: SandboxLimits,
  hasGroup: boolean,
): readonly string[] => {
  if (language === 'python') return [`--data=${memoryBytes}`];
  return hasGroup ? [] : [`--data=${Math.max(4 * memoryBytes, NODE_BYTES_WITHOUT_GROUP)}`];
};

export const commandOf = (
  commands: Interpreters['commands'],
  language: Language,
  { memoryBytes }: SandboxLimits,
): readonly string[] => {
  const command = language === 'javascript' ? commands.javascript(memoryBytes) : commands.python?.();
  if (!command) throw new Error(`There is no interpreter for ${language}`);
  return command;
};
