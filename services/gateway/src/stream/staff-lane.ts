import type { Heard } from './staff-session.js';

const MAX_PENDING = 10_000;

/**
 * The live events of one tenant: opened side by side, told in the order of the stream, through all its lives. A lane
 * that cannot go on, because keys are not to be had, gives up as a whole: its clients come back with their cursors.
 */
export class StaffLane {
  private tail: Promise<void> = Promise.resolve();
  private pending = 0;
  private broken = false;

  constructor(
    private readonly tell: (heard: Heard) => void,
    private readonly onBroken: (error: unknown) => void,
  ) {}

  push(opening: Promise<Heard>): void {
    if (this.broken) {
      opening.catch(() => undefined);
      return;
    }
    this.pending += 1;
    if (this.pending > MAX_PENDING)
      this.break(new Error(`More than ${MAX_PENDING} events wait to be opened`));
    const before = this.tail;
    this.tail = this.next(before, opening);
  }

  /** Does something behind all that was pushed before it. */
  behindAll(act: () => void): void {
    if (this.broken) return;
    this.tail = this.tail.then(() => {
      if (!this.broken) act();
    });
  }

  private async next(before: Promise<void>, opening: Promise<Heard>): Promise<void> {
    try {
      const [heard] = await Promise.all([opening, before]);
      if (!this.broken) this.tell(heard);
    } catch (error) {
      this.break(error);
    } finally {
      this.pending -= 1;
    }
  }

  private break(error: unknown): void {
    if (this.broken) return;
    this.broken = true;
    this.onBroken(error);
  }
}
