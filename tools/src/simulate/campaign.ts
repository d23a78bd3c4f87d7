import { runEpisode, type EpisodeResult } from './episode.js';
import { type Fault, FAULT_NAMES } from './faults.js';
import type { Mutants } from './mutants.js';
import type { Definitions } from './services.js';

export interface Campaign {
  readonly definitions: Definitions;
  readonly kek: Buffer;
  readonly mutants: Mutants;
  readonly sweeps: boolean;
  readonly conversations: number;
  readonly faults: ReadonlySet<Fault>;
}

/** What many episodes came to. */
export interface Tally {
  episodes: number;
  steps: number;
  /** Worlds that were not right at the end. */
  readonly failed: EpisodeResult[];
  readonly hits: Map<string, number>;
  readonly counts: Map<string, number>;
  readonly errors: Map<string, number>;
  readonly recoveriesMs: number[];
}

export const ALL_FAULTS: ReadonlySet<Fault> = new Set(FAULT_NAMES);
/** Without sweeps nothing may be lost for good: the stream stays. */
export const WITHOUT_STREAM_LOSS: ReadonlySet<Fault> = new Set(
  FAULT_NAMES.filter((fault) => fault !== 'stream-lost'),
);

/** Episodes of the seeds that follow each other, until `isEnough` or one fails. */
export const runCampaign = async (
  campaign: Campaign,
  firstSeed: number,
  isEnough: (tally: Tally) => boolean,
  onEpisode: (tally: Tally, result: EpisodeResult) => void = () => undefined,
): Promise<Tally> => {
  const tally: Tally = {
    episodes: 0,
    steps: 0,
    failed: [],
    hits: new Map(),
    counts: new Map(),
    errors: new Map(),
    recoveriesMs: [],
  };
  for (let seed = firstSeed; !isEnough(tally); seed += 1) {
    const result = await runEpisode({ ...campaign, seed });
    tally.episodes += 1;
    tally.steps += result.steps;
    tally.recoveriesMs.push(result.recoveryMs);
    addAll(tally.hits, result.hits);
    addAll(tally.counts, Object.entries(result.counts));
    addAll(tally.errors, result.errors);
    if (result.breaches.length > 0) tally.failed.push(result);
    onEpisode(tally, result);
  }
  return tally;
};

const addAll = (sums: Map<string, number>, more: Iterable<readonly [string, number]>): void => {
  for (const [name, count] of more) sums.set(name, (sums.get(name) ?? 0) + count);
};
