import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

import { findBinary } from './find-binary.js';

const run = promisify(execFile);

const USER = 'postgres';

export interface UserIds {
  readonly uid: number;
  readonly gid: number;
}

/** How PostgreSQL's programs are started here: PostgreSQL refuses to run as root. */
export interface PostgresUser {
  /** Who must own the data; undefined where we run it as ourselves. */
  readonly owner: UserIds | undefined;
  /** The ids to spawn a program with. */
  readonly spawnAs: UserIds | Record<string, never>;
  /** What to put in front of a program. */
  readonly prefix: readonly string[];
}

/**
 * Finds a user that may run `binary` on data in `dataDir`: ourselves, or where we are root the user `postgres`, who
 * is made if need be. Throws, with the ways out named, when that user cannot reach one of the two.
 */
export const postgresUserFor = async (binary: string, dataDir: string): Promise<PostgresUser> => {
  if (process.getuid?.() !== 0) return { owner: undefined, spawnAs: {}, prefix: [] };
  const ids = (await idsOf(USER)) ?? (await createUser());
  const candidates = [{ owner: ids, spawnAs: ids, prefix: [] }, ...asOneWhoPassesThrough(ids)];
  const able = candidates.find((user) => canReach(user, [binary, dataDir]));
  if (able === undefined) throw new Error(outOfReach(binary, dataDir));
  return able;
};

/**
 * A checkout under /root is closed to every other user. There the server keeps one right of root, to pass through
 * folders. Without `no_setuid_fixup` access(2), by which PostgreSQL looks at its own binary, ignores that right.
 */
const asOneWhoPassesThrough = (owner: UserIds): PostgresUser[] => {
  const setpriv = findBinary('setpriv');
  if (setpriv === undefined) return [];
  return ['dac_read_search', 'dac_override'].map((right) => ({
    owner,
    spawnAs: {},
    prefix: [
      ...[setpriv, '--reuid', String(owner.uid), '--regid', String(owner.gid), '--clear-groups'],
      ...['--inh-caps', `+${right}`, '--ambient-caps', `+${right}`, '--securebits', '+no_setuid_fixup'],
    ],
  }));
};

const canReach = ({ prefix, spawnAs }: PostgresUser, paths: readonly string[]): boolean => {
  const look = ['/bin/sh', '-c', 'for p; do test -x "$p" || exit 1; done', 'sh', ...paths];
  const [file = '', ...args] = [...prefix, ...look];
  return spawnSync(file, args, { ...spawnAs, cwd: '/', stdio: 'ignore' }).status === 0;
};

const idsOf = async (name: string): Promise<UserIds | undefined> => {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined; // id exits with 1: there is no such user
  }
};

const createUser = async (): Promise<UserIds> => {
  const useradd = findBinary('useradd');
  const failure = await (
    useradd
      ? run(useradd, ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', USER])
      : run('adduser', ['-S', '-D', '-H', '-s', '/bin/false', USER])
  ).catch((error: unknown) => error);
  // Another start may have made the same user a moment ago: that it is there is what counts.
  const ids = await idsOf(USER);
  if (ids !== undefined) return ids;
  throw new Error(`PostgreSQL does not run as root, and the user ${USER} could not be made`, {
    cause: failure,
  });
};

const outOfReach = (binary: string, dataDir: string): string =>
  [
    `PostgreSQL does not run as root, and the user ${USER} cannot reach ${binary} or ${dataDir}.`,
    'Any one of these helps:',
    '  - start as an ordinary user',
    `  - move the checkout and the data directory to where the user ${USER} may enter`,
    '  - set DATABASE_URL to a server that runs already',
  ].join('\n');
