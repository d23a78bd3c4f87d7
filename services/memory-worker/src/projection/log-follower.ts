import type { LogPage } from '@baton/contracts';

export interface LogFollowerOptions {
  /** Names it in what is logged. */
  readonly name: string;
  readonly cursor: () => Promise<string | null>;
  readonly read: (after: string | null, limit: number) => Promise<LogPage>;
  /** Takes a page in and moves the cursor, in one commit; false where the cursor was elsewhere by then. */
  readonly apply: (page: LogPage, after: string | null) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
  readonly pollMs?: number;
  readonly retryMs?: number;
}

const POLL_MS = 500;
const RETRY_MS = 1_000;
const PAGE = 500;

/**
 * Follows a log in pages: read behind the cursor, take in, move the cursor. It lags by a poll and costs a
 * commit per page, not per event: for read models that nobody waits for. Replicas may follow side by side;
 * the cursor lets one of them through.
 */
export class LogFollower {
  private cursor: string | null | undefined;
  private limit = PAGE;
  private isStopped = false;
  private wakeUp: (() => void) | undefined;
  private loop: Promise<void> | undefined;

  constructor(private readonly options: LogFollowerOptions) {}

  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.wakeUp?.();
    await this.loop;
  }

  /** Everything that is there now; for a rebuild, with nobody else at it. */
  async catchUp(): Promise<number> {
    let taken = 0;
    for (;;) {
      const { events } = await this.step();
      if (events === 0) return taken;
      taken += events;
    }
  }

  private async run(): Promise<void> {
    while (!this.isStopped) {
      let pauseMs = this.options.pollMs ?? POLL_MS;
      try {
        if ((await this.step()).isFull) pauseMs = 0;
      } catch (error) {
        pauseMs = this.options.retryMs ?? RETRY_MS;
        this.options.onError(error);
      }
      if (pauseMs > 0 && !this.isStopped) await this.sleep(pauseMs);
    }
  }

  private async step(): Promise<{ events: number; isFull: boolean }> {
    this.cursor ??= await this.options.cursor();
    const { limit } = this;
    const page = await this.read(this.cursor, limit);
    const events = page.events.length;
    if (events > 0) {
      const applied = await this.options.apply(page, this.cursor);
      // Another was faster: it is further than we thought.
      this.cursor = applied ? page.next : undefined;
    }
    return { events, isFull: events >= limit };
  }

  /** A page that is too much for a message of the bus fails: the next try asks for less. */
  private async read(after: string | null, limit: number): Promise<LogPage> {
    try {
      const page = await this.options.read(after, limit);
      this.limit = Math.min(PAGE, limit * 2);
      return page;
    } catch (error) {
      this.limit = Math.max(1, Math.floor(limit / 4));
      throw error;
    }
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
