import { EventQueue, type Queued } from './event-queue.js';
import { Random } from './random.js';

/** A process of the simulated world, one life of it: what it awaits when it dies is never answered. */
export interface Process {
  readonly name: string;
  isAlive: boolean;
  /** Stopped (SIGSTOP, a long pause) until then; what should happen to it happens after. */
  stalledUntil: number;
}

/** The turn of the real event loop after which every promise that could settle has. */
const realTurn = setImmediate;

const FIRST_WORLD = Date.parse('2026-11-22T10:00:00.000Z');
const WORLDS_APART_MS = 3_600_000;

/**
 * Time and order of a simulated world, in one thread. A step is one thing that happens: a statement reaches the log,
 * an answer comes back or is lost, a message is delivered, an acknowledgement arrives, a timer fires, a process dies.
 * Between two steps everything that can go on without the outside does. The same seed gives the same steps.
 */
export class Kernel {
  readonly random: Random;
  steps = 0;
  nowMs: number;
  readonly beganAt: number;
  /** Whose step it is; null: the world's own. */
  current: Process | null = null;
  private readonly queue = new EventQueue();
  private failure: { readonly error: unknown } | undefined;

  constructor(seed: number) {
    this.random = new Random(seed);
    // Ids hold the time and never go back within a process: a later seed is a later hour, so that what an id looks
    // like follows from the seed alone, whatever was simulated before.
    this.beganAt = FIRST_WORLD + seed * WORLDS_APART_MS;
    this.nowMs = this.beganAt;
  }

  /** Happens after so many milliseconds, unless its process has died by then. */
  after(ms: number, process: Process | null, happen: () => void): Queued {
    return this.queue.push(this.nowMs + Math.max(0, ms), process, happen);
  }

  /** Ends the run with an error: a bug of the simulation, or of what is simulated. */
  fail(error: unknown): void {
    this.failure ??= { error };
  }

  /** Step by step until nothing is left, or `isOver` says so before a step. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const event = this.queue.pop();
      if (!event) return;
      const { process } = event;
      if (event.isCancelled || process?.isAlive === false) continue;
      this.nowMs = Math.max(this.nowMs, event.at);
      if (process && process.stalledUntil > this.nowMs) {
        this.queue.putBack(event, process.stalledUntil);
        continue;
      }
      this.steps += 1;
      this.current = process;
      event.happen();
      await new Promise((resolve) => realTurn(resolve));
      this.current = null;
      if (this.failure) throw this.failure.error;
    }
  }
}
