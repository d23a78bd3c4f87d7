import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { findBinary } from '@baton/testkit';

/** Nobody's: neither ours nor root's. */
const USER = '65532';

export interface Confined {
  readonly file: string;
  readonly args: readonly string[];
}

/** Whether a program can be run as in a container here: Linux, root, bubblewrap. */
export const canConfine = (): boolean =>
  process.platform === 'linux' &&
  process.getuid?.() === 0 &&
  findBinary('bwrap') !== undefined &&
  findBinary('setpriv') !== undefined;

/**
 * How node is run as a restricted pod runs it: an assembled folder at `/baton`, a root that cannot be written, a `/tmp`
 * that can, another user without any capability. The network is the machine's.
 */
export const confined = (folder: string, args: readonly string[]): Confined => ({
  file: 'bwrap',
  args: [
    ...['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
    ...['--ro-bind', '/usr', '/usr'],
    ...['bin', 'lib', 'lib64', 'sbin'].flatMap((name) =>
      existsSync(join('/usr', name)) ? ['--symlink', `usr/${name}`, `/${name}`] : [],
    ),
    ...['--ro-bind', folder, '/baton', '--ro-bind', process.execPath, '/node'],
    ...['--proc', '/proc', '--dev', '/dev', '--perms', '1777', '--tmpfs', '/tmp', '--remount-ro', '/'],
    ...['--chdir', '/baton', '--cap-drop', 'ALL', '--cap-add', 'CAP_SETUID', '--cap-add', 'CAP_SETGID'],
    ...['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--clear-groups', '--no-new-privs'],
    ...['/node', ...args],
  ],
});
