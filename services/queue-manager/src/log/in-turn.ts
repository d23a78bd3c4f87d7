import { type StreamQueue, type StreamRef, streamKey } from '@baton/event-store';

/**
 * Runs `work` when nobody else of this process works on any of these streams. The order is the same for everybody
 * (items, then agents, each by id), so that two can't wait for each other.
 */
export const inTurn = <T>(
  queue: StreamQueue,
  refs: readonly StreamRef[],
  work: () => Promise<T>,
): Promise<T> => {
  const ordered = [...new Map(refs.map((ref) => [streamKey(ref), ref])).values()].sort(byTypeThenId);
  return ordered.reduceRight<() => Promise<T>>((inner, ref) => () => queue.run(ref, inner), work)();
};

/** `queue_item` before `human_agent`. */
const byTypeThenId = (a: StreamRef, b: StreamRef): number =>
  a.streamType === b.streamType
    ? streamKey(a).localeCompare(streamKey(b))
    : b.streamType.localeCompare(a.streamType);
