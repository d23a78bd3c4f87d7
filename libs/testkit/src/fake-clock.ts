/** A clock that stands still until it is told to move; has the shape of the service's own clock. */
export class FakeClock {
  private nowMs: number;

  constructor(start: Date | string = '2026-01-01T00:00:00.000Z') {
    this.nowMs = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.nowMs);
  }

  nowIso(): string {
    return this.now().toISOString();
  }

  /** Moves forward; throws on a negative step, since no clock of ours goes back. */
  advance(ms: number): void {
    if (ms < 0) throw new RangeError(`A clock does not go back: ${ms} ms`);
    this.nowMs += ms;
  }

  /** Jumps to `instant`; throws when that lies in the past. */
  set(instant: Date | string): void {
    this.advance(new Date(instant).getTime() - this.nowMs);
  }
}
