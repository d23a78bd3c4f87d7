const KEPT = 50_000;

/** The last ids that were seen: what a new life of the stream repeats of its old one is told from them. */
export class RecentIds {
  private readonly ids = new Set<string>();

  /** True for an id that was seen lately; remembers it. */
  isRepeated(id: string): boolean {
    if (this.ids.has(id)) return true;
    this.ids.add(id);
    if (this.ids.size > KEPT) {
      const oldest = this.ids.values().next().value;
      if (oldest !== undefined) this.ids.delete(oldest);
    }
    return false;
  }
}
