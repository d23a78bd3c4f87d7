import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A process that a pid file speaks of: pids are reused, a pid with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** Who has this pid now; undefined when nobody has, or only a zombie that waits to be reaped. */
export const identityOf = async (pid: number): Promise<ProcessIdentity | undefined> => {
  const startedAt = process.platform === 'linux' ? await linuxStart(pid) : await posixStart(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
};

/** Whether that very process still runs. */
export const isRunning = async ({ pid, startedAt }: ProcessIdentity): Promise<boolean> =>
  (await identityOf(pid))?.startedAt === startedAt;

/** Boot id and the ticks since boot: two containers of one host, or two boots, never agree by chance. */
const linuxStart = async (pid: number): Promise<string | undefined> => {
  try {
    const [boot, stat] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // The second field is the command in brackets and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, startTicks] = [fields[0], fields[19]];
    return state === 'Z' || state === 'X' ? undefined : `${boot.trim()}/${startTicks}`;
  } catch {
    return undefined; // no such process: /proc has no such folder
  }
};

const posixStart = async (pid: number): Promise<string | undefined> => {
  try {
    const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    const [state = '', ...started] = stdout.trim().split(/\s+/);
    return state === '' || state.startsWith('Z') ? undefined : started.join(' ');
  } catch {
    return undefined; // ps exits with 1 when there is no such process
  }
};

/** What was run to start it, with its arguments; undefined when there is no such process. */
export const commandLineOf = async (pid: number): Promise<string | undefined> => {
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    }
    return (await run('ps', ['-o', 'command=', '-p', String(pid)])).stdout.trim();
  } catch {
    return undefined;
  }
};
