import { currentCallContext } from '@baton/bus';
import type { RequestContext } from '@baton/contracts';
import { Metrics, type TenantQuery } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';

import { AuditRepository } from './audit.repository.js';
import { type AuditEntry, traceIdOf } from './audit-entry.js';

const FLUSH_MS = 250;
const MOST_AT_ONCE = 500;
/** While PostgreSQL is away rows wait in memory: so many. */
const MOST_WAITING = 10_000;
const LAST_TRIES = 3;

/** What somebody does at this gateway, as the transaction that does it says it. */
export type Deed = Pick<AuditEntry, 'action' | 'object' | 'details'>;

/** The ways into the trail: in a transaction, at once, or soon. */
@Injectable()
export class AuditWriter implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly lost;
  private waiting: AuditEntry[] = [];
  private flushing: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isEnding = false;

  constructor(
    private readonly repository: AuditRepository,
    metrics: Metrics,
  ) {
    this.lost = metrics.counter(
      'baton_audit_rows_lost_total',
      'Rows that the audit trail could not take; each is in the log',
    );
    metrics.sampled('baton_audit_rows_waiting', 'Rows on their way into the audit trail', [], () => [
      { labels: {}, value: this.waiting.length },
    ]);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS);
    this.timer.unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.isEnding = true;
    for (let failures = 0; this.waiting.length > 0 && failures < LAST_TRIES;) {
      const before = this.waiting.length;
      await this.flush();
      if (this.waiting.length >= before) failures += 1;
    }
  }

  /** Requests that were under way have ended by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.flush();
    this.giveUp(this.waiting.splice(0));
  }

  /** With what it tells of, or not at all. */
  within(query: TenantQuery, ctx: RequestContext, deed: Deed): Promise<void> {
    return this.repository.addWithin(query, entryOf(ctx, deed));
  }

  /**
   * Before what it tells of, which must not be where this fails.
   * @throws what the database throws
   */
  first(ctx: RequestContext, deed: Deed): Promise<void> {
    return this.repository.add([entryOf(ctx, deed)]);
  }

  /**
   * Resolves when it is written. What was done is done: where the database can't take it, it waits with the others, and that
   * is said.
   */
  async now(entry: AuditEntry): Promise<void> {
    try {
      await this.repository.add([entry]);
    } catch (error) {
      this.logger.warn(`Recorded later: ${entry.action}: ${(error as Error).message}`);
      this.soon(entry);
    }
  }

  /** With the next batch. A process that is killed loses what came in the last quarter of a second. */
  soon(entry: AuditEntry): void {
    this.waiting.push(entry);
    if (this.waiting.length > MOST_WAITING) this.giveUp(this.waiting.splice(0, MOST_AT_ONCE));
    if (this.isEnding || this.waiting.length >= MOST_AT_ONCE) void this.flush();
  }

  /** Writes a batch of what waits. */
  async flush(): Promise<void> {
    await this.flushing;
    if (this.waiting.length === 0) return;
    await (this.flushing ??= this.write().finally(() => (this.flushing = undefined)));
  }

  private async write(): Promise<void> {
    const batch = this.waiting.splice(0, MOST_AT_ONCE);
    try {
      await this.repository.add(batch);
    } catch (error) {
      this.waiting.unshift(...batch);
      this.logger.warn(`${batch.length} rows wait: ${(error as Error).message}`);
    }
  }

  /** What the table can't take is in the log at least: ids and codes, as in the table. */
  private giveUp(entries: readonly AuditEntry[]): void {
    this.lost.inc(entries.length);
    for (const entry of entries)
      this.logger.error({ audit: entry }, 'A row for which the audit trail has no room');
  }
}

const entryOf = (ctx: RequestContext, deed: Deed): AuditEntry => ({
  ...deed,
  tenantId: ctx.tenant_id,
  actor: ctx.actor,
  outcome: 'SUCCEEDED',
  requestId: ctx.request_id,
  traceId: traceIdOf(currentCallContext()?.traceparent),
});
