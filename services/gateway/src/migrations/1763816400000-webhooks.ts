import { consumerMigration } from '@baton/event-store';
import { rlsSql } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMA = 'gateway';
const CONSUMERS = consumerMigration(SCHEMA, 'gateway');
const TABLES = ['webhooks', 'webhook_deliveries', 'webhook_attempts', 'webhook_lanes'] as const;

/** Webhooks, what is to be delivered to them and what came of it; and the inbox of the consumers that fill it. */
export class Webhooks1763816400000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of CONSUMERS.up) await runner.query(statement);
    await runner.query(`
      CREATE TABLE ${SCHEMA}.webhooks (
        tenant_id text NOT NULL,
        webhook_id text NOT NULL,
        url text NOT NULL,
        description text,
        event_types text[] NOT NULL,
        -- Sealed under the root secret; the previous one signs beside it until its time is over.
        secret text NOT NULL,
        previous_secret text,
        previous_secret_until timestamptz(3),
        status text NOT NULL DEFAULT 'ENABLED' CHECK (status IN ('ENABLED', 'DISABLED')),
        disabled_reason text,
        failing_since timestamptz(3),
        -- Events from before are none of its business.
        active_since timestamptz(3) NOT NULL DEFAULT now(),
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, webhook_id)
      );
      CREATE TABLE ${SCHEMA}.webhook_deliveries (
        tenant_id text NOT NULL,
        delivery_id text NOT NULL,
        webhook_id text NOT NULL,
        -- The order in which those of one lane are delivered.
        position bigint GENERATED ALWAYS AS IDENTITY,
        lane text NOT NULL,
        event_id text NOT NULL,
        event_type text NOT NULL,
        -- Whose erasure deletes it.
        conversation_id text,
        -- As in the log: personal fields sealed.
        event jsonb NOT NULL,
        status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'DELIVERED', 'FAILED')),
        attempts int NOT NULL DEFAULT 0,
        -- Those since it was recorded or replayed last: what the wait for the next one follows from.
        tries int NOT NULL DEFAULT 0,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        give_up_at timestamptz(3) NOT NULL,
        settled_at timestamptz(3),
        PRIMARY KEY (tenant_id, delivery_id),
        CONSTRAINT webhook_deliveries_once UNIQUE (tenant_id, webhook_id, event_id, event_type),
        FOREIGN KEY (tenant_id, webhook_id) REFERENCES ${SCHEMA}.webhooks ON DELETE CASCADE
      );
      CREATE INDEX webhook_deliveries_log ON ${SCHEMA}.webhook_deliveries (tenant_id, webhook_id, delivery_id);
      CREATE INDEX webhook_deliveries_pending ON ${SCHEMA}.webhook_deliveries (tenant_id, webhook_id, lane, position)
        WHERE status = 'PENDING';
      CREATE INDEX webhook_deliveries_conversation ON ${SCHEMA}.webhook_deliveries (tenant_id, conversation_id)
        WHERE conversation_id IS NOT NULL;
      CREATE INDEX webhook_deliveries_settled ON ${SCHEMA}.webhook_deliveries (settled_at) WHERE settled_at IS NOT NULL;
      CREATE TABLE ${SCHEMA}.webhook_attempts (
        tenant_id text NOT NULL,
        delivery_id text NOT NULL,
        attempt int NOT NULL,
        started_at timestamptz(3) NOT NULL,
        latency_ms int NOT NULL,
        status_code int,
        error text,
        response_excerpt text,
        PRIMARY KEY (tenant_id, delivery_id, attempt),
        FOREIGN KEY (tenant_id, delivery_id) REFERENCES ${SCHEMA}.webhook_deliveries ON DELETE CASCADE
      );
      -- What of one webhook goes one after the other; a row lives as long as something of it is pending.
      CREATE TABLE ${SCHEMA}.webhook_lanes (
        tenant_id text NOT NULL,
        webhook_id text NOT NULL,
        lane text NOT NULL,
        due_at timestamptz(3) NOT NULL,
        -- Which worker has it, and until when it must have said so again.
        claim uuid,
        claimed_until timestamptz(3),
        PRIMARY KEY (tenant_id, webhook_id, lane),
        FOREIGN KEY (tenant_id, webhook_id) REFERENCES ${SCHEMA}.webhooks ON DELETE CASCADE
      );
      CREATE INDEX webhook_lanes_due ON ${SCHEMA}.webhook_lanes (tenant_id, webhook_id, due_at);
    `);
    for (const table of TABLES) {
      for (const statement of rlsSql(SCHEMA, table, 'gateway')) await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...TABLES].reverse()) await runner.query(`DROP TABLE ${SCHEMA}.${table}`);
    for (const statement of CONSUMERS.down) await runner.query(statement);
  }
}
