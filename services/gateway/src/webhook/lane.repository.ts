import type { RecordedEvent } from '@baton/contracts';
import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { Attempt } from './attempt.js';

/** What of one webhook goes one after the other, while one worker has it. */
export interface Lane {
  readonly tenantId: string;
  readonly webhookId: string;
  readonly lane: string;
  readonly claim: string;
}

/** The delivery at the head of a lane, and where it goes. */
export interface DueDelivery {
  readonly delivery_id: string;
  readonly event_type: string;
  readonly event: RecordedEvent;
  readonly tries: number;
  /** Until when it is tried, in milliseconds from now. */
  readonly give_up_in_ms: number;
  readonly url: string;
  readonly secret: string;
  /** Null where its time is over. */
  readonly previous_secret: string | null;
}

/** What a try changes: the delivery is over, or its lane waits. */
export type Settlement =
  | { readonly status: 'DELIVERED' }
  | { readonly status: 'FAILED'; readonly disable?: 'gone' }
  | { readonly status: 'PENDING'; readonly waitMs: number };

/** A worker that has not said for so long that it is there has died. */
const CLAIM_SECONDS = 10;
/** A webhook to which nothing got through for so long, and whose deliveries are given up, is disabled. */
const FAILING_DAYS = 3;

/** The queue as workers see it: lanes, and who has them. */
@Injectable()
export class LaneRepository {
  constructor(private readonly database: Database) {}

  /**
   * Lanes that are due and nobody's, of webhooks that are enabled; of each webhook no more than its share.
   * @param busy lanes of each webhook that this worker has already
   */
  async claim(
    claim: string,
    limits: {
      readonly lanes: number;
      readonly perWebhook: number;
      readonly busy: Readonly<Record<string, number>>;
    },
  ): Promise<Lane[]> {
    const rows = await this.database.system<{ tenant_id: string; webhook_id: string; lane: string }>(
      `UPDATE gateway.webhook_lanes t SET claim = $1, claimed_until = now() + make_interval(secs => ${CLAIM_SECONDS})
         FROM (SELECT due.* FROM gateway.webhooks w
          CROSS JOIN LATERAL (
            SELECT l.tenant_id, l.webhook_id, l.lane FROM gateway.webhook_lanes l
             WHERE l.tenant_id = w.tenant_id AND l.webhook_id = w.webhook_id AND l.due_at <= now()
               AND (l.claimed_until IS NULL OR l.claimed_until < now())
             ORDER BY l.due_at
             LIMIT greatest(0, $2 - coalesce(($3::jsonb->>w.webhook_id)::int, 0))
               FOR UPDATE SKIP LOCKED) due
          WHERE w.status = 'ENABLED' LIMIT $4) d
        WHERE t.tenant_id = d.tenant_id AND t.webhook_id = d.webhook_id AND t.lane = d.lane
       RETURNING t.tenant_id, t.webhook_id, t.lane`,
      [claim, limits.perWebhook, JSON.stringify(limits.busy), limits.lanes],
    );
    return rows.map((row) => ({
      tenantId: row.tenant_id,
      webhookId: row.webhook_id,
      lane: row.lane,
      claim,
    }));
  }

  /** The worker is there: what it has claimed stays its own. */
  async renew(claim: string): Promise<void> {
    await this.database.system(
      `UPDATE gateway.webhook_lanes SET claimed_until = now() + make_interval(secs => ${CLAIM_SECONDS}) WHERE claim = $1`,
      [claim],
    );
  }

  /** Undefined where nothing of the lane is pending, or its webhook is disabled or gone. */
  async head({ tenantId, webhookId, lane }: Lane): Promise<DueDelivery | undefined> {
    const [row] = await this.database.tenant(tenantId, (query) =>
      query.query<DueDelivery>(
        `SELECT d.delivery_id, d.event_type, d.event, d.tries, w.url, w.secret,
                (extract(epoch FROM d.give_up_at - now()) * 1000)::float8 AS give_up_in_ms,
                CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END AS previous_secret
           FROM gateway.webhook_deliveries d
           JOIN gateway.webhooks w ON w.tenant_id = d.tenant_id AND w.webhook_id = d.webhook_id
          WHERE d.tenant_id = $1 AND d.webhook_id = $2 AND d.lane = $3 AND d.status = 'PENDING'
            AND w.status = 'ENABLED'
          ORDER BY d.position LIMIT 1`,
        [tenantId, webhookId, lane],
      ),
    );
    return row;
  }

  /**
   * Writes down what came of a try (or that there was none, where it was too late for one) and what follows from it.
   * @returns whether the lane is still this worker's; if not, nothing was written
   */
  settle(lane: Lane, deliveryId: string, attempt: Attempt | null, settlement: Settlement): Promise<boolean> {
    const { tenantId, webhookId } = lane;
    return this.database.tenant(tenantId, async (query) => {
      const waits = settlement.status === 'PENDING' ? settlement.waitMs : undefined;
      if (!(await this.keep(query, lane, waits))) return false;
      // Erased meanwhile: there is nothing to write about.
      const [delivery] = await query.query<{ attempts: number }>(
        `UPDATE gateway.webhook_deliveries
            SET status = $3, attempts = attempts + $4, tries = tries + $4,
                settled_at = CASE WHEN $3 = 'PENDING' THEN NULL ELSE now() END
          WHERE tenant_id = $1 AND delivery_id = $2 RETURNING attempts`,
        [tenantId, deliveryId, settlement.status, attempt ? 1 : 0],
      );
      if (delivery && attempt) await this.log(query, tenantId, deliveryId, delivery.attempts, attempt);
      if (settlement.status === 'DELIVERED') await this.recovered(query, tenantId, webhookId);
      else await this.failing(query, tenantId, webhookId, settlement);
      return true;
    });
  }

  /** Lets a lane go: for good where nothing of it is pending, else until `waitMs` from now. */
  async release(lane: Lane, waitMs = 0): Promise<void> {
    await this.database.tenant(lane.tenantId, async (query) => {
      if (!(await this.keep(query, lane, waitMs))) return;
      // A statement of its own, under the lane's lock: who put something in has committed, or waits for us.
      await query.query(
        `DELETE FROM gateway.webhook_lanes l WHERE tenant_id = $1 AND webhook_id = $2 AND lane = $3
           AND NOT EXISTS (SELECT 1 FROM gateway.webhook_deliveries d WHERE d.tenant_id = $1 AND d.webhook_id = $2
                              AND d.lane = $3 AND d.status = 'PENDING')`,
        [lane.tenantId, lane.webhookId, lane.lane],
      );
    });
  }

  /** Holds the lane for another step, or gives it back until `waitMs` from now. */
  private async keep(query: TenantQuery, lane: Lane, waitMs: number | undefined): Promise<boolean> {
    const rows = await query.query(
      waitMs === undefined
        ? `UPDATE gateway.webhook_lanes SET claimed_until = now() + make_interval(secs => ${CLAIM_SECONDS})
            WHERE tenant_id = $1 AND webhook_id = $2 AND lane = $3 AND claim = $4 RETURNING lane`
        : `UPDATE gateway.webhook_lanes SET claim = NULL, claimed_until = NULL,
                  due_at = now() + make_interval(secs => $5::float8 / 1000)
            WHERE tenant_id = $1 AND webhook_id = $2 AND lane = $3 AND claim = $4 RETURNING lane`,
      [lane.tenantId, lane.webhookId, lane.lane, lane.claim, ...(waitMs === undefined ? [] : [waitMs])],
    );
    return rows.length > 0;
  }

  private async log(
    query: TenantQuery,
    tenantId: string,
    deliveryId: string,
    number: number,
    attempt: Attempt,
  ): Promise<void> {
    await query.query(
      `INSERT INTO gateway.webhook_attempts
         (tenant_id, delivery_id, attempt, started_at, latency_ms, status_code, error, response_excerpt)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        tenantId,
        deliveryId,
        number,
        attempt.startedAt,
        attempt.latencyMs,
        attempt.statusCode,
        attempt.error,
        attempt.responseExcerpt,
      ],
    );
  }

  private async recovered(query: TenantQuery, tenantId: string, webhookId: string): Promise<void> {
    await query.query(
      `UPDATE gateway.webhooks SET failing_since = NULL
        WHERE tenant_id = $1 AND webhook_id = $2 AND failing_since IS NOT NULL`,
      [tenantId, webhookId],
    );
  }

  private async failing(
    query: TenantQuery,
    tenantId: string,
    webhookId: string,
    settlement: Exclude<Settlement, { status: 'DELIVERED' }>,
  ): Promise<void> {
    const isGone = settlement.status === 'FAILED' && settlement.disable === 'gone';
    const isGivenUp = settlement.status === 'FAILED';
    await query.query(
      `UPDATE gateway.webhooks w SET
         failing_since = coalesce(failing_since, now()),
         status = CASE WHEN x.reason IS NULL THEN status ELSE 'DISABLED' END,
         disabled_reason = coalesce(x.reason, disabled_reason),
         updated_at = CASE WHEN x.reason IS NULL THEN updated_at ELSE now() END
        FROM (SELECT tenant_id, webhook_id,
                     CASE WHEN $3 THEN 'gone'
                          WHEN $4 AND failing_since < now() - interval '${FAILING_DAYS} days' THEN 'failing' END AS reason
                FROM gateway.webhooks WHERE tenant_id = $1 AND webhook_id = $2) x
       WHERE w.tenant_id = x.tenant_id AND w.webhook_id = x.webhook_id AND w.status = 'ENABLED'
         AND (w.failing_since IS NULL OR x.reason IS NOT NULL)`,
      [tenantId, webhookId, isGone, isGivenUp],
    );
  }
}
