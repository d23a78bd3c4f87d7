import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

export type WebhookStatus = 'ENABLED' | 'DISABLED';

export interface WebhookRow {
  readonly webhook_id: string;
  readonly url: string;
  readonly description: string | null;
  readonly event_types: readonly string[];
  readonly status: WebhookStatus;
  readonly disabled_reason: string | null;
  readonly failing_since: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** What of a webhook decides whether an event is for it. */
export interface SubscriptionRow {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly event_types: readonly string[];
  readonly active_since: Date;
  readonly status: WebhookStatus;
}

const COLUMNS =
  'webhook_id, url, description, event_types, status, disabled_reason, failing_since, created_at, updated_at';

/** Webhooks at rest; their secrets come and go sealed. */
@Injectable()
export class WebhookRepository {
  constructor(private readonly database: Database) {}

  /** Of all tenants, those that are disabled too. */
  subscriptions(): Promise<SubscriptionRow[]> {
    return this.database.system<SubscriptionRow>(
      'SELECT tenant_id, webhook_id, event_types, active_since, status FROM gateway.webhooks',
    );
  }

  async insert(
    query: TenantQuery,
    tenantId: string,
    webhook: {
      readonly webhookId: string;
      readonly url: string;
      readonly description: string | null;
      readonly eventTypes: readonly string[];
      readonly sealedSecret: string;
    },
  ): Promise<WebhookRow> {
    const [row] = await query.query<WebhookRow>(
      `INSERT INTO gateway.webhooks (tenant_id, webhook_id, url, description, event_types, secret)
       VALUES ($1, $2, $3, $4, $5, $6) RETURNING ${COLUMNS}`,
      [
        tenantId,
        webhook.webhookId,
        webhook.url,
        webhook.description,
        webhook.eventTypes,
        webhook.sealedSecret,
      ],
    );
    return row as WebhookRow;
  }

  async find(tenantId: string, webhookId: string): Promise<WebhookRow | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<WebhookRow>(
        `SELECT ${COLUMNS} FROM gateway.webhooks WHERE tenant_id = $1 AND webhook_id = $2`,
        [tenantId, webhookId],
      ),
    );
    return row;
  }

  /** Oldest first; `after` is the id the page before ended with. */
  list(tenantId: string, after: string | undefined, limit: number): Promise<WebhookRow[]> {
    return this.database.tenant(tenantId, (q) =>
      q.query<WebhookRow>(
        `SELECT ${COLUMNS} FROM gateway.webhooks
          WHERE tenant_id = $1 AND ($2::text IS NULL OR webhook_id > $2) ORDER BY webhook_id LIMIT $3`,
        [tenantId, after ?? null, limit],
      ),
    );
  }

  /** What is not given stays. A webhook that is enabled again is told nothing of what happened meanwhile. */
  async change(
    tenantId: string,
    webhookId: string,
    change: {
      readonly url?: string | undefined;
      readonly description?: string | null | undefined;
      readonly eventTypes?: readonly string[] | undefined;
      readonly status?: WebhookStatus | undefined;
    },
    alongside: (query: TenantQuery) => Promise<void>,
  ): Promise<WebhookRow | undefined> {
    return this.database.tenant(tenantId, async (q) => {
      const [row] = await q.query<WebhookRow>(
        `UPDATE gateway.webhooks SET
           url = coalesce($3, url),
           description = CASE WHEN $4 THEN $5 ELSE description END,
           event_types = coalesce($6, event_types),
           active_since = CASE WHEN status = 'DISABLED' AND $7 = 'ENABLED' THEN now() ELSE active_since END,
           failing_since = CASE WHEN $7 = 'ENABLED' THEN NULL ELSE failing_since END,
           disabled_reason = CASE WHEN $7 = 'ENABLED' THEN NULL WHEN $7 = 'DISABLED' AND status = 'ENABLED' THEN 'asked'
                                  ELSE disabled_reason END,
           status = coalesce($7, status),
           updated_at = now()
         WHERE tenant_id = $1 AND webhook_id = $2 RETURNING ${COLUMNS}`,
        [
          tenantId,
          webhookId,
          change.url ?? null,
          change.description !== undefined,
          change.description ?? null,
          change.eventTypes ?? null,
          change.status ?? null,
        ],
      );
      if (row) await alongside(q);
      return row;
    });
  }

  /** The present secret becomes the previous one, which goes on signing for `overlapSeconds`. */
  async rotateSecret(
    query: TenantQuery,
    tenantId: string,
    webhookId: string,
    rotation: { readonly sealedSecret: string; readonly overlapSeconds: number },
  ): Promise<Date | undefined> {
    const [row] = await query.query<{ previous_secret_until: Date }>(
      `UPDATE gateway.webhooks SET previous_secret = secret, secret = $3,
              previous_secret_until = now() + make_interval(secs => $4), updated_at = now()
        WHERE tenant_id = $1 AND webhook_id = $2 RETURNING previous_secret_until`,
      [tenantId, webhookId, rotation.sealedSecret, rotation.overlapSeconds],
    );
    return row?.previous_secret_until;
  }

  /** With all that was to be delivered to it. */
  delete(
    tenantId: string,
    webhookId: string,
    alongside: (query: TenantQuery) => Promise<void>,
  ): Promise<boolean> {
    return this.database.tenant(tenantId, async (q) => {
      const rows = await q.query(
        'DELETE FROM gateway.webhooks WHERE tenant_id = $1 AND webhook_id = $2 RETURNING webhook_id',
        [tenantId, webhookId],
      );
      if (rows.length > 0) await alongside(q);
      return rows.length > 0;
    });
  }
}
