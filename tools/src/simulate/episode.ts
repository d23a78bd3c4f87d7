import { audit } from './auditor.js';
import { Clients } from './clients.js';
import type { Fault } from './faults.js';
import { Ledger } from './ledger.js';
import type { Mutants } from './mutants.js';
import { type Definitions, SERVICES, TALLIED } from './services.js';
import { simulateTime } from './simulated-time.js';
import { World } from './world.js';

export interface EpisodeOptions {
  readonly seed: number;
  readonly definitions: Definitions;
  readonly kek: Buffer;
  readonly faults: ReadonlySet<Fault>;
  readonly mutants: Mutants;
  readonly sweeps: boolean;
  readonly conversations: number;
}

export interface EpisodeResult {
  readonly seed: number;
  readonly steps: number;
  readonly breaches: readonly { readonly invariant: string; readonly what: string }[];
  readonly hits: ReadonlyMap<Fault, number>;
  readonly counts: Readonly<Record<string, number>>;
  /** Simulated milliseconds from the end of the faults until nothing was under way any more. */
  readonly recoveryMs: number;
  readonly errors: ReadonlyMap<string, number>;
}

const WARM_UP_MS = 2000;
const FAULTS_END_MS = 50_000;
const CLOSE_MS = 55_000;
/** So long after the last fault everything must have come right. */
const LIVENESS_MS = 240_000;
const AGENTS = 3;

/** One world from its birth to its verdict: warm-up, faults, healing, quiet, audit. */
export const runEpisode = async (options: EpisodeOptions): Promise<EpisodeResult> => {
  const world = new World(options);
  const restore = simulateTime(world.kernel);
  const ledger = new Ledger();
  const { kernel } = world;
  const began = kernel.nowMs;
  watchOrder(world, ledger);
  try {
    const clients = new Clients(world, ledger, { conversations: options.conversations, agents: AGENTS });
    world.start();
    kernel.after(WARM_UP_MS, null, () => clients.start());
    kernel.after(FAULTS_END_MS, null, () => world.heal());
    kernel.after(CLOSE_MS, null, () => clients.close());
    const limit = began + FAULTS_END_MS + LIVENESS_MS;
    let isQuiet = false;
    const look = (): void => {
      if (kernel.nowMs - began > CLOSE_MS + 1000 && openWork(world).length === 0) ledger.isQuiet = true;
      isQuiet = ledger.isQuiet && clients.busy === 0 && openWork(world).length === 0;
      kernel.after(500, null, look);
    };
    look();
    await kernel.run(() => isQuiet || kernel.nowMs > limit);
    if (!isQuiet)
      ledger.breach(
        'liveness',
        `Not over ${LIVENESS_MS / 1000} s after the last fault: ${openWork(world).slice(0, 8).join('; ') || `${clients.busy} clients wait`}`,
      );
  } finally {
    restore();
  }
  for (const defect of world.network.defects) ledger.breach('defect', defect);
  await audit(world, ledger, options.kek);
  return {
    seed: options.seed,
    steps: kernel.steps,
    breaches: ledger.breaches,
    hits: world.faults.hits,
    counts: countsOf(world, ledger),
    recoveryMs: kernel.nowMs - began - FAULTS_END_MS,
    errors: world.errors,
  };
};

/** What is still to be done, in words. */
const openWork = (world: World): string[] => {
  const { orchestrator, 'queue-manager': queue } = world.databases;
  const open = SERVICES.filter((service) => world.databases[service].log.outbox.size > 0).map(
    (service) => `${service} has ${world.databases[service].log.outbox.size} events to publish`,
  );
  if (world.network.stream.unsettled > 0)
    open.push(`${world.network.stream.unsettled} messages are not settled`);
  for (const row of orchestrator.log.rows('conversations'))
    if (['AI_PROCESSING', 'PENDING_HUMAN', 'HUMAN_ACTIVE'].includes(String(row['state'])))
      open.push(`${String(row['conversation_id'])} is ${String(row['state'])}`);
  for (const row of orchestrator.log.rows('conversation_turns'))
    if (['COLLECTING', 'PROCESSING'].includes(String(row['status'])))
      open.push(
        `turn ${String(row['turn_number'])} of ${String(row['conversation_id'])} is ${String(row['status'])}`,
      );
  const told = (service: 'orchestrator' | 'memory-worker' | 'tally', ...types: readonly string[]): number =>
    world.databases[service].log.log.filter(({ type }) => types.includes(type)).length;
  const toRemember =
    told('orchestrator', 'conversation.turn_completed') - told('memory-worker', 'memory.turn_remembered');
  if (toRemember > 0) open.push(`${toRemember} turns are not remembered`);
  const toTally = told('orchestrator', ...TALLIED) - world.databases.tally.log.log.length;
  if (toTally > 0) open.push(`${toTally} effects are missing`);
  for (const row of queue.log.rows('human_agents'))
    if (Number(row['active_count']) > 0)
      open.push(`${String(row['agent_id'])} has ${String(row['active_count'])} slots taken`);
  return open;
};

/** I11: of each stream, no version is told before the one before it. */
const watchOrder = (world: World, ledger: Ledger): void => {
  const told = new Map<string, number>();
  world.network.stream.onStored(({ stream_type, stream_id, version }) => {
    const key = `${stream_type}/${stream_id}`;
    const last = told.get(key) ?? 0;
    if (version > last + 1) ledger.breach('I11', `${key} was told version ${version} behind ${last}`);
    told.set(key, Math.max(last, version));
  });
};

const countsOf = (world: World, ledger: Ledger): Record<string, number> => {
  const { orchestrator, 'memory-worker': memory } = world.databases;
  const turns = orchestrator.log.rows('conversation_turns');
  return {
    'messages acknowledged': ledger.acknowledged.size,
    'answers unknown, asked again': ledger.unknowns,
    'refused, and told so': [...ledger.refusals.values()].reduce((sum, each) => sum + each, 0),
    turns: turns.length,
    'turns answered by the AI': turns.filter((row) => row['reply'] !== null).length,
    'turn attempts beyond the first': turns.reduce(
      (sum, row) => sum + Math.max(0, Number(row['attempts']) - 1),
      0,
    ),
    'handed over': orchestrator.log
      .rows('handover_events')
      .filter((row) => row['type'] === 'handed_over' || row['type'] === 'conversation.handed_over').length,
    'human messages': ledger.humanMessages.length,
    memories: memory.log.rows('memories').length,
    'purchases tried again': [...world.outside.bought.values()].reduce(
      (sum, { times }) => sum + times - 1,
      0,
    ),
    'events in the logs': SERVICES.reduce((sum, service) => sum + world.databases[service].log.log.length, 0),
  };
};
