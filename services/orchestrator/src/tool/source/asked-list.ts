import { backoffMs } from '@baton/bus';

/** How long the first caller waits for the first answer. */
const PATIENCE_MS = 5000;
const LONGEST_WAIT_MS = 60_000;

/** A list that has to be asked for, and now and then asked for again: what is known meanwhile is what it was. */
export class AskedList<T> {
  private known: readonly T[] | undefined;
  private askedAt = -Infinity;
  private asking: Promise<void> | undefined;
  private failures = 0;
  private notBefore = -Infinity;

  constructor(
    private readonly ask: () => Promise<readonly T[]>,
    /** Milliseconds until it is asked for again; Infinity: never. */
    private readonly freshForMs: number,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  get isKnown(): boolean {
    return this.known !== undefined;
  }

  get latest(): readonly T[] {
    return this.known ?? [];
  }

  set(items: readonly T[]): void {
    this.known = items;
    this.askedAt = performance.now();
  }

  /** Whatever is known; only where nothing is, and the other side has not just failed, somebody waits. */
  async items(): Promise<readonly T[]> {
    const now = performance.now();
    if (now - this.askedAt > this.freshForMs && now >= this.notBefore) this.asking ??= this.refresh();
    if (this.known === undefined && this.asking) {
      const patience = Promise.withResolvers<void>();
      const timer = setTimeout(patience.resolve, PATIENCE_MS);
      await Promise.race([this.asking, patience.promise]);
      clearTimeout(timer);
    }
    return this.latest;
  }

  private async refresh(): Promise<void> {
    try {
      this.set(await this.ask());
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      this.notBefore = performance.now() + backoffMs(this.failures, { longestMs: LONGEST_WAIT_MS });
      this.onFailure(error);
    } finally {
      this.asking = undefined;
    }
  }
}
