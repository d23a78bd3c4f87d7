import { type BusClient } from '@baton/bus';
import { subjects } from '@baton/contracts';
import { type Database } from '@baton/service';
import { type BeforeApplicationShutdown, Logger, type OnApplicationBootstrap } from '@nestjs/common';

import { type TurnWorker } from './turn.worker.js';

const EVERY_MS = 5000;
/** What the bus should have brought by now. */
const OVERDUE_SECONDS = 5;
const BATCH = 200;

/** Finds due turns in the log's own read model: JetStream may lose every message, and no turn is lost. */
export class TurnSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('TurnSweeper');
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | undefined;
  private readonly driving = new Set<Promise<unknown>>();
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly database: Database,
    private readonly worker: TurnWorker,
    private readonly bus: BusClient,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.sweep(OVERDUE_SECONDS), EVERY_MS);
    this.unsubscribe = this.bus.subscribe(subjects.catchUpPoke, () => this.sweep(0));
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.unsubscribe?.();
    await this.sweeping;
    // What could not be finished by now would be cut off.
    this.worker.handOver();
    await Promise.all(this.driving);
  }

  private sweep(overdueSeconds: number): void {
    this.sweeping ??= this.pass(overdueSeconds)
      .catch((error: unknown) => this.logger.warn({ err: error }, 'Could not look for overdue turns'))
      .finally(() => (this.sweeping = undefined));
  }

  private async pass(overdueSeconds: number): Promise<void> {
    const overdue = await this.database.system<{ tenant_id: string; conversation_id: string }>(
      `SELECT DISTINCT tenant_id, conversation_id FROM (
         SELECT tenant_id, conversation_id FROM ${this.database.schema}.conversation_turns
          WHERE status IN ('COLLECTING', 'PROCESSING') AND due_at IS NOT NULL
            AND due_at < clock_timestamp() - $1 * interval '1 second'
          ORDER BY due_at LIMIT $2) open`,
      [overdueSeconds, BATCH],
    );
    for (const { tenant_id, conversation_id } of overdue) this.drive(tenant_id, conversation_id);
  }

  /** Not waited for: one long turn must not keep the others from being found. */
  private drive(tenantId: string, conversationId: string): void {
    const driven = this.worker
      .drive(tenantId, conversationId)
      .catch((error: unknown) =>
        this.logger.warn({ err: error, conversation_id: conversationId }, 'An overdue turn failed'),
      )
      .finally(() => this.driving.delete(driven));
    this.driving.add(driven);
  }
}
