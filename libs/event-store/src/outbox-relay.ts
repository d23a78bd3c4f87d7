import { type BatonError, isBatonError, PARTITIONS, type RecordedEvent } from '@baton/contracts';

import { crashPoint } from './crash-point.js';
import type { LogDatabase } from './log-database.js';
import { toRecorded } from './stored-event.js';
import { streamKey, streamOf } from './stream-ref.js';

/** What the relay needs of the bus: resolves when the message is stored. */
export interface EventPublisher {
  publishEvent(event: RecordedEvent): Promise<void>;
}

export interface RelayOptions {
  /** Stable over restarts of one replica (host and port), so that it takes its own leases back at once. */
  readonly holder: string;
  readonly onError: (error: unknown, what: string) => void;
  /** Poll behind the poke; a lost poke costs this much. */
  readonly pollMs?: number;
  readonly leaseTickMs?: number;
  readonly batch?: number;
  readonly onPublished?: (count: number) => void;
}

type OutboxRow = Parameters<typeof toRecorded>[0];

/**
 * Publishes what was committed and deletes it after the PubAck. It remembers no position, so a late commit
 * can't be skipped; order per stream holds because version n + 1 can only be written once n is visible, and a
 * stream has one un-acked publish at a time. Overlap of two relays makes duplicates, never gaps.
 */
export class OutboxRelay {
  private partitions: number[] = [];
  private leasesAt = 0;
  private stopped = false;
  private woken = false;
  private wakeUp: (() => void) | undefined;
  private loop: Promise<void> | undefined;

  constructor(
    private readonly database: LogDatabase,
    private readonly publisher: EventPublisher,
    private readonly options: RelayOptions,
  ) {}

  /** How many parts of the outbox are this replica's. */
  get held(): number {
    return this.partitions.length;
  }

  /** True where no other replica publishes for this log. */
  get holdsAll(): boolean {
    return this.partitions.length === PARTITIONS;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Something was committed: do not wait for the poll. */
  wake(): void {
    this.woken = true;
    this.wakeUp?.();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.wake();
    await this.loop;
    await this.database
      .system(
        `UPDATE ${this.database.schema}.relay_leases SET holder = NULL, expires_at = NULL WHERE holder = $1`,
        [this.options.holder],
      )
      .catch((error: unknown) => this.options.onError(error, 'give the relay leases back'));
    await this.database
      .system(`DELETE FROM ${this.database.schema}.relay_members WHERE holder = $1`, [this.options.holder])
      .catch((error: unknown) => this.options.onError(error, 'leave the relay members'));
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      this.woken = false;
      const published = await this.pass().catch((error: unknown) => {
        this.options.onError(error, 'relay the outbox');
        return 0;
      });
      if (published > 0) continue;
      await this.idle();
    }
  }

  private async idle(): Promise<void> {
    if (this.woken || this.stopped) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.options.pollMs ?? 250);
      this.wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wakeUp = undefined;
  }

  private async pass(): Promise<number> {
    await this.renewLeases();
    if (this.partitions.length === 0) return 0;
    const { schema } = this.database;
    const rows = await this.database.system<OutboxRow>(
      // One look by primary key each: as a join it was planned as a scan of the log while its statistics were young.
      `SELECT e.* FROM (SELECT global_position FROM ${schema}.outbox
                         WHERE partition = ANY($1) ORDER BY global_position LIMIT $2) o
        CROSS JOIN LATERAL (SELECT * FROM ${schema}.events WHERE global_position = o.global_position LIMIT 1) e
        ORDER BY e.global_position`,
      [this.partitions, this.options.batch ?? 500],
    );
    if (rows.length === 0) return 0;
    crashPoint('relay.before_publish');
    const published = await this.publish(rows.map(toRecorded));
    crashPoint('relay.after_publish');
    if (published.length > 0) {
      await this.database.system(`DELETE FROM ${schema}.outbox WHERE global_position = ANY($1)`, [
        published.map((event) => event.global_position),
      ]);
      this.options.onPublished?.(published.length);
    }
    return published.length;
  }

  /** Streams in parallel, each in its own order; a stream that fails keeps its rest for the next pass. */
  private async publish(events: readonly RecordedEvent[]): Promise<RecordedEvent[]> {
    const published: RecordedEvent[] = [];
    const streams = Map.groupBy(events, (event) => streamKey(streamOf(event)));
    let failure: unknown;
    await Promise.all(
      [...streams.values()].map(async (ofStream) => {
        for (const event of ofStream) {
          try {
            await this.publisher.publishEvent(event);
          } catch (error) {
            if (!isBatonError(error) || error.retryable) {
              failure = error;
              return;
            }
            await this.park(event, error);
          }
          published.push(event);
        }
      }),
    );
    if (failure !== undefined) this.options.onError(failure, 'publish an event');
    return published;
  }

  /** The bus will never take it: consumers read it from the log, and its stream goes on. */
  private async park(event: RecordedEvent, error: BatonError): Promise<void> {
    this.options.onError(error, `publish ${event.type} of ${streamKey(streamOf(event))}: a dead letter`);
    await this.database.system(
      `INSERT INTO ${this.database.schema}.dead_letters (tenant_id, consumer, stream_type, stream_id, version, type, reason, attempts)
       VALUES ($1, 'relay', $2, $3, $4, $5, $6, 1)`,
      [
        event.tenant_id,
        event.stream_type,
        event.stream_id,
        event.version,
        event.type,
        `${error.code}: ${error.message}`,
      ],
    );
  }

  private async renewLeases(): Promise<void> {
    const now = performance.now();
    if (this.partitions.length > 0 && now - this.leasesAt < (this.options.leaseTickMs ?? 1500)) return;
    const [row] = await this.database.system<{ relay_tick: number[] }>(
      `SELECT ${this.database.schema}.relay_tick($1)`,
      [this.options.holder],
    );
    this.partitions = row?.relay_tick ?? [];
    this.leasesAt = now;
  }
}
