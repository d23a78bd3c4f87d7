/**
 * Named places between two effects where a test may end or freeze the process: `CRASH_AT=after-append:3` kills it
 * at the third hit, `STALL_AT` stops it (SIGCONT wakes it). With neither set a crash point is an empty function.
 */
export type CrashPoint = (name: string) => void;

interface Trigger {
  readonly name: string;
  readonly hit: number;
  readonly signal: NodeJS.Signals;
}

const parseTrigger = (setting: string | undefined, signal: NodeJS.Signals): Trigger[] => {
  if (!setting) return [];
  const [name = '', count = '1'] = setting.split(':');
  const hit = Number(count);
  if (!Number.isInteger(hit) || hit < 1)
    throw new Error(`Crash point "${setting}": ${count} is no count of hits`);
  return [{ name, hit, signal }];
};

/** Makes the crash point for an environment; throws on a hit that is no positive integer. */
export const createCrashPoint = (
  env: NodeJS.ProcessEnv,
  send: (signal: NodeJS.Signals) => void,
): CrashPoint => {
  const triggers = [...parseTrigger(env['CRASH_AT'], 'SIGKILL'), ...parseTrigger(env['STALL_AT'], 'SIGSTOP')];
  if (triggers.length === 0) return () => undefined;
  const hits = new Map<string, number>();
  return (name) => {
    const count = (hits.get(name) ?? 0) + 1;
    hits.set(name, count);
    for (const trigger of triggers) {
      if (trigger.name === name && trigger.hit === count) send(trigger.signal);
    }
  };
};

/** Marks a crash point of production code; costs nothing unless a test armed it. */
export const crashPoint: CrashPoint = createCrashPoint(process.env, (signal) => {
  process.kill(process.pid, signal);
});
