import type { ProcessReport } from '@baton/contracts';

type Buckets = ProcessReport['latencies'][number]['buckets'];

/** The buckets of several processes, as if one had measured it all. */
export const summed = (all: readonly Buckets[]): Buckets => {
  const counts = new Map<number | null, number>();
  for (const { le, count } of all.flat()) counts.set(le, (counts.get(le) ?? 0) + count);
  return [...counts].map(([le, count]) => ({ le, count })).toSorted((a, b) => upTo(a.le) - upTo(b.le));
};

export const countOf = (buckets: Buckets): number => buckets.at(-1)?.count ?? 0;

/** As Prometheus' `histogram_quantile`: between two bounds on a straight line, at most the last bound. Null of nothing. */
export const quantileOf = (buckets: Buckets, quantile: number): number | null => {
  const rank = quantile * countOf(buckets);
  if (countOf(buckets) === 0) return null;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const found = buckets[index];
  const before = buckets[index - 1];
  if (!found || found.le === null) return before?.le ?? null;
  const [low, under] = [before?.le ?? 0, before?.count ?? 0];
  return found.count === under ? found.le : low + ((found.le - low) * (rank - under)) / (found.count - under);
};

/** How many of them took at most `seconds`, a bound of the buckets: from 0 to 1. Null of nothing. */
export const shareWithin = (buckets: Buckets, seconds: number): number | null => {
  const count = countOf(buckets);
  const within = buckets.findLast(({ le }) => le !== null && le <= seconds)?.count ?? 0;
  return count === 0 ? null : within / count;
};

const upTo = (le: number | null): number => le ?? Infinity;
