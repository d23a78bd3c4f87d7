/** The demo shop's orders and what was paid back of them; amounts in cents. */
export const orderTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.orders (
     tenant_id text NOT NULL, order_id text NOT NULL, status text NOT NULL, total_cents int NOT NULL CHECK (total_cents >= 0),
     PRIMARY KEY (tenant_id, order_id)
   )`,
  `CREATE TABLE ${schema}.order_refunds (
     tenant_id text NOT NULL, idempotency_key text NOT NULL, order_id text NOT NULL, amount_cents int NOT NULL CHECK (amount_cents > 0),
     left_cents int NOT NULL CHECK (left_cents >= 0), refunded_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
     PRIMARY KEY (tenant_id, idempotency_key),
     FOREIGN KEY (tenant_id, order_id) REFERENCES ${schema}.orders
   )`,
  `CREATE INDEX order_refunds_of_order ON ${schema}.order_refunds (tenant_id, order_id, refunded_at)`,
];

/** Each of them is to be put behind its tenant. */
export const ORDER_TABLES = ['orders', 'order_refunds'] as const;
