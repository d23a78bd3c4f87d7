import type { Needs, Seeking } from './queue-code.js';

export interface Entry {
  readonly id: string;
  readonly rank: string;
  readonly requirement: string;
  readonly seeking: Seeking;
  readonly needs: Needs;
}

const isBefore = (a: Entry, b: Entry): boolean => (a.rank === b.rank ? a.id < b.id : a.rank < b.rank);

/** The items that seek somebody, by what they need and in the order of the queue: what `agent_queue` and its indexes are. */
export class WaitingList {
  private readonly entries = new Map<string, Entry>();
  private readonly groups = new Map<string, Entry[]>();

  get size(): number {
    return this.entries.size;
  }

  put(entry: Entry): void {
    this.remove(entry.id);
    this.entries.set(entry.id, entry);
    const group = this.groups.get(entry.requirement);
    if (group) group.splice(placeIn(group, entry), 0, entry);
    else this.groups.set(entry.requirement, [entry]);
  }

  remove(id: string): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.entries.delete(id);
    const group = this.groups.get(entry.requirement) as Entry[];
    group.splice(placeIn(group, entry), 1);
    if (group.length === 0) this.groups.delete(entry.requirement);
  }

  /** The first so many of all. */
  head(count: number): Entry[] {
    const first: Entry[] = [];
    for (const entry of this.inOrder(() => true)) {
      first.push(entry);
      if (first.length === count) break;
    }
    return first;
  }

  /** In the order of the queue, those whose needs are asked for; what is removed meanwhile is not met any more. */
  *inOrder(isWanted: (needs: Needs) => boolean): Generator<Entry> {
    const cursors = [...this.groups.values()]
      .filter(([first]) => first !== undefined && isWanted(first.needs))
      .map((group) => ({ group, last: undefined as Entry | undefined }));
    for (;;) {
      let best: { cursor: (typeof cursors)[number]; entry: Entry } | undefined;
      for (const cursor of cursors) {
        const entry = nextIn(cursor.group, cursor.last);
        if (entry && (!best || isBefore(entry, best.entry))) best = { cursor, entry };
      }
      if (!best) return;
      best.cursor.last = best.entry;
      if (isWanted(best.entry.needs)) yield best.entry;
    }
  }
}

/** Where an entry is, or belongs. */
const placeIn = (group: readonly Entry[], entry: Entry): number => {
  let [low, high] = [0, group.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(group[middle] as Entry, entry)) low = middle + 1;
    else high = middle;
  }
  return low;
};

const nextIn = (group: readonly Entry[], last: Entry | undefined): Entry | undefined => {
  if (!last) return group[0];
  const place = placeIn(group, last);
  return group[place]?.id === last.id ? group[place + 1] : group[place];
};
