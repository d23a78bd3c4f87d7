import type { RecordedEvent } from '@baton/contracts';
import type { InboxMark, Outcome } from '@baton/event-store';
import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { GIVE_UP_MS } from './retry-schedule.js';

export interface NewDelivery {
  readonly deliveryId: string;
  readonly webhookId: string;
  readonly eventType: string;
  /** What of a webhook goes one after the other. */
  readonly lane: string;
  readonly conversationId: string | null;
}

/** The way into the queue: what is to be delivered, each once. */
@Injectable()
export class DeliveryQueueRepository {
  constructor(private readonly database: Database) {}

  /** An event's deliveries with the consumer's position; first, what an erasure deletes. */
  record(
    mark: InboxMark,
    effect: {
      readonly event: RecordedEvent;
      readonly deliveries: readonly NewDelivery[];
      readonly erased: string | undefined;
    },
  ): Promise<Outcome> {
    const { tenantId } = mark.source;
    return this.database.tenant(tenantId, async (query): Promise<Outcome> => {
      const handled = await this.move(query, mark);
      if (handled !== undefined) return { kind: 'handled-already', version: handled };
      if (effect.erased !== undefined) await this.erase(query, tenantId, effect.erased);
      await this.add(query, tenantId, effect.event, effect.deliveries);
      return { kind: 'committed', events: [] };
    });
  }

  /** Puts deliveries of one event in their lanes, which are due if they were not there. */
  async add(
    query: TenantQuery,
    tenantId: string,
    event: RecordedEvent,
    deliveries: readonly NewDelivery[],
  ): Promise<void> {
    if (deliveries.length === 0) return;
    // In one order: two who put in the same lanes wait for each other, and not both.
    const rows = [...deliveries].sort((a, b) => (a.webhookId < b.webhookId ? -1 : 1));
    const lanes = new Map(rows.map((row) => [`${row.webhookId} ${row.lane}`, row]));
    // A webhook that was deleted meanwhile takes nothing; one that is there stays until this is done.
    await query.query(
      `INSERT INTO gateway.webhook_lanes AS l (tenant_id, webhook_id, lane, due_at)
       SELECT $1, n.webhook_id, n.lane, now() FROM unnest($2::text[], $3::text[]) AS n(webhook_id, lane)
         JOIN gateway.webhooks w ON w.tenant_id = $1 AND w.webhook_id = n.webhook_id
          FOR KEY SHARE OF w
       ON CONFLICT (tenant_id, webhook_id, lane) DO UPDATE SET due_at = l.due_at`,
      [tenantId, [...lanes.values()].map((row) => row.webhookId), [...lanes.values()].map((row) => row.lane)],
    );
    await query.query(
      `INSERT INTO gateway.webhook_deliveries
         (tenant_id, delivery_id, webhook_id, lane, event_id, event_type, conversation_id, event, give_up_at)
       SELECT $1, n.delivery_id, n.webhook_id, n.lane, $7, n.event_type, n.conversation_id, $8::jsonb,
              now() + make_interval(secs => $9)
         FROM unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS n(delivery_id, webhook_id, lane, event_type, conversation_id)
         JOIN gateway.webhooks w ON w.tenant_id = $1 AND w.webhook_id = n.webhook_id
       ON CONFLICT ON CONSTRAINT webhook_deliveries_once DO NOTHING`,
      [
        tenantId,
        rows.map((row) => row.deliveryId),
        rows.map((row) => row.webhookId),
        rows.map((row) => row.lane),
        rows.map((row) => row.eventType),
        rows.map((row) => row.conversationId),
        event.event_id,
        JSON.stringify(event),
        GIVE_UP_MS / 1000,
      ],
    );
  }

  /** Undefined where the position moved; else the version that this consumer has handled already. */
  private async move(
    query: TenantQuery,
    { consumer, source, expected, version }: InboxMark,
  ): Promise<number | undefined> {
    const key = [source.tenantId, consumer, source.streamType, source.streamId];
    const moved = await query.query(
      `INSERT INTO gateway.inbox AS i (tenant_id, consumer, stream_type, stream_id, version)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (tenant_id, consumer, stream_type, stream_id)
       DO UPDATE SET version = excluded.version WHERE i.version = $6 RETURNING version`,
      [...key, version, expected],
    );
    if (moved.length > 0) return undefined;
    const [row] = await query.query<{ version: number }>(
      `SELECT version FROM gateway.inbox
        WHERE tenant_id = $1 AND consumer = $2 AND stream_type = $3 AND stream_id = $4`,
      key,
    );
    return row?.version ?? 0;
  }

  private async erase(query: TenantQuery, tenantId: string, conversationId: string): Promise<void> {
    // Lanes first, as whoever settles a delivery does.
    await query.query(
      `SELECT 1 FROM gateway.webhook_lanes l WHERE tenant_id = $1 AND (webhook_id, lane) IN
         (SELECT webhook_id, lane FROM gateway.webhook_deliveries WHERE tenant_id = $1 AND conversation_id = $2)
        ORDER BY webhook_id, lane FOR UPDATE`,
      [tenantId, conversationId],
    );
    await query.query(
      'DELETE FROM gateway.webhook_deliveries WHERE tenant_id = $1 AND conversation_id = $2',
      [tenantId, conversationId],
    );
  }
}
