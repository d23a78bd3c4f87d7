import type { ServiceProcess } from '@baton/system';

import type { Random } from '../random.js';
import type { ChaosSystem } from '../system.js';
import { type Fault, pause, type Reach, within } from './fault.js';

const BACK_MS = 60_000;
/** Longer than a lease, JetStream's patience and a relay's lease. */
const PAST_EVERY_LEASE_MS = 12_500;

const pidOf = (service: ServiceProcess): number | undefined => (service.running ? service.pid : undefined);

/** A service that runs, and its process; undefined where the one drawn is just starting. */
const draw = async (
  { system }: Reach,
  random: Random,
): Promise<{ service: ServiceProcess; pid: number } | undefined> => {
  const service = random.pick(system.services);
  await service.waitReady(BACK_MS).catch(() => undefined);
  const pid = pidOf(service);
  return pid === undefined ? undefined : { service, pid };
};

const isAnother = (service: ServiceProcess, pid: number) => (): boolean => {
  const now = pidOf(service);
  return now !== undefined && now !== pid;
};

const backAs = async (service: ServiceProcess, pid: number): Promise<boolean> => {
  if (!(await within(BACK_MS, isAnother(service, pid)))) return false;
  await service.waitReady(BACK_MS).catch(() => undefined);
  return true;
};

export const killed: Fault = {
  kind: 'a service killed',
  plan: 'F-1',
  lane: 'services',
  strike: async (reach, random) => {
    const drawn = await draw(reach, random);
    if (!drawn) return undefined;
    drawn.service.kill('SIGKILL');
    return (await backAs(drawn.service, drawn.pid)) ? `${drawn.service.name} ${drawn.pid}` : undefined;
  },
};

export const allKilled: Fault = {
  kind: 'every service killed at once',
  plan: 'F-1',
  lane: 'services',
  strike: async ({ system }) => {
    const before = system.services.map((service) => ({ service, pid: pidOf(service) }));
    for (const { service } of before) service.kill('SIGKILL');
    const back = await Promise.all(
      before.map(({ service, pid }) => (pid === undefined ? Promise.resolve(true) : backAs(service, pid))),
    );
    return back.every(Boolean) ? `${before.length} processes` : undefined;
  },
};

/** The harness goes round all points, so that each is hit before one is hit twice. */
export class CrashPointFaults {
  private waiting: string[] = [];
  /** Points that a process was killed, stopped or failed at. */
  readonly hit = new Set<string>();

  constructor(private readonly points: (system: ChaosSystem) => readonly string[]) {}

  get faults(): Fault[] {
    return [
      this.fault('a service killed at a crash point', 'CRASH_AT', 'F-1'),
      this.fault('a failure at a crash point', 'ERR_AT', 'F-1'),
    ];
  }

  private fault(kind: string, variable: 'CRASH_AT' | 'ERR_AT', plan: string): Fault {
    return {
      kind,
      plan,
      lane: 'services',
      strike: async ({ system }, random) => {
        const point = this.next(system, random);
        if (point === undefined) return undefined;
        const setting = `${variable}=${point}:${random.int(1, 4)}`;
        const armed = system.services
          .filter((service) => service.running)
          .map((service) => ({ service, pid: service.pid }))
          .filter(({ service }) => system.arm(service, setting));
        const isHit = (): boolean =>
          armed.some(({ pid }) => system.notes(pid, 'hit').some((line) => line.startsWith(`${point} `)));
        const hit = await within(4_000, isHit);
        if (hit) this.hit.add(point);
        // One that was reborn meanwhile has nothing to forget, and may not listen yet.
        for (const { service, pid } of armed) if (pidOf(service) === pid) system.arm(service, '');
        if (!hit) return undefined;
        if (variable === 'CRASH_AT') {
          const dead = armed.filter(({ service, pid }) => pidOf(service) !== pid);
          await Promise.all(dead.map(({ service, pid }) => backAs(service, pid)));
        }
        return `${point} ${variable}`;
      },
    };
  }

  private next(system: ChaosSystem, random: Random): string | undefined {
    if (this.waiting.length === 0) this.waiting = random.shuffle(this.points(system));
    return this.waiting.pop();
  }
}

export const stalled: Fault = {
  kind: 'a service frozen past its leases',
  plan: 'F-2',
  lane: 'services',
  strike: async (reach, random) => {
    const drawn = await draw(reach, random);
    if (!drawn) return undefined;
    const { service, pid } = drawn;
    const ms = random.chance(0.5) ? PAST_EVERY_LEASE_MS : random.int(500, 5_000);
    service.kill('SIGSTOP');
    await pause(ms);
    const isFrozen = pidOf(service) === pid;
    service.kill('SIGCONT');
    await service.waitReady(BACK_MS).catch(() => undefined);
    return isFrozen ? `${service.name} for ${ms} ms` : undefined;
  },
};

export const restarted: Fault = {
  kind: 'a service drained and restarted',
  plan: 'F-3',
  lane: 'services',
  strike: async (reach, random) => {
    const drawn = await draw(reach, random);
    if (!drawn) return undefined;
    await drawn.service.restart();
    return isAnother(drawn.service, drawn.pid)() ? drawn.service.name : undefined;
  },
};

export const skewed: Fault = {
  kind: 'clocks of two services set wrong',
  plan: 'F-13',
  lane: 'surroundings',
  isImpossible: ({ clocks }) => clocks === undefined,
  strike: async ({ system }, random) => {
    const names = random.shuffle([...new Set(system.services.map(({ name }) => name))]);
    const [late, early] = [names[0] ?? '', names[1] ?? ''];
    system.clocks?.set(late, -random.int(60, 3_600));
    system.clocks?.set(early, random.int(60, 3_600));
    await pause(5_000);
    const dates = await Promise.all([late, early].map((name) => dateOf(system, name)));
    system.clocks?.set(late, 0);
    system.clocks?.set(early, 0);
    await pause(1_500);
    const isWrong = dates.some((date) => date !== undefined && Math.abs(date - Date.now()) > 30_000);
    return isWrong ? `${late} behind, ${early} ahead` : undefined;
  },
};

/** What a service takes the time to be: the Date header of its answers. */
const dateOf = async (system: ChaosSystem, name: string): Promise<number | undefined> => {
  const service = system.services.find((each) => each.name === name);
  try {
    const { headers } = await fetch(`${service?.url}/health/live`);
    return Date.parse(headers.get('date') ?? '');
  } catch {
    return undefined;
  }
};
