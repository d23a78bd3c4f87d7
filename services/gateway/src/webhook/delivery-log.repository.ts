import type { RecordedEvent } from '@baton/contracts';
import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { DeliveryStatus } from './delivery.dto.js';
import { GIVE_UP_MS } from './retry-schedule.js';

export interface AttemptRow {
  readonly attempt: number;
  readonly started_at: string;
  readonly latency_ms: number;
  readonly status_code: number | null;
  readonly error: string | null;
  readonly response_excerpt: string | null;
}

export interface DeliveryRow {
  readonly delivery_id: string;
  readonly webhook_id: string;
  readonly event_id: string;
  readonly event_type: string;
  readonly conversation_id: string | null;
  readonly status: DeliveryStatus;
  readonly attempt_count: number;
  /** Oldest first. */
  readonly attempts: readonly AttemptRow[];
  readonly next_attempt_at: Date | null;
  readonly created_at: Date;
  readonly settled_at: Date | null;
}

/** Each delivery shows so many of its tries, the latest. */
const SHOWN_ATTEMPTS = 50;

const SELECT = `
  SELECT d.delivery_id, d.webhook_id, d.event_id, d.event_type, d.conversation_id, d.status,
         d.attempts AS attempt_count, d.created_at, d.settled_at,
         CASE WHEN d.status = 'PENDING' THEN l.due_at END AS next_attempt_at,
         coalesce(a.attempts, '[]') AS attempts
    FROM gateway.webhook_deliveries d
    LEFT JOIN gateway.webhook_lanes l
      ON l.tenant_id = d.tenant_id AND l.webhook_id = d.webhook_id AND l.lane = d.lane
    LEFT JOIN LATERAL (
      SELECT jsonb_agg(to_jsonb(x) - 'tenant_id' - 'delivery_id' ORDER BY x.attempt) AS attempts
        FROM (SELECT * FROM gateway.webhook_attempts t WHERE t.tenant_id = d.tenant_id
                 AND t.delivery_id = d.delivery_id ORDER BY t.attempt DESC LIMIT ${SHOWN_ATTEMPTS}) x) a ON true`;

/** Deliveries as their log shows them. */
@Injectable()
export class DeliveryLogRepository {
  constructor(private readonly database: Database) {}

  /** Newest first; `before` is the id the page before ended with. */
  list(
    tenantId: string,
    webhookId: string,
    page: {
      readonly before: string | undefined;
      readonly limit: number;
      readonly status: string | undefined;
      readonly eventType: string | undefined;
      readonly conversationId: string | undefined;
    },
  ): Promise<DeliveryRow[]> {
    return this.database.tenant(tenantId, (query) =>
      query.query<DeliveryRow>(
        `${SELECT}
          WHERE d.tenant_id = $1 AND d.webhook_id = $2 AND ($3::text IS NULL OR d.delivery_id < $3)
            AND ($4::text IS NULL OR d.status = $4) AND ($5::text IS NULL OR d.event_type = $5)
            AND ($6::text IS NULL OR d.conversation_id = $6)
          ORDER BY d.delivery_id DESC LIMIT $7`,
        [
          tenantId,
          webhookId,
          page.before ?? null,
          page.status ?? null,
          page.eventType ?? null,
          page.conversationId ?? null,
          page.limit,
        ],
      ),
    );
  }

  async find(tenantId: string, webhookId: string, deliveryId: string): Promise<DeliveryRow | undefined> {
    return this.database.tenant(tenantId, (query) => this.findIn(query, tenantId, webhookId, deliveryId));
  }

  async findIn(
    query: TenantQuery,
    tenantId: string,
    webhookId: string,
    deliveryId: string,
  ): Promise<DeliveryRow | undefined> {
    const [row] = await query.query<DeliveryRow>(
      `${SELECT} WHERE d.tenant_id = $1 AND d.webhook_id = $2 AND d.delivery_id = $3`,
      [tenantId, webhookId, deliveryId],
    );
    return row;
  }

  /** The event behind a delivery, sealed. */
  async eventOf(tenantId: string, deliveryId: string): Promise<RecordedEvent | undefined> {
    const [row] = await this.database.tenant(tenantId, (query) =>
      query.query<{ event: RecordedEvent }>(
        'SELECT event FROM gateway.webhook_deliveries WHERE tenant_id = $1 AND delivery_id = $2',
        [tenantId, deliveryId],
      ),
    );
    return row?.event;
  }

  /**
   * Tries it again, now, for another day. What was over goes in a lane of its own: whatever becomes of it holds
   * nothing back.
   */
  async replay(query: TenantQuery, tenantId: string, webhookId: string, deliveryId: string): Promise<void> {
    const [row] = await query.query<{ lane: string }>(
      `UPDATE gateway.webhook_deliveries SET
          lane = CASE WHEN status = 'PENDING' THEN lane ELSE 'replay/' || delivery_id END,
          tries = CASE WHEN status = 'PENDING' THEN tries ELSE 0 END,
          status = 'PENDING', settled_at = NULL, give_up_at = now() + make_interval(secs => $3)
        WHERE tenant_id = $1 AND delivery_id = $2 RETURNING lane`,
      [tenantId, deliveryId, GIVE_UP_MS / 1000],
    );
    await query.query(
      `INSERT INTO gateway.webhook_lanes AS l (tenant_id, webhook_id, lane, due_at) VALUES ($1, $2, $3, now())
       ON CONFLICT (tenant_id, webhook_id, lane) DO UPDATE SET due_at = now()`,
      [tenantId, webhookId, row?.lane],
    );
  }

  /** Deletes what is over for so long, some at a time; how many it were. */
  async purge(days: number, atOnce: number): Promise<number> {
    const rows = await this.database.system(
      `DELETE FROM gateway.webhook_deliveries WHERE (tenant_id, delivery_id) IN (
         SELECT tenant_id, delivery_id FROM gateway.webhook_deliveries
          WHERE settled_at < now() - make_interval(days => $1) LIMIT $2) RETURNING delivery_id`,
      [days, atOnce],
    );
    return rows.length;
  }
}
