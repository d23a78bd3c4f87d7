import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { ProcessSpec } from '../processes/tracked-process.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import type { PostgresUser } from './postgres-user.js';

const run = promisify(execFile);

export const SUPERUSER = 'postgres';

/** The files of one PostgreSQL: the cluster proper, the password of its superuser, and who may touch them. */
export class PostgresCluster {
  readonly path: string;
  private readonly passwordFile: string;
  private knownPassword: string | undefined;

  constructor(
    private readonly dataDir: string,
    private readonly binaries: PostgresBinaries,
    private readonly user: PostgresUser,
    /** Whether it must survive a power cut from its first moment on. */
    private readonly kept: boolean,
  ) {
    this.path = join(dataDir, 'data');
    this.passwordFile = join(dataDir, 'superuser-password');
  }

  /** How to run one of PostgreSQL's programs as the user who owns the data. */
  command(
    program: string,
    args: readonly string[],
  ): Pick<ProcessSpec, 'file' | 'args' | 'env' | 'uid' | 'gid'> {
    const [file = program, ...rest] = [...this.user.prefix, program, ...args];
    return { file, args: rest, env: environment(), ...this.user.spawnAs };
  }

  /** The superuser's password: made once, kept with the data, and the same for as long as this process runs. */
  async password(): Promise<string> {
    if (existsSync(this.passwordFile)) {
      this.knownPassword = await readFile(this.passwordFile, 'utf8');
    } else {
      this.knownPassword ??= randomBytes(18).toString('base64url');
      await mkdir(this.dataDir, { recursive: true });
      await writeFile(this.passwordFile, this.knownPassword, { mode: 0o600, flag: 'wx', flush: this.kept });
      if (this.kept) await syncFolder(this.dataDir);
    }
    return this.knownPassword;
  }

  /** Makes the cluster where there is none. One that a crash left half made is thrown away and made anew. */
  async initialise(): Promise<void> {
    if (existsSync(join(this.path, 'PG_VERSION'))) return;
    const unfinished = `${this.path}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    const passwordCopy = join(this.dataDir, 'initdb-password');
    await writeFile(passwordCopy, await this.password(), { mode: 0o600 });
    try {
      await Promise.all([this.giveToOwner(unfinished), this.giveToOwner(passwordCopy)]);
      await this.initdb(unfinished, passwordCopy);
    } finally {
      await rm(passwordCopy, { force: true });
    }
    await rename(unfinished, this.path);
  }

  private async initdb(directory: string, passwordFile: string): Promise<void> {
    const { file, args, ...options } = this.command(this.binaries.initdb, [
      ...['--pgdata', directory, '--username', SUPERUSER, '--pwfile', passwordFile],
      ...['--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C'],
      ...['--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
      ...(this.kept ? [] : ['--no-sync']),
    ]);
    try {
      await run(file, args, { ...options, cwd: '/' });
    } catch (error) {
      const said = (error as { stderr?: string }).stderr?.trim();
      throw new Error(`PostgreSQL's initdb failed: ${said || (error as Error).message}`, { cause: error });
    }
  }

  private async giveToOwner(path: string): Promise<void> {
    const { owner } = this.user;
    if (owner !== undefined) await chown(path, owner.uid, owner.gid);
  }
}

/** Until then a power cut may leave a file in it without its name. */
const syncFolder = async (path: string): Promise<void> => {
  const folder = await open(path);
  await folder.sync().finally(() => folder.close());
};

/** A PostgreSQL client's variables mean another server, and the locale must not depend on who starts it. */
const environment = (): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PG'))),
  LC_ALL: 'C',
});
