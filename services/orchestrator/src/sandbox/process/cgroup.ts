import { access, constants, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import type { SandboxLimits } from '../sandbox.js';

/** Folders in which groups may be made: one of cgroup v2, or one for each controller of v1. */
export type CgroupRoots =
  | { readonly version: 2; readonly unified: string }
  | { readonly version: 1; readonly memory: string; readonly pids: string; readonly cpu: string };

const PREFIX = 'baton-sandbox-';
const KILL_ROUNDS = 200;
const KILL_PAUSE_MS = 10;

let made = 0;

/** One program with everything it starts: what it may use, what it ran into, and the end of all of it. */
export class Cgroup {
  private constructor(
    private readonly roots: CgroupRoots,
    private readonly folders: readonly string[],
  ) {}

  /** @throws where the kernel refuses */
  static async make(
    roots: CgroupRoots,
    { memoryBytes, tasks }: Pick<SandboxLimits, 'memoryBytes' | 'tasks'>,
  ): Promise<Cgroup> {
    made += 1;
    const name = `${PREFIX}${process.pid}-${made}`;
    const under = roots.version === 2 ? [roots.unified] : [roots.memory, roots.pids, roots.cpu];
    const group = new Cgroup(
      roots,
      [...new Set(under)].map((folder) => join(folder, name)),
    );
    try {
      for (const folder of group.folders) await mkdir(folder);
      if (roots.version === 2) {
        await group.set('memory.max', memoryBytes);
        await group.setIfThere('memory.swap.max', 0);
        await group.setIfThere('memory.oom.group', 0);
        await group.set('pids.max', tasks);
        await group.setIfThere('cpu.max', '100000 100000');
      } else {
        await group.set('memory.limit_in_bytes', memoryBytes);
        await group.setIfThere('memory.memsw.limit_in_bytes', memoryBytes);
        await group.set('pids.max', tasks);
        await group.setIfThere('cpu.cfs_period_us', 100_000);
        await group.setIfThere('cpu.cfs_quota_us', 100_000);
      }
      return group;
    } catch (error) {
      await group.remove();
      throw error;
    }
  }

  /** Where a process writes its number to be in the group. */
  get doors(): readonly string[] {
    return this.folders.map((folder) => join(folder, 'cgroup.procs'));
  }

  /** Whether the kernel killed one of its processes for want of memory. */
  async ranOutOfMemory(): Promise<boolean> {
    const file = this.roots.version === 2 ? 'memory.events' : 'memory.oom_control';
    return (await this.counter(file, 'oom_kill')) > 0;
  }

  /** Whether it was refused a process or a thread. */
  async ranOutOfTasks(): Promise<boolean> {
    return (await this.counter('pids.events', 'max')) > 0;
  }

  /** Kills what runs in it now. */
  async killAll(): Promise<void> {
    for (const door of this.doors) await killAll(door);
  }

  /**
   * Kills everything in it and takes it away; gives up on what the kernel does not let go of.
   * @throws Error then
   */
  async remove(): Promise<void> {
    for (let round = 0; round < KILL_ROUNDS; round += 1) {
      let alive = 0;
      for (const door of this.doors) alive += await killAll(door);
      if (alive === 0 && (await this.tryRemove())) return;
      await delay(KILL_PAUSE_MS);
    }
    throw new Error(`What runs in ${this.folders[0]} does not end`);
  }

  private async tryRemove(): Promise<boolean> {
    for (const folder of this.folders)
      try {
        await rmdir(folder);
      } catch (error) {
        if (!isMissing(error)) return false;
      }
    return true;
  }

  private async set(file: string, value: number | string): Promise<void> {
    const folder = await this.holding(file);
    if (folder === undefined) throw new Error(`The control group has no ${file}`);
    await writeFile(join(folder, file), `${value}`);
  }

  private async setIfThere(file: string, value: number | string): Promise<void> {
    if ((await this.holding(file)) !== undefined) await this.set(file, value);
  }

  private async holding(file: string): Promise<string | undefined> {
    for (const folder of this.folders) if (await isThere(join(folder, file), constants.F_OK)) return folder;
    return undefined;
  }

  private async counter(file: string, key: string): Promise<number> {
    const folder = await this.holding(file);
    if (folder === undefined) return 0;
    const text = await readFile(join(folder, file), 'utf8');
    return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
  }
}

/** The groups of a process that is gone: its programs are ended and its groups taken away. */
export const sweepLeftovers = async (roots: CgroupRoots): Promise<void> => {
  const folders = roots.version === 2 ? [roots.unified] : [roots.memory, roots.pids, roots.cpu];
  for (const folder of new Set(folders))
    for (const name of await readdir(folder)) {
      const owner = new RegExp(`^${PREFIX}(\\d+)-\\d+$`).exec(name)?.[1];
      if (owner === undefined || isAlive(Number(owner))) continue;
      await killAll(join(folder, name, 'cgroup.procs'));
      // Not empty yet: the next start takes it.
      await rmdir(join(folder, name)).catch(() => undefined);
    }
};

/** Where this process may make groups with a memory and a process limit. @returns words where nowhere */
export const findCgroups = async (
  configured: string | undefined,
  self = '/proc/self',
): Promise<CgroupRoots | { readonly reason: string }> => {
  const tried: string[] = [];
  for (const roots of await candidates(configured, self)) {
    try {
      if (roots.version === 2) await delegate(roots.unified);
      const probe = await Cgroup.make(roots, { memoryBytes: 64 * 1024 * 1024, tasks: 8 });
      await probe.remove();
      return roots;
    } catch (error) {
      tried.push((error as Error).message);
    }
  }
  return { reason: tried[0] ?? 'no control group with a memory and a process limit is mounted' };
};

const candidates = async (configured: string | undefined, self: string): Promise<CgroupRoots[]> => {
  if (configured !== undefined) return [{ version: 2, unified: configured }];
  const mounts = (await readFile(join(self, 'mounts'), 'utf8')).split('\n').map((line) => line.split(' '));
  const own = new Map(
    (await readFile(join(self, 'cgroup'), 'utf8')).split('\n').flatMap((line) => {
      const [, controllers = '', path = '/'] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      return controllers.split(',').map((controller) => [controller, path] as const);
    }),
  );
  const found: CgroupRoots[] = [];
  const unified = mounts.find(([, , type]) => type === 'cgroup2')?.[1];
  if (unified !== undefined) {
    const here = join(unified, own.get('') ?? '/');
    found.push({ version: 2, unified: here });
    // A group that holds processes hands no controller on; the one above may.
    if (here !== unified) found.push({ version: 2, unified: join(here, '..') });
  }
  const v1 = (controller: string): string | undefined => {
    const mount = mounts.find(
      ([, , type, options]) => type === 'cgroup' && options?.split(',').includes(controller),
    )?.[1];
    return mount === undefined ? undefined : join(mount, own.get(controller) ?? '/');
  };
  const [memory, pids, cpu] = [v1('memory'), v1('pids'), v1('cpu')];
  if (memory !== undefined && pids !== undefined)
    found.push({ version: 1, memory, pids, cpu: cpu ?? memory });
  return found;
};

/** Groups below this one have the controllers that we need. */
const delegate = async (folder: string): Promise<void> => {
  const file = join(folder, 'cgroup.subtree_control');
  const has = async (): Promise<boolean> => {
    const on = (await readFile(file, 'utf8')).split(/\s+/);
    return on.includes('memory') && on.includes('pids');
  };
  if (await has()) return;
  await writeFile(file, '+memory +pids +cpu');
  if (!(await has())) throw new Error(`${folder} hands no memory and pids controllers on`);
};

/** @returns how many were there to be killed */
const killAll = async (door: string): Promise<number> => {
  let text: string;
  try {
    text = await readFile(door, 'utf8');
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
  const pids = text.split('\n').filter(Boolean).map(Number);
  for (const pid of pids)
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  return pids.length;
};

/** Whether a process of this number runs. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

const isMissing = (error: unknown): boolean =>
  ['ENOENT', 'ENODEV'].includes((error as NodeJS.ErrnoException).code ?? '');

const isThere = (path: string, mode: number): Promise<boolean> =>
  access(path, mode).then(
    () => true,
    () => false,
  );
