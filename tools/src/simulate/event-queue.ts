import type { Process } from './kernel.js';

/** Something that will happen. */
export interface Queued {
  readonly at: number;
  readonly process: Process | null;
  readonly happen: () => void;
  isCancelled: boolean;
}

type Entry = Queued & { at: number; order: number };

/** What will happen, soonest first; at one instant in the order it was put in. A binary heap. */
export class EventQueue {
  private readonly heap: Entry[] = [];
  private count = 0;

  push(at: number, process: Process | null, happen: () => void): Queued {
    const entry: Entry = { at, order: (this.count += 1), process, happen, isCancelled: false };
    this.heap.push(entry);
    this.rise(this.heap.length - 1);
    return entry;
  }

  /** The same again, later; behind what waits for that instant already. */
  putBack(queued: Queued, at: number): void {
    const entry = queued as Entry;
    entry.at = at;
    entry.order = this.count += 1;
    this.heap.push(entry);
    this.rise(this.heap.length - 1);
  }

  pop(): Queued | undefined {
    const [first] = this.heap;
    const last = this.heap.pop();
    if (!first || !last) return undefined;
    if (first !== last) {
      this.heap[0] = last;
      this.sink(0);
    }
    return first;
  }

  private rise(from: number): void {
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.isBefore(at, parent)) return;
      this.swap(at, parent);
      at = parent;
    }
  }

  private sink(from: number): void {
    let at = from;
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < this.heap.length && this.isBefore(child, first)) first = child;
      if (first === at) return;
      this.swap(at, first);
      at = first;
    }
  }

  private isBefore(a: number, b: number): boolean {
    const [one, other] = [this.heap[a] as Entry, this.heap[b] as Entry];
    return one.at === other.at ? one.order < other.order : one.at < other.at;
  }

  private swap(a: number, b: number): void {
    [this.heap[a], this.heap[b]] = [this.heap[b] as Entry, this.heap[a] as Entry];
  }
}
