import { Database, type TenantQuery } from '@baton/service';

import { DEMO_ORDERS } from './demo-orders.js';

export interface Order {
  readonly orderId: string;
  readonly status: string;
  readonly totalCents: number;
  readonly refunds: readonly { readonly amountCents: number; readonly at: string }[];
}

export interface RefundCommand {
  readonly orderId: string;
  readonly amountCents: number;
  readonly idempotencyKey: string;
}

export type RefundOutcome =
  | {
      readonly kind: 'refunded';
      readonly amountCents: number;
      readonly leftCents: number;
      readonly at: string;
    }
  | { readonly kind: 'unknown-order' }
  | { readonly kind: 'too-much'; readonly leftCents: number }
  /** The key was used for another order or amount. */
  | { readonly kind: 'key-reused' };

interface RefundRow {
  readonly order_id: string;
  readonly amount_cents: number;
  readonly left_cents: number;
  readonly refunded_at: Date;
}

/** The demo shop. Its orders are planted when they are first asked for. */
export class OrdersRepository {
  constructor(private readonly database: Database) {}

  find(tenantId: string, orderId: string): Promise<Order | undefined> {
    return this.database.tenant(tenantId, async (query) => {
      await plant(query, tenantId, orderId);
      const [order] = await query.query<{ status: string; total_cents: number }>(
        'SELECT status, total_cents FROM orders WHERE tenant_id = $1 AND order_id = $2',
        [tenantId, orderId],
      );
      if (!order) return undefined;
      const refunds = await refundsOf(query, tenantId, orderId);
      return {
        orderId,
        status: order.status,
        totalCents: order.total_cents,
        refunds: refunds.map((row) => ({ amountCents: row.amount_cents, at: row.refunded_at.toISOString() })),
      };
    });
  }

  /** Pays back what is still left of an order; the same key again gives the first outcome and pays nothing. */
  refund(tenantId: string, { orderId, amountCents, idempotencyKey }: RefundCommand): Promise<RefundOutcome> {
    return this.database.tenant(tenantId, async (query): Promise<RefundOutcome> => {
      await plant(query, tenantId, orderId);
      // Refunds of one order take turns: each sees what the others left.
      const [order] = await query.query<{ total_cents: number }>(
        'SELECT total_cents FROM orders WHERE tenant_id = $1 AND order_id = $2 FOR UPDATE',
        [tenantId, orderId],
      );
      if (!order) return { kind: 'unknown-order' };
      const [earlier] = await query.query<RefundRow>(
        `SELECT order_id, amount_cents, left_cents, refunded_at FROM order_refunds
         WHERE tenant_id = $1 AND idempotency_key = $2`,
        [tenantId, idempotencyKey],
      );
      if (earlier) {
        const isSame = earlier.order_id === orderId && earlier.amount_cents === amountCents;
        return isSame ? refunded(earlier) : { kind: 'key-reused' };
      }
      const refunds = await refundsOf(query, tenantId, orderId);
      const leftCents = order.total_cents - refunds.reduce((sum, row) => sum + row.amount_cents, 0);
      if (amountCents > leftCents) return { kind: 'too-much', leftCents };
      const [row] = await query.query<RefundRow>(
        `INSERT INTO order_refunds (tenant_id, idempotency_key, order_id, amount_cents, left_cents)
         VALUES ($1, $2, $3, $4, $5) RETURNING order_id, amount_cents, left_cents, refunded_at`,
        [tenantId, idempotencyKey, orderId, amountCents, leftCents - amountCents],
      );
      return refunded(row as RefundRow);
    });
  }
}

const plant = async (query: TenantQuery, tenantId: string, orderId: string): Promise<void> => {
  const order = DEMO_ORDERS.get(orderId);
  if (!order) return;
  await query.query(
    `INSERT INTO orders (tenant_id, order_id, status, total_cents)
     SELECT $1, $2, $3, $4 WHERE NOT EXISTS (SELECT FROM orders WHERE tenant_id = $1 AND order_id = $2)
     ON CONFLICT DO NOTHING`,
    [tenantId, orderId, order.status, order.totalCents],
  );
};

const refundsOf = (query: TenantQuery, tenantId: string, orderId: string): Promise<RefundRow[]> =>
  query.query<RefundRow>(
    `SELECT order_id, amount_cents, left_cents, refunded_at FROM order_refunds
     WHERE tenant_id = $1 AND order_id = $2 ORDER BY refunded_at, left_cents DESC`,
    [tenantId, orderId],
  );

const refunded = (row: RefundRow): RefundOutcome => ({
  kind: 'refunded',
  amountCents: row.amount_cents,
  leftCents: row.left_cents,
  at: row.refunded_at.toISOString(),
});
