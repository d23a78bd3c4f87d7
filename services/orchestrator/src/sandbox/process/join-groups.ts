import type { Cgroup } from './cgroup.js';

/** Puts itself into the groups before it becomes the command: nothing of the command ever runs outside of them. */
const JOIN = 'while [ "$1" != -- ]; do echo $$ > "$1" || exit 119; shift; done; shift; exec "$@"';

export const joinGroups = (
  group: Cgroup | undefined,
  command: readonly string[],
): { readonly file: string; readonly args: readonly string[]; readonly kill?: () => Promise<void> } => {
  if (!group) {
    const [file = '', ...args] = command;
    return { file, args };
  }
  return {
    file: '/bin/sh',
    args: ['-c', JOIN, 'join', ...group.doors, '--', ...command],
    kill: () => group.killAll(),
  };
};
