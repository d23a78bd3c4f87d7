import { type StreamRef, streamKey } from './stream-ref.js';

/**
 * One at a time per stream within this process. Not for correctness (the expected version is) but for
 * throughput: contenders of one stream wait here instead of conflicting in the database.
 */
export class StreamQueue {
  private readonly tails = new Map<string, Promise<unknown>>();

  run<T>(ref: StreamRef, work: () => Promise<T>): Promise<T> {
    const key = streamKey(ref);
    const previous = this.tails.get(key);
    const mine = previous ? previous.then(work, work) : work();
    const tail = mine.catch(() => undefined);
    this.tails.set(key, tail);
    void tail.then(() => {
      if (this.tails.get(key) === tail) this.tails.delete(key);
    });
    return mine;
  }
}
