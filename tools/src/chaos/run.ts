import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { waitFor } from '@baton/testkit';
import { findCheckout, SERVICE_NAMES, type ServiceName } from '@baton/system';

import { audit, type Verdict } from './audit/auditor.js';
import { gather } from './audit/evidence.js';
import { projectionsAgain } from './audit/projection-checks.js';
import { Client } from './client.js';
import { crashPointsOf } from './crash-points.js';
import { allFaults } from './faults/all-faults.js';
import type { Fault } from './faults/fault.js';
import { pause } from './faults/fault.js';
import { Ledger } from './ledger.js';
import { Customers, type Tenant } from './load/customers.js';
import { Staff } from './load/staff.js';
import { StaffReader } from './load/staff-reader.js';
import { quiesce } from './quiesce.js';
import { Random } from './random.js';
import { memoryOf, type ResidentMemory } from './resources.js';
import { Schedule, type Struck } from './schedule.js';
import { API_KEY, ChaosSystem } from './system.js';

export interface RunOptions {
  readonly dataDir: string;
  readonly seed: string;
  readonly minutes: number;
  readonly customers: number;
  /** How many processes of each service; an orchestrator beside the first unless told. */
  readonly replicas?: number;
  /** Names or parts of names; all faults unless given. */
  readonly kinds: readonly string[];
  /** A run long enough that each crash point must have been passed. */
  readonly isLong: boolean;
  readonly say: (line: string) => void;
}

export interface RunResult {
  readonly verdict: Verdict;
  readonly struck: readonly Struck[];
  readonly ledger: Ledger;
  readonly memory: { readonly before: ResidentMemory; readonly after: ResidentMemory };
  readonly resumes: number;
  /** What the desk was told again, or late. */
  readonly toldAgain: number;
  readonly answersLost: number;
}

const WARM_UP_MS = 5_000;
const REST_MS = 180_000;
const AGENTS = 6;
/** Nobody erases, decides or consults here: e2e/src/approval-crash kills whoever does. */
const NOT_IN_THE_LOAD = /erasure|approval\.|consultation\.|run\.(before|after)_pause/;

/** Warm-up, faults, healing, rest, verdict. */
export const runChaos = async (options: RunOptions): Promise<RunResult> => {
  const { dataDir, seed, say } = options;
  mkdirSync(dataDir, { recursive: true });
  const random = new Random(seed);
  const system = await ChaosSystem.start({
    dataDir,
    random,
    say: (line) => options.isLong && say(line),
    withDisks: true,
    withClocks: true,
    replicas: besides(options.replicas),
  });
  const points = crashPointsOf(findCheckout());
  const faults = chosen(
    options.kinds,
    allFaults(() => points),
  ).filter(({ isImpossible }) => !isImpossible?.(system));
  const ledger = new Ledger(join(dataDir, 'ledger.jsonl'));
  const client = new Client(() => system.baton.url, API_KEY);
  try {
    const tenants: Tenant[] = [{ name: 'default', apiKey: API_KEY }, await secondTenant(client)];
    const staffs = tenants.map(
      (tenant) => new Staff(client, ledger, tenant, random.fork(`staff of ${tenant.name}`)),
    );
    for (const staff of staffs) await staff.hire(AGENTS);
    const reader = new StaffReader(() => system.baton.url, client, random.fork('desk'));
    await reader.start();
    const customers = new Customers({
      client,
      ledger,
      tenants,
      random: random.fork('customers'),
      count: options.customers,
      thinkMs: 300,
      personPercent: 20,
    });
    customers.start();
    for (const staff of staffs) staff.start();
    await pause(WARM_UP_MS);
    const before = memoryOf(system.services);
    say(`warm: ${ledger.messages.length} messages; now ${faults.length} kinds of fault`);

    const schedule = new Schedule(faults, { system, customers, staffs }, random.fork('faults'), say);
    await schedule.run(options.minutes * 60_000);
    say('healed; nothing new begins');
    await customers.stop();
    const left = await quiesce(system, REST_MS);
    if (left) say(`not at rest: ${JSON.stringify(left)}`);
    await Promise.all(staffs.map((staff) => staff.stop()));
    await deskCaughtUp(system, reader);
    const evidence = await gather({ system, ledger, staffs, reader });
    const verdict = await audit(evidence);
    await reader.stop();
    const projections = await projectionsAgain(system);
    const passed = system.passedPoints();
    const unpassed = options.isLong
      ? points.filter((point) => !passed.has(point) && !NOT_IN_THE_LOAD.test(point))
      : [];
    return {
      verdict: {
        ...verdict,
        breaches: [
          ...verdict.breaches,
          ...projections,
          ...unpassed.map((point) => ({
            invariant: 'harness',
            what: `no process passed the crash point ${point}`,
          })),
        ],
      },
      struck: schedule.struck,
      ledger,
      memory: { before, after: memoryOf(system.services) },
      resumes: reader.resumes,
      toldAgain: reader.messagesAgain.length + reader.versionsAgain.length,
      answersLost: system.proxy.lost,
    };
  } finally {
    client.close();
    await ledger.close();
    await system.stop();
  }
};

/** Which services get one more process, as often as they do. */
const besides = (replicas: number | undefined): readonly ServiceName[] =>
  replicas === undefined
    ? ['orchestrator']
    : Array.from({ length: replicas - 1 }, () => SERVICE_NAMES).flat();

const chosen = (kinds: readonly string[], faults: readonly Fault[]): Fault[] => {
  if (kinds.length === 0) return [...faults];
  const found = faults.filter(({ kind, plan }) =>
    kinds.some((wanted) => kind.includes(wanted) || plan === wanted),
  );
  if (found.length === 0) throw new Error(`No fault is called ${kinds.join(' or ')}`);
  return found;
};

const secondTenant = async (client: Client): Promise<Tenant> => {
  const { body, status } = await client.post<{ tenant_id: string; api_key: string }>('/api/v1/tenants', {
    name: 'the other one',
  });
  if (status !== 201) throw new Error(`No second tenant: ${status}`);
  return { name: body.tenant_id, apiKey: body.api_key };
};

const deskCaughtUp = async (system: ChaosSystem, reader: StaffReader): Promise<void> => {
  const [row] = await system.sql<{ count: number }>(
    `SELECT count(*)::int AS count FROM orchestrator.messages WHERE tenant_id = 'default'`,
  );
  // What it missed for good is for the checks to say.
  await waitFor(() => reader.expiries.length > 0 || reader.messages.size >= (row?.count ?? 0), {
    what: 'the desk',
    timeoutMs: 20_000,
    everyMs: 100,
  }).catch(() => undefined);
};
