import { RefusedError } from '@baton/service';

export interface TurnSlotsOptions {
  /** Turns that run at once in this process. */
  readonly limit: number;
  /** How late turns may begin before the process takes no message that needs another one. */
  readonly longestDelayMs: number;
  /** Epoch milliseconds, of the clock that turns become due by. */
  readonly now: () => number;
  /** True when the process is about to end: who waits for a slot then gets none. */
  readonly isDraining?: () => boolean;
  readonly onBegun?: (lateMs: number) => void;
  readonly onRefused?: () => void;
}

/** What one turn holds while it runs. */
export interface TurnSlot {
  leave(): void;
}

interface Waiting {
  readonly dueAt: number;
  readonly enter: (slot: TurnSlot | undefined) => void;
}

/** How much the latest pause between two turns that waited counts in the average. */
const WEIGHT = 0.2;
/** How long a turn that began in time, or late, says something about the others. */
const FRESH_MS = 1000;
const COME_BACK_MS = 2000;

/**
 * How many turns run at once, and whether more can be promised. Accepting a message is quicker than answering it,
 * so an overload would be accepted in full and answered minutes later; instead a message that needs a turn of its own
 * is refused, with when to come back, while turns queue here and begin too late: even the least late of those that
 * began in the last moments waited longer than they may, or one that came now would (as many wait, times the pause
 * in which slots become free). What was accepted is worked off meanwhile: about as long as that delay.
 */
export class TurnSlots {
  private readonly waiting = new Set<Waiting>();
  private readonly slot: TurnSlot = { leave: () => this.left() };
  private taken = 0;
  private latest: { readonly at: number; readonly lateMs: number } | undefined;
  private freedAt: number | undefined;
  private pauseMs = 0;

  constructor(private readonly options: TurnSlotsOptions) {}

  get running(): number {
    return this.taken;
  }

  get queued(): number {
    return this.waiting.size;
  }

  /** How late turns begin now, or one that came now would; 0 where none waits. */
  get delayMs(): number {
    const [first] = this.waiting;
    if (!first) return 0;
    const now = this.options.now();
    const { latest } = this;
    const seenMs = latest && now - latest.at < FRESH_MS ? latest.lateMs : Math.max(0, now - first.dueAt);
    return Math.max(seenMs, this.waiting.size * this.pauseMs);
  }

  get isOverloaded(): boolean {
    return this.delayMs > this.options.longestDelayMs;
  }

  /** @throws RefusedError while a turn that became due now would begin too late */
  admit(): void {
    if (!this.isOverloaded) return;
    throw new RefusedError(
      'slow',
      `Answers begin ${Math.round(this.delayMs / 1000)} s late at present: no further turn is promised`,
      COME_BACK_MS + Math.random() * COME_BACK_MS,
    );
  }

  /** A caller was told so: a repeat of what was accepted before is not. */
  refused(): void {
    this.options.onRefused?.();
  }

  /** Resolves when this turn may run, in the order asked; with nothing where the process is about to end. */
  async enter(dueAt: number): Promise<TurnSlot | undefined> {
    if (this.taken < this.options.limit) {
      this.taken += 1;
      return this.begun(dueAt);
    }
    const slot = await new Promise<TurnSlot | undefined>((enter) => this.waiting.add({ dueAt, enter }));
    return slot && this.begun(dueAt);
  }

  private begun(dueAt: number): TurnSlot {
    const now = this.options.now();
    const lateMs = Math.max(0, now - dueAt);
    const { latest } = this;
    // The least late of the moment: one that comes back after a crash is late, and says nothing of the others.
    if (!latest || now - latest.at >= FRESH_MS || lateMs <= latest.lateMs) this.latest = { at: now, lateMs };
    this.options.onBegun?.(lateMs);
    return this.slot;
  }

  private left(): void {
    const [first] = this.waiting;
    if (!first) {
      this.taken -= 1;
      this.freedAt = undefined;
      return;
    }
    this.measurePause();
    if (this.options.isDraining?.()) {
      this.taken -= 1;
      for (const each of this.waiting) each.enter(undefined);
      this.waiting.clear();
      return;
    }
    this.waiting.delete(first);
    first.enter(this.slot);
  }

  /** From one freed slot to the next, while there was always somebody to take it. */
  private measurePause(): void {
    const now = this.options.now();
    if (this.freedAt !== undefined) this.pauseMs += WEIGHT * (now - this.freedAt - this.pauseMs);
    this.freedAt = now;
  }
}
