const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** A process that held out for so long had a new reason to end. */
const STEADY_AFTER_MS = 30_000;

/** How long to wait before a process that keeps dying is started again: at once first, then ever longer. */
export class RestartBackoff {
  private restarts = 0;

  constructor(private readonly longestMs: number = LONGEST_DELAY_MS) {}

  /** The wait after a life of `livedMs`. */
  next(livedMs: number): number {
    if (livedMs >= STEADY_AFTER_MS) this.restarts = 0;
    const delay = Math.min(FIRST_DELAY_MS * 2 ** this.restarts, this.longestMs);
    this.restarts += 1;
    return delay;
  }
}
