import { ALL_FAULTS, type Campaign, runCampaign, WITHOUT_STREAM_LOSS } from './campaign.js';
import type { EpisodeResult } from './episode.js';
import { JUDGED_WITHOUT_SWEEPS, MUTANT_NAMES, type Mutant, type Mutants } from './mutants.js';
import type { Definitions } from './services.js';

/** What became of a system without one of its safeguards. */
export interface MutantResult {
  /** Undefined: the system as it is, in the world that some mutants are judged in. */
  readonly mutant: Mutant | undefined;
  readonly sweeps: boolean;
  readonly episodes: number;
  readonly steps: number;
  /** The first episode that went wrong. */
  readonly caught: EpisodeResult | undefined;
}

const MOST_EPISODES = 40;

/** The world a mutant is judged in; see {@link JUDGED_WITHOUT_SWEEPS}. */
export const campaignOf = (
  parts: { readonly definitions: Definitions; readonly kek: Buffer; readonly conversations: number },
  mutant: Mutant | 'none',
): Campaign => {
  const mutants: Mutants = new Set(mutant === 'none' ? [] : [mutant]);
  const withoutSweeps = mutant === 'none' || JUDGED_WITHOUT_SWEEPS.has(mutant);
  return {
    ...parts,
    mutants,
    sweeps: !withoutSweeps && mutant !== 'no-republish',
    faults: withoutSweeps ? WITHOUT_STREAM_LOSS : ALL_FAULTS,
  };
};

/** Each safeguard is taken away in turn: each time some world must go wrong. The system as it is must not. */
export const tryMutants = async (
  parts: { readonly definitions: Definitions; readonly kek: Buffer; readonly conversations: number },
  seed: number,
  onResult: (result: MutantResult) => void,
): Promise<MutantResult[]> => {
  const results: MutantResult[] = [];
  for (const [index, mutant] of ['none' as const, ...MUTANT_NAMES].entries()) {
    const campaign = campaignOf(parts, mutant);
    const tally = await runCampaign(
      campaign,
      seed + index * MOST_EPISODES,
      ({ failed, episodes }) => failed.length > 0 || episodes >= MOST_EPISODES,
    );
    const result: MutantResult = {
      mutant: mutant === 'none' ? undefined : mutant,
      sweeps: campaign.sweeps,
      episodes: tally.episodes,
      steps: tally.steps,
      caught: tally.failed[0],
    };
    results.push(result);
    onResult(result);
  }
  return results;
};

/** Right: every mutant was caught, and the system as it is was not. */
export const isProof = (results: readonly MutantResult[]): boolean =>
  results.every(({ mutant, caught }) => (mutant === undefined) === (caught === undefined));
