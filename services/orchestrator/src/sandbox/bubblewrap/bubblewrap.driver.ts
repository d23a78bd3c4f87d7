import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { BatonError } from '@baton/contracts';

import { Cgroup, type CgroupRoots, findCgroups, sweepLeftovers } from '../process/cgroup.js';
import { findInterpreters, findProgram, type Interpreters } from '../process/interpreters.js';
import { LAUNCHER_WORDS, launcherInput, launcherTail } from '../process/launcher.js';
import { programResult, UNCOUNTED } from '../process/program-result.js';
import { joinGroups } from '../process/join-groups.js';
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
import { bwrapArguments } from './bwrap-arguments.js';
import { isSeccompArchitecture, seccompFilter } from './seccomp/filter.js';

const execute = promisify(execFile);

/** What a run is made with; found once. */
interface Equipment {
  readonly bwrap: string;
  readonly interpreters: Interpreters;
  readonly filter: Buffer;
  /** Undefined where this machine lets us make none: the limits then hold for each process. */
  readonly cgroups: CgroupRoots | undefined;
  /** In front of bwrap: gives up root before anything else happens. */
  readonly asNobody: readonly string[];
}

/**
 * Namespaces, no capabilities, a seccomp allow-list, resource limits for each process and, where the machine lets
 * us, a control group for all of them. The kernel is shared with the host.
 */
export class BubblewrapDriver implements SandboxDriver {
  readonly name = 'bubblewrap';
  private equipment: Equipment | undefined;

  /** @param cgroupFolder a cgroup v2 folder that is ours to make groups in */
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
    if (!equipment) throw new BatonError('sandbox-unavailable', 'The bubblewrap sandbox was not checked');
    const { bwrap, interpreters, filter, cgroups, asNobody } = equipment;
    const input = await launcherInput(program);
    const group = cgroups && (await Cgroup.make(cgroups, limits));
    try {
      const ended = await supervise({
        ...joinGroups(group, [
          ...asNobody,
          bwrap,
          ...bwrapArguments(interpreters, program.language, limits, group !== undefined),
        ]),
        stdin: input.stdin,
        extraInput: filter,
        wallMs: limits.wallMs,
        outputBytes: limits.outputBytes + LAUNCHER_WORDS,
        tail: launcherTail(input, limits),
        signal,
      });
      const counted = group
        ? {
            ranOutOfMemory: await group.ranOutOfMemory(),
            ranOutOfTasks: await group.ranOutOfTasks(),
          }
        : UNCOUNTED;
      return await programResult(this.name, ended, input, counted, limits, signal);
    } finally {
      await group?.remove();
    }
  }

  private async equip(): Promise<Availability> {
    if (process.platform !== 'linux') throw new Error('bubblewrap needs Linux');
    if (!isSeccompArchitecture(process.arch)) throw new Error(`there is no filter for ${process.arch}`);
    const bwrap = findProgram('bwrap');
    if (bwrap === undefined) throw new Error('bwrap is not installed (Debian: apt-get install bubblewrap)');
    const { stdout } = await execute(bwrap, ['--version']);
    const found = await findCgroups(this.cgroupFolder);
    const cgroups = 'reason' in found ? undefined : found;
    if (cgroups) await sweepLeftovers(cgroups);
    const interpreters = await findInterpreters();
    const languages: Language[] = [
      'javascript',
      ...(interpreters.commands.python ? ['python' as const] : []),
    ];
    const whole = { bwrap, interpreters, filter: seccompFilter(), cgroups };
    let failure: unknown;
    // Behind root's own id there is more to be had by who breaks out; where nobody can't read our Node it must do.
    for (const asNobody of nobodyFirst()) {
      this.equipment = { ...whole, asNobody };
      try {
        await tryOut(this, languages);
        const version = `${stdout.trim()}${cgroups ? `, cgroup v${cgroups.version}` : ', no cgroup'}`;
        return { isAvailable: true, version, languages };
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }
}

const nobodyFirst = (): readonly (readonly string[])[] => {
  const setpriv = findProgram('setpriv');
  if (process.getuid?.() !== 0 || setpriv === undefined) return [[]];
  return [
    [setpriv, '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all', '--no-new-privs'],
    [],
  ];
};
