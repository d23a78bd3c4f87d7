/** What durable consumers keep beside their effects: in a service with a log, and in one that only consumes. */
export const consumerTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.inbox (
     tenant_id text NOT NULL, consumer text NOT NULL, stream_type text NOT NULL, stream_id text NOT NULL,
     version int NOT NULL,
     PRIMARY KEY (tenant_id, consumer, stream_type, stream_id)
   )`,
  `CREATE TABLE ${schema}.handler_failures (
     tenant_id text NOT NULL, consumer text NOT NULL, stream_type text NOT NULL, stream_id text NOT NULL,
     version int NOT NULL, attempts int NOT NULL, reason text NOT NULL, parked boolean NOT NULL DEFAULT false,
     failed_at timestamptz(3) NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, consumer, stream_type, stream_id)
   )`,
  `CREATE TABLE ${schema}.dead_letters (
     tenant_id text NOT NULL, dead_letter_id bigserial, consumer text NOT NULL, stream_type text NOT NULL,
     stream_id text NOT NULL, version int NOT NULL, type text NOT NULL, reason text NOT NULL,
     attempts int NOT NULL, parked_at timestamptz(3) NOT NULL DEFAULT now(),
     PRIMARY KEY (tenant_id, dead_letter_id)
   )`,
  `CREATE TABLE ${schema}.watermarks (tenant_id text NOT NULL DEFAULT '*', consumer text NOT NULL, cursor text NOT NULL,
     PRIMARY KEY (tenant_id, consumer))`,
];

/** The tables of a log, in the schema of the service that owns it. */
export const tables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.events (
     global_position bigserial PRIMARY KEY,
     tenant_id text NOT NULL,
     stream_type text NOT NULL,
     stream_id text NOT NULL,
     version int NOT NULL,
     event_id text NOT NULL,
     type text NOT NULL,
     schema_version int NOT NULL,
     data jsonb NOT NULL,
     metadata jsonb NOT NULL,
     occurred_at timestamptz(3) NOT NULL,
     -- Which transaction wrote it: readers that keep a cursor go by this, so that a late commit can't hide behind them.
     xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
     CONSTRAINT events_version_once UNIQUE (tenant_id, stream_type, stream_id, version)
   )`,
  `CREATE INDEX events_by_commit ON ${schema}.events (xid, global_position)`,
  `CREATE FUNCTION ${schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'restrict_violation'; END $$`,
  `CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON ${schema}.events
     FOR EACH ROW EXECUTE FUNCTION ${schema}.refuse_change()`,
  `CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON ${schema}.events
     FOR EACH STATEMENT EXECUTE FUNCTION ${schema}.refuse_change()`,
  `CREATE TABLE ${schema}.outbox (
     global_position bigint PRIMARY KEY,
     tenant_id text NOT NULL,
     partition smallint NOT NULL
   )`,
  `CREATE TABLE ${schema}.snapshots (
     tenant_id text NOT NULL, stream_type text NOT NULL, stream_id text NOT NULL,
     version int NOT NULL, state jsonb NOT NULL,
     PRIMARY KEY (tenant_id, stream_type, stream_id)
   )`,
  `CREATE TABLE ${schema}.idempotency (
     tenant_id text NOT NULL, scope text NOT NULL, body_hash text NOT NULL, answer jsonb NOT NULL,
     -- Whose personal content the answer may hold: erased with it.
     subject text, expires_at timestamptz,
     PRIMARY KEY (tenant_id, scope)
   )`,
  `CREATE INDEX idempotency_expiry ON ${schema}.idempotency (expires_at) WHERE expires_at IS NOT NULL`,
  `CREATE INDEX idempotency_subject ON ${schema}.idempotency (tenant_id, subject) WHERE subject IS NOT NULL`,
  ...consumerTables(schema),
  `CREATE TABLE ${schema}.timers (
     tenant_id text NOT NULL, timer_id text NOT NULL, kind text NOT NULL, due_at timestamptz(3) NOT NULL,
     payload jsonb NOT NULL, attempts int NOT NULL DEFAULT 0, claimed_until timestamptz,
     PRIMARY KEY (tenant_id, timer_id)
   )`,
  `CREATE INDEX timers_due ON ${schema}.timers (due_at)`,
  `CREATE TABLE ${schema}.data_keys (
     tenant_id text NOT NULL, key_id text NOT NULL, wrapped text, erased_at timestamptz(3),
     PRIMARY KEY (tenant_id, key_id)
   )`,
  `CREATE TABLE ${schema}.relay_members (
     tenant_id text NOT NULL DEFAULT '*', holder text NOT NULL, seen_at timestamptz NOT NULL,
     PRIMARY KEY (tenant_id, holder)
   )`,
  `CREATE TABLE ${schema}.relay_leases (
     tenant_id text NOT NULL DEFAULT '*', partition smallint NOT NULL, holder text, expires_at timestamptz,
     PRIMARY KEY (tenant_id, partition)
   )`,
];

/** Every table above: what row-level security is forced on. */
export const LOG_TABLES = [
  'events',
  'outbox',
  'snapshots',
  'idempotency',
  'inbox',
  'handler_failures',
  'dead_letters',
  'watermarks',
  'timers',
  'data_keys',
  'relay_members',
  'relay_leases',
] as const;

/** The tables of {@link consumerTables}. */
export const CONSUMER_TABLES = ['inbox', 'handler_failures', 'dead_letters', 'watermarks'] as const;
