import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { BatonError } from '@baton/contracts';

import { Cgroup, type CgroupRoots, findCgroups, isAlive, sweepLeftovers } from '../process/cgroup.js';
import { findInterpreters, findProgram, type Interpreters } from '../process/interpreters.js';
import { joinGroups } from '../process/join-groups.js';
import { LAUNCHER_WORDS, launcherInput, launcherTail } from '../process/launcher.js';
import { programResult } from '../process/program-result.js';
import { supervise } from '../process/supervised-process.js';
import { tryOut } from '../try-out.js';
import type {
  Availability,
  Language,
  SandboxDriver,
  SandboxLimits,
  SandboxProgram,
  SandboxResult,
} from '../sandbox.js';
import { ociConfig } from './oci-config.js';
import { makeRootSkeleton } from './root-skeleton.js';

const execute = promisify(execFile);

interface Equipment {
  readonly runsc: string;
  readonly interpreters: Interpreters;
  readonly cgroups: CgroupRoots;
  /** In front of runsc: it ends with this process, however that ends. */
  readonly mortal: readonly string[];
}

/** The kernel that the program sees is a process of its own, with tasks and memory of its own. */
const KERNEL_TASKS = 192;
const KERNEL_BYTES = 128 * 1024 * 1024;

/**
 * gVisor: the program talks to a kernel in user space, which alone talks to the host's, through a filter of its
 * own. Memory and tasks of both together are held by a control group: without one there is no such sandbox here.
 */
export class GvisorDriver implements SandboxDriver {
  readonly name = 'gvisor';
  private equipment: Equipment | undefined;
  private started = 0;

  constructor(private readonly cgroupFolder?: string) {}

  async check(): Promise<Availability> {
    try {
      return await this.equip();
    } catch (error) {
      this.equipment = undefined;
      return { isAvailable: false, reason: (error as Error).message };
    }
  }

  async run(program: SandboxProgram, limits: SandboxLimits, signal: AbortSignal): Promise<SandboxResult> {
    const { equipment } = this;
    if (!equipment) throw new BatonError('sandbox-unavailable', 'The gvisor sandbox was not checked');
    const { runsc, interpreters, cgroups, mortal } = equipment;
    const input = await launcherInput(program);
    this.started += 1;
    const id = `baton-${process.pid}-${this.started}`;
    const folder = await mkdtemp(join(tmpdir(), `${FOLDER_PREFIX}${process.pid}-`));
    try {
      await mkdir(join(folder, 'rootfs'));
      await makeRootSkeleton(join(folder, 'rootfs'), interpreters);
      const config = ociConfig(join(folder, 'rootfs'), interpreters, program.language, limits);
      await writeFile(join(folder, 'config.json'), JSON.stringify(config));
      const group = await Cgroup.make(cgroups, {
        memoryBytes: limits.memoryBytes + KERNEL_BYTES,
        tasks: limits.tasks + KERNEL_TASKS,
      });
      try {
        const command = [runsc, ...FLAGS, `--root=${join(folder, 'state')}`, 'run', '--bundle', folder, id];
        const ended = await supervise({
          ...joinGroups(group, [...mortal, ...command]),
          stdin: input.stdin,
          wallMs: limits.wallMs,
          outputBytes: limits.outputBytes + LAUNCHER_WORDS,
          tail: launcherTail(input, limits),
          signal,
        });
        const counted = {
          ranOutOfMemory: await group.ranOutOfMemory(),
          ranOutOfTasks: await group.ranOutOfTasks(),
        };
        return await programResult(this.name, ended, input, counted, limits, signal);
      } finally {
        await group.remove();
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  private async equip(): Promise<Availability> {
    if (process.platform !== 'linux') throw new Error('gVisor needs Linux');
    const runsc = findProgram('runsc');
    if (runsc === undefined) throw new Error('runsc is not installed (Debian: apt-get install runsc)');
    if (process.getuid?.() !== 0) throw new Error('runsc needs root to set its sandbox up');
    const { stdout } = await execute(runsc, ['--version']);
    const cgroups = await findCgroups(this.cgroupFolder);
    if ('reason' in cgroups) throw new Error(`its limits need a control group: ${cgroups.reason}`);
    await sweepLeftovers(cgroups);
    await sweepFolders();
    const interpreters = await findInterpreters();
    const languages: Language[] = [
      'javascript',
      ...(interpreters.commands.python ? ['python' as const] : []),
    ];
    const setpriv = findProgram('setpriv');
    const mortal = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL'];
    this.equipment = { runsc, interpreters, cgroups, mortal };
    await tryOut(this, languages);
    return { isAvailable: true, version: stdout.split('\n')[0]?.trim() ?? 'runsc', languages };
  }
}

const FLAGS = ['--platform=ptrace', '--network=none', '--ignore-cgroups'];

const FOLDER_PREFIX = 'baton-gvisor-';

/** What a process that is gone could not take away itself. */
const sweepFolders = async (): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    const owner = /^baton-gvisor-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner)))
      await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
};
