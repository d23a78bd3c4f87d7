import { crashPoint } from './crash-point.js';
import type { LogDatabase } from './log-database.js';

export interface DueTimer {
  readonly tenantId: string;
  readonly timerId: string;
  readonly kind: string;
  readonly payload: Record<string, unknown>;
  readonly dueAt: string;
}

export interface TimersOptions {
  readonly onError: (error: unknown, timer: DueTimer | undefined) => void;
  readonly concurrency?: number;
}

interface TimerRow {
  readonly tenant_id: string;
  readonly timer_id: string;
  readonly kind: string;
  readonly payload: Record<string, unknown>;
  readonly due_at: Date;
  readonly claim: string;
}

const CLAIM_SECONDS = 30;
const LONGEST_SLEEP_MS = 1000;

/**
 * Durable timers, by the database's clock. A handler runs at least once at or after `dueAt`, on one replica
 * at a time; a handler that throws runs again with backoff. Handlers must be idempotent: a stale timer finds a
 * state that has moved on and does nothing.
 */
export class Timers {
  private readonly handlers = new Map<string, (timer: DueTimer) => Promise<void>>();
  private stopped = false;
  private wakeUp: (() => void) | undefined;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly database: LogDatabase,
    private readonly options: TimersOptions,
  ) {}

  on(kind: string, handler: (timer: DueTimer) => Promise<void>): void {
    this.handlers.set(kind, handler);
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** A timer was set that may be due before the next look. */
  wake(): void {
    this.wakeUp?.();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      let sleepMs = LONGEST_SLEEP_MS;
      try {
        const due = await this.claim();
        await Promise.all(due.map((row) => this.fire(row)));
        sleepMs = due.length > 0 ? 0 : await this.untilNext();
      } catch (error) {
        this.options.onError(error, undefined);
      }
      if (sleepMs > 0 && !this.stopped) await this.sleep(sleepMs);
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

  private claim(): Promise<TimerRow[]> {
    const { schema } = this.database;
    return this.database.system<TimerRow>(
      `UPDATE ${schema}.timers t SET claimed_until = clock_timestamp() + interval '${CLAIM_SECONDS} seconds'
        FROM (SELECT tenant_id, timer_id FROM ${schema}.timers
               WHERE due_at <= clock_timestamp() AND kind = ANY($1)
                 AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
               ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED) d
       WHERE t.tenant_id = d.tenant_id AND t.timer_id = d.timer_id
       RETURNING t.tenant_id, t.timer_id, t.kind, t.payload, t.due_at, t.claimed_until::text AS claim`,
      [[...this.handlers.keys()], this.options.concurrency ?? 64],
    );
  }

  private async untilNext(): Promise<number> {
    const [row] = await this.database.system<{ ms: number | null }>(
      `SELECT (extract(epoch FROM min(greatest(due_at, coalesce(claimed_until, due_at))) - clock_timestamp()) * 1000)::float8 AS ms
         FROM ${this.database.schema}.timers WHERE due_at < clock_timestamp() + interval '2 seconds'`,
    );
    return Math.min(LONGEST_SLEEP_MS, Math.max(5, row?.ms ?? LONGEST_SLEEP_MS));
  }

  private async fire(row: TimerRow): Promise<void> {
    const timer: DueTimer = {
      tenantId: row.tenant_id,
      timerId: row.timer_id,
      kind: row.kind,
      payload: row.payload,
      dueAt: row.due_at.toISOString(),
    };
    const { schema } = this.database;
    const mine = [row.tenant_id, row.timer_id, row.claim];
    try {
      await this.handlers.get(row.kind)?.(timer);
      crashPoint('timers.after_fire');
      // Set anew meanwhile: then the claim is another, and the new time stands.
      await this.database.system(
        `DELETE FROM ${schema}.timers WHERE tenant_id = $1 AND timer_id = $2 AND claimed_until = $3::timestamptz`,
        mine,
      );
    } catch (error) {
      this.options.onError(error, timer);
      await this.database.system(
        `UPDATE ${schema}.timers SET attempts = attempts + 1,
           claimed_until = clock_timestamp() + least(60, power(2, least(attempts, 6))) * random() * interval '1 second'
         WHERE tenant_id = $1 AND timer_id = $2 AND claimed_until = $3::timestamptz`,
        mine,
      );
    }
  }
}
