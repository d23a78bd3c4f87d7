import { BusClient } from '@baton/bus';
import {
  type QueueEvent,
  type QueueItemView,
  type QueuePositionNews,
  subjects,
  SYSTEM_ACTOR,
  type WaitEstimate,
} from '@baton/contracts';
import { EventStore, type StreamRef } from '@baton/event-store';
import { Clock } from '@baton/service';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';

import { QueueLog } from '../log/queue-log.js';
import { QueueItemReads } from '../queue-item/queue-item.reads.js';

/** Events after which somebody stands elsewhere in the queue. */
const MOVES: ReadonlySet<string> = new Set([
  'queue_item.enqueued',
  'queue_item.assigned',
  'queue_item.requeued',
  'queue_item.rerouted',
  'queue_item.sla_warned',
  'queue_item.deferred',
  'queue_item.closed',
]);
/** What moves together is told together. */
const SETTLE_MS = 300;
/** So many are told their place; who is further back asks, or comes nearer. */
const TOLD = 200;
/** Staff are shown so many at once. */
const SHOWN = 50;
const SNAPSHOT_EVERY = 50;

interface TenantNews {
  timer: NodeJS.Timeout | undefined;
  readonly last: Map<string, string>;
  version: number | undefined;
}

/** Tells customers and staff where everybody stands, whenever the queue has moved. */
@Injectable()
export class QueueNews implements BeforeApplicationShutdown {
  private readonly logger = new Logger('QueueNews');
  private readonly tenants = new Map<string, TenantNews>();
  private readonly underWay = new Set<Promise<void>>();
  private isStopped = false;

  constructor(
    private readonly bus: BusClient,
    private readonly store: EventStore,
    private readonly items: QueueItemReads,
    private readonly clock: Clock,
    log: QueueLog,
  ) {
    log.onCommitted(({ tenantId }, events) => {
      if (events.some(({ type }) => MOVES.has(type))) this.moved(tenantId);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    for (const { timer } of this.tenants.values()) clearTimeout(timer);
    await Promise.all(this.underWay);
  }

  private moved(tenantId: string): void {
    if (this.isStopped) return;
    const news = this.tenants.get(tenantId) ?? { timer: undefined, last: new Map(), version: undefined };
    this.tenants.set(tenantId, news);
    news.timer ??= setTimeout(() => {
      news.timer = undefined;
      const telling = this.tell(tenantId, news)
        .catch((error: unknown) => {
          news.version = undefined;
          // The next move tells it anew; whoever wants to know now asks.
          this.logger.warn({ err: error, tenant_id: tenantId }, 'Could not tell how the queue moved');
        })
        .finally(() => this.underWay.delete(telling));
      this.underWay.add(telling);
    }, SETTLE_MS);
  }

  private async tell(tenantId: string, news: TenantNews): Promise<void> {
    const { items } = await this.items.list(tenantId, { limit: TOLD });
    const wait = items.filter(({ callback }) => callback !== true);
    const changed = wait.filter((item) => news.last.get(item.handover_id) !== textOf(item));
    const hasMoved = changed.length > 0 || wait.length !== news.last.size;
    news.last.clear();
    for (const item of wait) news.last.set(item.handover_id, textOf(item));
    for (const item of changed) this.tellCustomer(tenantId, item);
    if (hasMoved) await this.tellStaff(tenantId, news, wait);
    if (wait.length === 0) this.tenants.delete(tenantId);
  }

  private tellCustomer(tenantId: string, item: QueueItemView): void {
    this.bus.publish(subjects.ephemeral(tenantId, item.conversation_id), {
      type: 'queue.position',
      handover_id: item.handover_id,
      ...estimateOf(item),
    } satisfies QueuePositionNews);
  }

  /** In the log, since what staff hear has a place to come back to. */
  private async tellStaff(
    tenantId: string,
    news: TenantNews,
    items: readonly QueueItemView[],
  ): Promise<void> {
    const ref: StreamRef = { tenantId, streamType: 'queue', streamId: 'waiting' };
    const event: QueueEvent = {
      type: 'queue.estimated',
      data: {
        waiting: items.length,
        items: items.slice(0, SHOWN).map((item) => ({
          handover_id: item.handover_id,
          conversation_id: item.conversation_id,
          ...estimateOf(item),
        })),
      },
    };
    const version = news.version ?? (await this.store.load(ref, NOTHING)).version;
    const outcome = await this.store.transact({
      tenantId,
      now: this.clock.nowIso(),
      appends: [
        {
          ref,
          expectedVersion: version,
          events: [event],
          metadata: { actor: SYSTEM_ACTOR },
          ...((version + 1) % SNAPSHOT_EVERY === 0 && { snapshot: {} }),
        },
      ],
    });
    // Another replica told how it moved a moment ago: ours would say the same.
    news.version = outcome.kind === 'committed' ? version + 1 : undefined;
  }
}

const estimateOf = (item: QueueItemView): WaitEstimate => ({
  position: item.position,
  estimated_wait_seconds: item.estimated_wait_seconds,
  estimated_wait_p90_seconds: item.estimated_wait_p90_seconds ?? item.estimated_wait_seconds,
  estimate_basis: item.estimate_basis ?? 'default',
});

const textOf = (item: QueueItemView): string => JSON.stringify(estimateOf(item));

const NOTHING = { initialState: (): object => ({}), evolve: (state: object): object => state };
