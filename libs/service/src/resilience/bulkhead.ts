import { BatonError } from '@baton/contracts';

import { RefusedError } from './refused.js';

export interface BulkheadOptions {
  /** Names it in refusals. */
  readonly name: string;
  /** Calls that run at once. */
  readonly limit: number;
  /** Calls that may wait for one of those to end. */
  readonly queue: number;
  /** How long a call waits while the queue is a burst. */
  readonly patienceMs: number;
  /** How long it waits where the queue has not been empty for `patienceMs`; a twentieth of that unless told. */
  readonly standingPatienceMs?: number;
  readonly nowMs?: () => number;
}

interface Waiting {
  readonly enter: () => void;
  readonly leave: (error: Error) => void;
}

/**
 * Bounds what runs at once and what waits, and how long it waits. A burst is served from the queue; a queue that
 * stands is overload, and then newcomers wait only briefly before they are told to come back later: what is served
 * is served in time, instead of everything late (controlled delay, B. Maurer, "Fail at Scale", ACM Queue 2015).
 */
export class Bulkhead {
  private readonly queue = new Set<Waiting>();
  private readonly nowMs: () => number;
  private standingSince = Infinity;
  private entered = 0;

  constructor(readonly options: BulkheadOptions) {
    this.nowMs = options.nowMs ?? (() => performance.now());
  }

  get running(): number {
    return this.entered;
  }

  get waiting(): number {
    return this.queue.size;
  }

  /** The queue has not been empty for `patienceMs`. */
  get isOverloaded(): boolean {
    return this.nowMs() - this.standingSince >= this.options.patienceMs;
  }

  /**
   * Runs `work` when there is room; a signal ends the wait, not the work.
   * @throws RefusedError `full` or `slow`; BatonError `cancelled` when the signal ended the wait
   */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    if (this.entered < this.options.limit) this.entered += 1;
    else await this.room(signal);
    try {
      return await work();
    } finally {
      this.next();
    }
  }

  private room(signal: AbortSignal | undefined): Promise<void> {
    if (this.queue.size >= this.options.queue) {
      const { name, limit, queue } = this.options;
      throw new RefusedError('full', `${name} is overloaded: ${limit} calls run and ${queue} wait`);
    }
    if (signal?.aborted) throw cancelled(signal);
    const patienceMs = this.patienceNow();
    if (this.queue.size === 0) this.standingSince = this.nowMs();
    return new Promise<void>((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.queue.delete(waiting);
        if (this.queue.size === 0) this.standingSince = Infinity;
      };
      const waiting: Waiting = {
        enter: () => {
          end();
          resolve();
        },
        leave: (error) => {
          end();
          reject(error);
        },
      };
      const onAbort = (): void => waiting.leave(cancelled(signal));
      const timer = setTimeout(() => waiting.leave(this.tooSlow(patienceMs)), patienceMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.queue.add(waiting);
    });
  }

  private patienceNow(): number {
    const { patienceMs, standingPatienceMs = patienceMs / 20 } = this.options;
    return this.isOverloaded ? standingPatienceMs : patienceMs;
  }

  private tooSlow(patienceMs: number): RefusedError {
    return new RefusedError(
      'slow',
      `${this.options.name} is overloaded: no room within ${Math.round(patienceMs)} ms`,
    );
  }

  /** The place goes to whoever has waited longest. */
  private next(): void {
    const [first] = this.queue;
    if (first) first.enter();
    else this.entered -= 1;
  }
}

const cancelled = (signal: AbortSignal | undefined): BatonError =>
  new BatonError('cancelled', 'The caller stopped waiting', { cause: signal?.reason });
