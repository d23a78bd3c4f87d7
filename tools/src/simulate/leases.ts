import type { Kernel, Process } from './kernel.js';

/** Redis: who holds what until when. It may forget everything. */
export class LeaseTable {
  private readonly held = new Map<string, { readonly by: object; until: number }>();

  constructor(private readonly kernel: Kernel) {}

  flush(): void {
    this.held.clear();
  }

  /** False where another holds it. */
  take(resource: string, by: object, ttlMs: number): boolean {
    const holder = this.held.get(resource);
    if (holder && holder.by !== by && holder.until > this.kernel.nowMs) return false;
    this.held.set(resource, { by, until: this.kernel.nowMs + ttlMs });
    return true;
  }

  release(resource: string, by: object): void {
    if (this.held.get(resource)?.by === by) this.held.delete(resource);
  }
}

/** What services call `Leases`, on that table. */
export class SimulatedLeases {
  constructor(
    private readonly table: LeaseTable,
    private readonly kernel: Kernel,
    private readonly process: Process,
  ) {}

  async with<T>(
    resource: string,
    ttlMs: number,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<{ held: true; value: T } | { held: false }> {
    const mine = {};
    await this.roundTrip();
    if (!this.table.take(resource, mine, ttlMs)) return { held: false };
    const abort = new AbortController();
    let isOver = false;
    const renew = (): void => {
      if (isOver) return;
      if (!this.table.take(resource, mine, ttlMs)) {
        abort.abort(new Error('The lease was lost'));
        return;
      }
      this.kernel.after(ttlMs / 3, this.process, renew);
    };
    this.kernel.after(ttlMs / 3, this.process, renew);
    try {
      return { held: true, value: await work(abort.signal) };
    } finally {
      isOver = true;
      this.table.release(resource, mine);
    }
  }

  private roundTrip(): Promise<void> {
    return new Promise((resolve) => this.kernel.after(0.1, this.process, resolve));
  }
}
