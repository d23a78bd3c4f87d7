import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { EpisodeResult } from './episode.js';
import { type Fault, FAULT_NAMES } from './faults.js';

/** A world that goes wrong, as the command line names it. */
export interface Failing {
  readonly seed: number;
  readonly faults: ReadonlySet<Fault>;
  readonly conversations: number;
  readonly breaches: EpisodeResult['breaches'];
}

const MAIN = fileURLToPath(new URL('./main.js', import.meta.url));

/** What a world comes to in a process of its own: an id is never made twice in one, so no world is the same there again. */
const play = ({
  seed,
  faults,
  conversations,
}: Omit<Failing, 'breaches'>): Promise<EpisodeResult['breaches']> =>
  new Promise((resolve, reject) => {
    const args = [
      'core',
      '--seed',
      String(seed),
      '--episodes',
      '1',
      '--conversations',
      String(conversations),
    ];
    execFile(
      process.execPath,
      [MAIN, ...args, '--faults', [...faults].join() || 'none', '--json', '--no-shrink'],
      (error, stdout) => {
        try {
          const { failed } = JSON.parse(stdout) as { failed: { breaches: EpisodeResult['breaches'] }[] };
          resolve(failed[0]?.breaches ?? []);
        } catch {
          reject(error ?? new Error(`Nothing to be read in ${stdout}`));
        }
      },
    );
  });

/** The same breach with less around it: fewer kinds of faults, fewer conversations, the same seed. */
export const shrink = async (failing: Failing): Promise<Failing> => {
  const wanted = failing.breaches[0]?.invariant;
  let best = failing;
  const isStill = async (smaller: Failing): Promise<boolean> => {
    const breaches = await play(smaller);
    if (!breaches.some(({ invariant }) => invariant === wanted)) return false;
    best = { ...smaller, breaches };
    return true;
  };
  for (const fault of FAULT_NAMES) {
    const faults = new Set(best.faults);
    if (faults.delete(fault)) await isStill({ ...best, faults });
  }
  for (let conversations = best.conversations; conversations > 1;) {
    conversations = Math.floor(conversations / 2);
    if (!(await isStill({ ...best, conversations }))) break;
  }
  return best;
};
