import type { EstimateBasis, Priority, WaitEstimate } from '@baton/contracts';

/** What an item's wait is compared by. */
export interface WaitKind {
  readonly queue: string;
  /** Skills, role and language as one text. */
  readonly requirement: string;
  readonly priority: Priority;
}

/** An item that was in the queue lately, or is; times in epoch milliseconds. */
export interface PastWait extends WaitKind {
  readonly handover_id: string;
  readonly rank: number;
  readonly joined: number;
  /** When it left the queue; null while it waits. */
  readonly left: number | null;
  /** A person took it: only these say how long it takes. */
  readonly answered: boolean;
}

interface Rate {
  readonly p50: number;
  readonly p90: number;
}

/** Seconds per place in the queue, by what the waits had in common. */
export interface WaitRates {
  readonly by: ReadonlyMap<string, Rate>;
}

/** Fewer waits than this say nothing about the next one. */
export const ENOUGH_WAITS = 8;
/** Said of each place while there are too few waits of any kind to go by. */
export const FALLBACK: Rate = { p50: 60, p90: 180 };

/**
 * What recent waits say: each wait divided by the place at which it began, since whoever waits behind three others waits
 * for all of them. Items that left without an answer had their place too, but say nothing of how long one takes.
 */
export const ratesOf = (waits: readonly PastWait[]): WaitRates => {
  const samples = new Map<string, number[]>();
  for (const wait of waits) {
    if (wait.left === null || !wait.answered) continue;
    const perPlace = (wait.left - wait.joined) / 1000 / placeAtJoining(wait, waits);
    for (const key of [nearKey(wait), queueKey(wait), TENANT_KEY]) {
      samples.set(key, [...(samples.get(key) ?? []), perPlace]);
    }
  }
  const by = new Map<string, Rate>();
  for (const [key, each] of samples) {
    if (each.length < ENOUGH_WAITS) continue;
    const sorted = each.sort((a, b) => a - b);
    by.set(key, { p50: quantile(sorted, 0.5), p90: quantile(sorted, 0.9) });
  }
  return { by };
};

/** The wait from now of an item at `position` (from 1), by the nearest kind of which enough is known. */
export const estimateWait = (item: WaitKind, position: number, { by }: WaitRates): WaitEstimate => {
  const steps: readonly (readonly [EstimateBasis, Rate | undefined])[] = [
    ['skills_and_priority', by.get(nearKey(item))],
    ['queue', by.get(queueKey(item))],
    ['tenant', by.get(TENANT_KEY)],
  ];
  const [estimate_basis, rate] = steps.find(([, found]) => found !== undefined) ?? ['default', FALLBACK];
  const { p50, p90 } = rate ?? FALLBACK;
  return {
    position,
    estimated_wait_seconds: Math.ceil(position * p50),
    estimated_wait_p90_seconds: Math.ceil(position * p90),
    estimate_basis,
  };
};

const placeAtJoining = (wait: PastWait, waits: readonly PastWait[]): number =>
  1 +
  waits.filter(
    (other) =>
      other.handover_id !== wait.handover_id &&
      other.joined <= wait.joined &&
      (other.left === null || other.left > wait.joined) &&
      (other.rank < wait.rank || (other.rank === wait.rank && other.handover_id < wait.handover_id)),
  ).length;

/** Between the two nearest samples, so that one more of them moves it little. */
const quantile = (sorted: readonly number[], share: number): number => {
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
};

const TENANT_KEY = 'tenant';
const queueKey = ({ queue }: WaitKind): string => `queue ${queue}`;
const nearKey = ({ queue, requirement, priority }: WaitKind): string =>
  `near ${JSON.stringify([queue, requirement, priority])}`;
