interface Folded<L> {
  readonly line: L;
  more: number;
}

/** More kinds of line than this are written as they come: nothing grows without bound. */
const MOST_KINDS = 500;

/**
 * What many pieces of work say of one outage. The first of its kind is said at once; what is said again within the
 * window is counted, and said as one number at its end. A line that comes later is a first one again.
 */
export class OutageFold<L> {
  private readonly windows = new Map<string, Folded<L>>();

  constructor(
    private readonly windowMs: number,
    private readonly sayMore: (line: L, more: number) => void,
  ) {}

  /** Whether the line is to be written; if not, it is counted. */
  admits(kind: string, line: L): boolean {
    const window = this.windows.get(kind);
    if (window) {
      window.more += 1;
      return false;
    }
    if (this.windows.size < MOST_KINDS) {
      this.windows.set(kind, { line, more: 0 });
      setTimeout(() => this.end(kind), this.windowMs).unref();
    }
    return true;
  }

  private end(kind: string): void {
    const window = this.windows.get(kind);
    this.windows.delete(kind);
    if (window && window.more > 0) this.sayMore(window.line, window.more);
  }
}
