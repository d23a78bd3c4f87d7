import { rlsSql } from '@baton/service';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const SCHEMA = 'gateway';
const TABLES = ['audit_log', 'audit_roots'] as const;
const APPEND_ONLY = { app: 'SELECT, INSERT', system: 'SELECT, INSERT' };

/** The audit trail: rows that are only ever added, and a Merkle root per tenant and minute over them. */
export class Audit1763830800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE ${SCHEMA}.audit_log (
        tenant_id text NOT NULL,
        audit_id text NOT NULL,
        -- Set by the database itself, below: what minute's root holds the row.
        recorded_at timestamptz(3) NOT NULL,
        at timestamptz(3) NOT NULL,
        actor_type text NOT NULL,
        actor_id text NOT NULL,
        actor_role text,
        action text NOT NULL,
        object_type text NOT NULL,
        object_id text NOT NULL,
        conversation_id text,
        outcome text NOT NULL CHECK (outcome IN ('SUCCEEDED', 'REFUSED', 'FAILED')),
        details jsonb NOT NULL,
        digest text,
        request_id text,
        trace_id text,
        -- The event that the row tells of: each once.
        event_id text,
        PRIMARY KEY (tenant_id, audit_id)
      );
      CREATE UNIQUE INDEX audit_log_event ON ${SCHEMA}.audit_log (tenant_id, event_id) WHERE event_id IS NOT NULL;
      CREATE INDEX audit_log_sealing ON ${SCHEMA}.audit_log (tenant_id, recorded_at, audit_id);
      CREATE INDEX audit_log_at ON ${SCHEMA}.audit_log (tenant_id, at, audit_id);
      CREATE INDEX audit_log_actor ON ${SCHEMA}.audit_log (tenant_id, actor_id, at);
      CREATE INDEX audit_log_object ON ${SCHEMA}.audit_log (tenant_id, object_id, at);
      CREATE INDEX audit_log_conversation ON ${SCHEMA}.audit_log (tenant_id, conversation_id, at)
        WHERE conversation_id IS NOT NULL;

      CREATE TABLE ${SCHEMA}.audit_roots (
        tenant_id text NOT NULL,
        seq bigint NOT NULL CHECK (seq > 0),
        minute timestamptz(3) NOT NULL,
        size int NOT NULL CHECK (size > 0),
        root_hash bytea NOT NULL,
        previous_hash bytea NOT NULL,
        -- Over all of the above: what the next one holds as its previous_hash.
        hash bytea NOT NULL,
        -- Of hash, under a key that is not in the database.
        mac bytea NOT NULL,
        -- Of each leaf in its order: id (16 bytes) and hash (32).
        leaves bytea NOT NULL,
        sealed_at timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, seq),
        UNIQUE (tenant_id, minute)
      );

      -- Writers share the tenant's lock until they commit, the sealer takes it alone: no row can appear in a minute that is sealed.
      CREATE FUNCTION ${SCHEMA}.stamp_audit_row() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE sealed_until timestamptz;
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(hashtext('${SCHEMA}.audit'), hashtext(NEW.tenant_id));
        SELECT max(minute) + interval '1 minute' INTO sealed_until
          FROM ${SCHEMA}.audit_roots WHERE tenant_id = NEW.tenant_id;
        -- A clock that was set back must not put it there either.
        NEW.recorded_at := greatest(date_trunc('milliseconds', clock_timestamp()), sealed_until);
        RETURN NEW;
      END $$;
      CREATE TRIGGER audit_log_stamped BEFORE INSERT ON ${SCHEMA}.audit_log
        FOR EACH ROW EXECUTE FUNCTION ${SCHEMA}.stamp_audit_row();

      CREATE FUNCTION ${SCHEMA}.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation'; END $$;
    `);
    for (const table of TABLES) {
      await runner.query(`
        CREATE TRIGGER ${table}_append_only BEFORE UPDATE OR DELETE ON ${SCHEMA}.${table}
          FOR EACH ROW EXECUTE FUNCTION ${SCHEMA}.refuse_audit_change();
        CREATE TRIGGER ${table}_no_truncate BEFORE TRUNCATE ON ${SCHEMA}.${table}
          FOR EACH STATEMENT EXECUTE FUNCTION ${SCHEMA}.refuse_audit_change();
      `);
      for (const statement of rlsSql(SCHEMA, table, 'gateway', APPEND_ONLY)) await runner.query(statement);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLES) await runner.query(`DROP TABLE ${SCHEMA}.${table}`);
    await runner.query(
      `DROP FUNCTION ${SCHEMA}.stamp_audit_row(); DROP FUNCTION ${SCHEMA}.refuse_audit_change()`,
    );
  }
}
