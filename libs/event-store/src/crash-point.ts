import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { BatonError } from '@baton/contracts';

/**
 * Named places between two effects where a test may end, freeze or fail the process. With none of the variables set
 * a crash point is an empty function. `name:n` is the n-th hit from now, `name` the first.
 *
 * - `CRASH_AT` kills the process there, `STALL_AT` stops it (SIGCONT wakes it), `ERR_AT` throws `unavailable`, as if
 *   what was asked there had not answered.
 * - `CRASH_CONTROL` names a directory. SIGUSR2 makes the process read `<pid>.arm` there (lines `CRASH_AT=name:n`),
 *   so that one which has long been running can be armed. It notes each point that it passes the first time in
 *   `<pid>.passed`, and each that it was hit at in `<pid>.hit`.
 */
export type CrashPoint = (name: string) => void;

/** What a point that is reached does to the process. */
export type CrashEffect = 'SIGKILL' | 'SIGSTOP' | 'error';

interface Trigger {
  readonly name: string;
  readonly hit: number;
  readonly effect: CrashEffect;
}

const VARIABLES = { CRASH_AT: 'SIGKILL', STALL_AT: 'SIGSTOP', ERR_AT: 'error' } as const;

const parseTrigger = (setting: string | undefined, effect: CrashEffect): Trigger[] => {
  if (!setting) return [];
  const [name = '', count = '1'] = setting.split(':');
  const hit = Number(count);
  if (!Number.isInteger(hit) || hit < 1)
    throw new Error(`Crash point "${setting}": ${count} is no count of hits`);
  return [{ name, hit, effect }];
};

const parseTriggers = (env: Readonly<Record<string, string | undefined>>): Trigger[] =>
  Object.entries(VARIABLES).flatMap(([variable, effect]) => parseTrigger(env[variable], effect));

/** Makes the crash point for an environment; throws on a hit that is no positive integer. */
export const createCrashPoint = (
  env: NodeJS.ProcessEnv,
  send: (signal: NodeJS.Signals) => void,
): CrashPoint => {
  const control = env['CRASH_CONTROL'] ? new Control(env['CRASH_CONTROL']) : undefined;
  let triggers = parseTriggers(env);
  if (triggers.length === 0 && control === undefined) return () => undefined;
  const hits = new Map<string, number>();
  control?.onArmed((armed) => {
    triggers = armed;
    hits.clear();
  });
  return (name) => {
    const count = (hits.get(name) ?? 0) + 1;
    hits.set(name, count);
    control?.passed(name);
    for (const trigger of triggers) {
      if (trigger.name !== name || trigger.hit !== count) continue;
      control?.hit(trigger);
      if (trigger.effect === 'error') throw new BatonError('unavailable', `ERR_AT ${name}`);
      send(trigger.effect);
    }
  };
};

/** The directory by which a test arms a process that runs, and hears what it went through. */
class Control {
  private readonly known = new Set<string>();

  constructor(private readonly directory: string) {}

  onArmed(arm: (triggers: Trigger[]) => void): void {
    process.on('SIGUSR2', () => {
      const lines = readFileSync(this.file('arm'), 'utf8').trim().split('\n');
      arm(parseTriggers(Object.fromEntries(lines.map((line) => line.split('=') as [string, string]))));
    });
  }

  passed(name: string): void {
    if (this.known.has(name)) return;
    this.known.add(name);
    appendFileSync(this.file('passed'), `${name}\n`);
  }

  hit({ name, effect }: Trigger): void {
    appendFileSync(this.file('hit'), `${name} ${effect}\n`);
  }

  private file(suffix: string): string {
    return join(this.directory, `${process.pid}.${suffix}`);
  }
}

/** Marks a crash point of production code; costs nothing unless a test armed it. */
export const crashPoint: CrashPoint = createCrashPoint(process.env, (signal) => {
  process.kill(process.pid, signal);
});
