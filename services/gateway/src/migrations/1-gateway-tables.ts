import { rlsSql } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const TABLES = ['tenants', 'api_keys', 'idempotency', 'tickets'] as const;

export class GatewayTables1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway.tenants (
        tenant_id text PRIMARY KEY,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE gateway.api_keys (
        tenant_id text NOT NULL,
        key_id text NOT NULL,
        name text NOT NULL,
        key_hash text NOT NULL UNIQUE,
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, key_id)
      );
      CREATE TABLE gateway.idempotency (
        tenant_id text NOT NULL,
        scope text NOT NULL,
        body_hash text NOT NULL,
        answer text,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, scope)
      );
      CREATE INDEX idempotency_age ON gateway.idempotency (tenant_id, created_at);
      CREATE TABLE gateway.tickets (
        tenant_id text NOT NULL,
        ticket_hash text NOT NULL UNIQUE,
        principal jsonb NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, ticket_hash)
      );
    `);
    for (const table of TABLES) {
      for (const statement of rlsSql('gateway', table, 'gateway')) await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE gateway.${table}`);
  }
}
