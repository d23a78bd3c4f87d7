const WINDOW_MS = 60_000;
const MOST_KNOWN = 20_000;

/** Who looked at what within the last minute: a page that is asked for again and again is one look. */
export class RecentLooks {
  /** Oldest first. */
  private readonly since = new Map<string, number>();

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** True for the first look within a minute. */
  isNew(look: string): boolean {
    const now = this.nowMs();
    const before = this.since.get(look);
    if (before !== undefined && now - before < WINDOW_MS) return false;
    this.since.delete(look);
    this.since.set(look, now);
    if (this.since.size > MOST_KNOWN) this.since.delete(this.since.keys().next().value as string);
    return true;
  }
}
