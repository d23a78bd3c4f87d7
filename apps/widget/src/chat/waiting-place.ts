import type { Handover } from '@baton/client';

const EVERY_MS = 10_000;

/** Where the customer stands in the queue; null while nobody can say. */
export type Place = NonNullable<Handover['queue']> | null;

/** Asks where a hand-over stands, again and again, as long as somebody waits for it. */
export class WaitingPlace {
  current: Place = null;
  private handoverId: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ask: (handoverId: string) => Promise<Handover>,
    private readonly changed: () => void,
  ) {}

  /** Waits for this one from now on; for none with null. */
  follow(handoverId: string | null): void {
    if (handoverId === this.handoverId) return;
    clearTimeout(this.timer);
    this.handoverId = handoverId;
    this.current = null;
    if (handoverId !== null) void this.look(handoverId);
  }

  private async look(handoverId: string): Promise<void> {
    try {
      const { queue, state } = await this.ask(handoverId);
      if (handoverId !== this.handoverId) return;
      this.current = state === 'PENDING_HUMAN' ? queue : null;
      this.changed();
    } catch {
      // Who waits is told where they stood last; the next look may know more.
    }
    if (handoverId === this.handoverId) this.timer = setTimeout(() => void this.look(handoverId), EVERY_MS);
  }
}
