const KEPT = 50_000;

/** A place in one life of the stream. */
export interface EventPlace {
  readonly epoch: string;
  readonly sequence: number;
}

/** Before every place. */
const NOWHERE: EventPlace = { epoch: '', sequence: 0 };

/**
 * Where the last events were seen first, by id: what the stream holds again in this life or repeats of an earlier
 * one is told from them, by whoever reads it live and by whoever catches up.
 */
export class RecentEvents {
  private readonly places = new Map<string, EventPlace>();

  /** True for an event that was seen lately at another place; remembers it. */
  see(id: string, place: EventPlace): boolean {
    if (this.wasBefore(id, place)) return true;
    this.places.set(id, place);
    if (this.places.size > KEPT) {
      const oldest = this.places.keys().next().value;
      if (oldest !== undefined) this.places.delete(oldest);
    }
    return false;
  }

  /** Wherever the event of this id stands, it is a repeat. */
  overtaken(id: string): void {
    this.places.set(id, NOWHERE);
  }

  /** Whether the event of this id was seen before this place, or in an earlier life. */
  wasBefore(id: string, { epoch, sequence }: EventPlace): boolean {
    const first = this.places.get(id);
    return first !== undefined && (first.epoch !== epoch || first.sequence < sequence);
  }
}
