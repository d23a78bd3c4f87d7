/**
 * The one statement that every change goes through: a batch of items, grouped by tenant, in the rows that they
 * would write. Each check and each write is one statement for all items of a tenant, whatever their number, so that
 * the price of an item falls with those who come with it. First everything is checked: where an item is refused,
 * nothing at all is written and the refusals are told; the caller sends the rest again. A race that the checks can't
 * see ends in a unique violation that undoes the whole batch: the caller sends its items one by one. No two items of a
 * batch write the same row. No savepoints: more than 64 in a transaction would slow every snapshot on the server.
 *
 * Every look is by key, and planned as one (`LATERAL … LIMIT 1`, no scans) while the statistics are young too.
 */
const commitBatch = (schema: string): string => `
CREATE FUNCTION ${schema}.commit_batch(batch jsonb) RETURNS jsonb LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
  part jsonb; tenant text; refused jsonb := '[]'; found jsonb; taken bigint[]; positions jsonb := '[]'; written int; moved int;
BEGIN
  FOR part IN SELECT value FROM jsonb_array_elements(batch) LOOP
    tenant := part->>'tenant';
    PERFORM set_config('app.tenant', tenant, true);
    IF part ? 'idempotency' THEN
      SELECT jsonb_agg(jsonb_build_object('item', k.item, 'kind', 'replayed', 'scope', i.scope, 'bodyHash', i.body_hash, 'answer', i.answer))
        INTO found
        FROM jsonb_to_recordset(part->'idempotency') AS k(item int, scope text, at timestamptz)
       CROSS JOIN LATERAL (SELECT * FROM ${schema}.idempotency WHERE tenant_id = tenant AND scope = k.scope LIMIT 1) i
       WHERE i.expires_at IS NULL OR i.expires_at > k.at;
      IF found IS NOT NULL THEN refused := refused || found; END IF;
    END IF;
    IF part ? 'inbox' THEN
      SELECT jsonb_agg(jsonb_build_object('item', k.item, 'kind', 'handled-already', 'version', coalesce(i.version, 0)))
        INTO found
        FROM jsonb_to_recordset(part->'inbox') AS k(item int, consumer text, stream_type text, stream_id text, expected int)
        LEFT JOIN LATERAL (SELECT version FROM ${schema}.inbox WHERE tenant_id = tenant AND consumer = k.consumer
           AND stream_type = k.stream_type AND stream_id = k.stream_id LIMIT 1 FOR UPDATE) i ON true
       WHERE coalesce(i.version, 0) <> k.expected;
      IF found IS NOT NULL THEN refused := refused || found; END IF;
    END IF;
    IF part ? 'streams' THEN
      SELECT jsonb_agg(jsonb_build_object('item', k.item, 'kind', 'conflict'))
        INTO found
        FROM jsonb_to_recordset(part->'streams') AS k(item int, stream_type text, stream_id text, expected int)
        LEFT JOIN LATERAL (SELECT version FROM ${schema}.events WHERE tenant_id = tenant
           AND stream_type = k.stream_type AND stream_id = k.stream_id ORDER BY version DESC LIMIT 1) e ON true
       WHERE coalesce(e.version, 0) <> k.expected;
      IF found IS NOT NULL THEN refused := refused || found; END IF;
    END IF;
  END LOOP;
  IF refused <> '[]' THEN RETURN jsonb_build_object('refused', refused); END IF;

  FOR part IN SELECT value FROM jsonb_array_elements(batch) LOOP
    tenant := part->>'tenant';
    PERFORM set_config('app.tenant', tenant, true);
    IF part ? 'idempotency' THEN
      INSERT INTO ${schema}.idempotency AS i (tenant_id, scope, body_hash, answer, subject, expires_at)
      SELECT tenant, k.scope, k.body_hash, coalesce(k.answer, 'null'), k.subject, k.expires_at
        FROM jsonb_to_recordset(part->'idempotency') AS k(scope text, body_hash text, answer jsonb, subject text, expires_at timestamptz)
      ON CONFLICT (tenant_id, scope) DO UPDATE
         SET body_hash = excluded.body_hash, answer = excluded.answer, subject = excluded.subject, expires_at = excluded.expires_at
       WHERE i.expires_at <= (part->>'now')::timestamptz;
      GET DIAGNOSTICS written = ROW_COUNT;
      -- Someone else's key was committed since the check above: undo, and let the caller see it.
      IF written < jsonb_array_length(part->'idempotency') THEN
        RAISE EXCEPTION 'idempotency key taken meanwhile' USING ERRCODE = 'unique_violation';
      END IF;
    END IF;
    IF part ? 'inbox' THEN
      -- Those that were there have been locked by the check.
      INSERT INTO ${schema}.inbox (tenant_id, consumer, stream_type, stream_id, version)
      SELECT tenant, k.consumer, k.stream_type, k.stream_id, k.version
        FROM jsonb_to_recordset(part->'inbox') AS k(consumer text, stream_type text, stream_id text, expected int, version int)
       WHERE k.expected > 0
      ON CONFLICT (tenant_id, consumer, stream_type, stream_id) DO UPDATE SET version = excluded.version;
      GET DIAGNOSTICS moved = ROW_COUNT;
      INSERT INTO ${schema}.inbox (tenant_id, consumer, stream_type, stream_id, version)
      SELECT tenant, k.consumer, k.stream_type, k.stream_id, k.version
        FROM jsonb_to_recordset(part->'inbox') AS k(consumer text, stream_type text, stream_id text, expected int, version int)
       WHERE k.expected = 0
      ON CONFLICT DO NOTHING;
      GET DIAGNOSTICS written = ROW_COUNT;
      -- Two replicas handled the first event of a stream at once: there was nothing to lock.
      IF moved + written < jsonb_array_length(part->'inbox') THEN
        RAISE EXCEPTION 'handled meanwhile' USING ERRCODE = 'unique_violation';
      END IF;
    END IF;
    IF part ? 'data_keys' THEN
      INSERT INTO ${schema}.data_keys (tenant_id, key_id, wrapped)
      SELECT tenant, k.key_id, k.wrapped FROM jsonb_to_recordset(part->'data_keys') AS k(key_id text, wrapped text);
    END IF;
    IF part ? 'events' THEN
      taken := ARRAY(SELECT nextval('${schema}.events_global_position_seq') FROM generate_series(1, jsonb_array_length(part->'events')));
      INSERT INTO ${schema}.events (global_position, tenant_id, stream_type, stream_id, version, event_id, type, schema_version, data, metadata, occurred_at)
      SELECT taken[e.n], tenant, e.stream_type, e.stream_id, e.version, e.event_id, e.type, e.schema_version, e.data, e.metadata, e.occurred_at
        FROM ROWS FROM (jsonb_to_recordset(part->'events') AS (stream_type text, stream_id text, version int, event_id text,
               type text, schema_version int, data jsonb, metadata jsonb, occurred_at timestamptz)) WITH ORDINALITY
          AS e(stream_type, stream_id, version, event_id, type, schema_version, data, metadata, occurred_at, n);
      INSERT INTO ${schema}.outbox (global_position, tenant_id, partition)
      SELECT taken[p.n], tenant, p.value::smallint
        FROM jsonb_array_elements_text(part->'partitions') WITH ORDINALITY AS p(value, n);
      positions := positions || to_jsonb(taken);
    END IF;
    IF part ? 'snapshots' THEN
      INSERT INTO ${schema}.snapshots (tenant_id, stream_type, stream_id, version, state)
      SELECT tenant, k.stream_type, k.stream_id, k.version, coalesce(k.state, 'null')
        FROM jsonb_to_recordset(part->'snapshots') AS k(stream_type text, stream_id text, version int, state jsonb)
      ON CONFLICT (tenant_id, stream_type, stream_id) DO UPDATE SET version = excluded.version, state = excluded.state;
    END IF;
    IF part ? 'timers_cancelled' THEN
      DELETE FROM ${schema}.timers WHERE tenant_id = tenant
         AND timer_id = ANY(ARRAY(SELECT jsonb_array_elements_text(part->'timers_cancelled')));
    END IF;
    IF part ? 'timers' THEN
      INSERT INTO ${schema}.timers (tenant_id, timer_id, kind, due_at, payload)
      SELECT tenant, k.timer_id, k.kind, k.due_at, coalesce(k.payload, 'null')
        FROM jsonb_to_recordset(part->'timers') AS k(timer_id text, kind text, due_at timestamptz, payload jsonb)
      ON CONFLICT (tenant_id, timer_id) DO UPDATE
        SET kind = excluded.kind, due_at = excluded.due_at, payload = excluded.payload, attempts = 0, claimed_until = NULL;
    END IF;
    IF part ? 'rows' THEN PERFORM ${schema}.apply_rows(part->'rows'); END IF;
  END LOOP;
  RETURN jsonb_build_object('positions', positions);
END $$`;

/** For each stream of a batch its snapshot, the events behind it and its data key: what a command needs. */
const loadStreams = (schema: string): string => `
CREATE FUNCTION ${schema}.load_streams(batch jsonb) RETURNS jsonb LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE part jsonb; tenant text; loaded jsonb; result jsonb := '[]';
BEGIN
  FOR part IN SELECT value FROM jsonb_array_elements(batch) LOOP
    tenant := part->>'tenant';
    PERFORM set_config('app.tenant', tenant, true);
    SELECT jsonb_agg(jsonb_build_object(
             'snapshot', CASE WHEN s.version IS NULL THEN NULL ELSE jsonb_build_object('version', s.version, 'state', s.state) END,
             'key', CASE WHEN d.key_id IS NULL THEN NULL ELSE jsonb_build_object('wrapped', d.wrapped) END,
             'events', e.events) ORDER BY k.n) INTO loaded
      FROM ROWS FROM (jsonb_to_recordset(part->'streams') AS (stream_type text, stream_id text, key_id text)) WITH ORDINALITY
        AS k(stream_type, stream_id, key_id, n)
      LEFT JOIN LATERAL (SELECT version, state FROM ${schema}.snapshots WHERE tenant_id = tenant
         AND stream_type = k.stream_type AND stream_id = k.stream_id LIMIT 1) s ON true
      LEFT JOIN LATERAL (SELECT key_id, wrapped FROM ${schema}.data_keys WHERE tenant_id = tenant AND key_id = k.key_id LIMIT 1) d ON true
     CROSS JOIN LATERAL (SELECT coalesce(jsonb_agg(to_jsonb(x) - 'xid' ORDER BY x.version), '[]') AS events FROM ${schema}.events x
         WHERE x.tenant_id = tenant AND x.stream_type = k.stream_type AND x.stream_id = k.stream_id
           AND x.version > coalesce(s.version, 0)) e;
    result := result || loaded;
  END LOOP;
  RETURN result;
END $$`;

/**
 * Writes and reads a batch in a fixed number of statements, where `transact` and `load_stream` of the first migration
 * take each item by itself: those stay until no process of the build before runs beside this one.
 */
export const batchedLog = (
  schema: string,
): { readonly up: readonly string[]; readonly down: readonly string[] } => ({
  up: [commitBatch(schema), loadStreams(schema)],
  down: [`DROP FUNCTION ${schema}.commit_batch(jsonb)`, `DROP FUNCTION ${schema}.load_streams(jsonb)`],
});
