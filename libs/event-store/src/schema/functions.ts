import { PARTITIONS } from '@baton/contracts';

/**
 * The one statement that every change goes through. For each item of the batch, in order: idempotency,
 * inbox, expected versions; then either everything of the item is written or nothing. A race that the checks
 * can't see ends in a unique violation that undoes the whole batch: the caller sends its items one by one.
 * No savepoints: more than 64 in a transaction would slow every snapshot on the server.
 */
const transact = (schema: string): string => `
CREATE FUNCTION ${schema}.transact(batch jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  item jsonb; verdicts jsonb := '[]'; tenant text; a jsonb; hit record; at timestamptz; positions jsonb; v int; blocked boolean;
BEGIN
  FOR item IN SELECT value FROM jsonb_array_elements(batch) LOOP
    tenant := item->>'tenant';
    at := (item->>'now')::timestamptz;
    PERFORM set_config('app.tenant', tenant, true);

    blocked := false;
    -- One look by primary key each: a join with the JSON would be planned as a scan of the table.
    FOR a IN SELECT value FROM jsonb_array_elements(item->'idempotency') LOOP
      SELECT i.scope, i.body_hash, i.answer INTO hit FROM ${schema}.idempotency i
       WHERE i.tenant_id = tenant AND i.scope = a->>'scope' AND (i.expires_at IS NULL OR i.expires_at > at);
      IF FOUND THEN
        blocked := true;
        verdicts := verdicts || jsonb_build_object('kind', 'replayed', 'scope', hit.scope, 'bodyHash', hit.body_hash, 'answer', hit.answer);
        EXIT;
      END IF;
    END LOOP;
    CONTINUE WHEN blocked;

    IF item ? 'inbox' THEN
      SELECT version INTO v FROM ${schema}.inbox
       WHERE tenant_id = tenant AND consumer = item#>>'{inbox,consumer}'
         AND stream_type = item#>>'{inbox,streamType}' AND stream_id = item#>>'{inbox,streamId}' FOR UPDATE;
      IF coalesce(v, 0) <> (item#>>'{inbox,expected}')::int THEN
        verdicts := verdicts || jsonb_build_object('kind', 'handled-already', 'version', coalesce(v, 0));
        CONTINUE;
      END IF;
    END IF;

    FOR a IN SELECT value FROM jsonb_array_elements(item->'appends') LOOP
      SELECT version INTO v FROM ${schema}.events
       WHERE tenant_id = tenant AND stream_type = a->>'streamType' AND stream_id = a->>'streamId'
       ORDER BY version DESC LIMIT 1;
      IF coalesce(v, 0) <> (a->>'expectedVersion')::int THEN
        blocked := true;
        verdicts := verdicts || jsonb_build_object('kind', 'conflict', 'stream', (a->>'streamType') || '/' || (a->>'streamId'), 'version', coalesce(v, 0));
        EXIT;
      END IF;
    END LOOP;
    CONTINUE WHEN blocked;

    IF item ? 'idempotency' THEN
      INSERT INTO ${schema}.idempotency AS i (tenant_id, scope, body_hash, answer, subject, expires_at)
      SELECT tenant, e->>'scope', e->>'bodyHash', e->'answer', e->>'subject', at + (e->>'keepMs')::bigint * interval '1 millisecond'
        FROM jsonb_array_elements(item->'idempotency') e
      ON CONFLICT (tenant_id, scope) DO UPDATE
         SET body_hash = excluded.body_hash, answer = excluded.answer, subject = excluded.subject, expires_at = excluded.expires_at
       WHERE i.expires_at <= at;
      GET DIAGNOSTICS v = ROW_COUNT;
      -- Someone else's key was committed since the check above: undo, and let the caller see it.
      IF v < jsonb_array_length(item->'idempotency') THEN
        RAISE EXCEPTION 'idempotency key taken meanwhile' USING ERRCODE = 'unique_violation';
      END IF;
    END IF;

    IF item ? 'inbox' THEN
      INSERT INTO ${schema}.inbox AS i VALUES
        (tenant, item#>>'{inbox,consumer}', item#>>'{inbox,streamType}', item#>>'{inbox,streamId}', (item#>>'{inbox,version}')::int)
      ON CONFLICT (tenant_id, consumer, stream_type, stream_id) DO UPDATE SET version = excluded.version
        WHERE i.version = (item#>>'{inbox,expected}')::int;
      GET DIAGNOSTICS v = ROW_COUNT;
      -- Two replicas handled the first event of a stream at once: there was no row to lock above.
      IF v = 0 THEN RAISE EXCEPTION 'handled meanwhile' USING ERRCODE = 'unique_violation'; END IF;
    END IF;

    IF item ? 'keys' THEN
      INSERT INTO ${schema}.data_keys (tenant_id, key_id, wrapped)
      SELECT tenant, k->>'keyId', k->>'wrapped' FROM jsonb_array_elements(item->'keys') k;
    END IF;

    WITH appended AS (
      INSERT INTO ${schema}.events (tenant_id, stream_type, stream_id, version, event_id, type, schema_version, data, metadata, occurred_at)
      SELECT tenant, x->>'streamType', x->>'streamId', (e.value->>'version')::int, e.value->>'eventId', e.value->>'type',
             (e.value->>'schemaVersion')::int, e.value->'data', e.value->'metadata', at
        FROM jsonb_array_elements(item->'appends') WITH ORDINALITY AS s(x, n),
             jsonb_array_elements(x->'events') WITH ORDINALITY AS e(value, m)
       ORDER BY n, m
      RETURNING global_position, stream_type, stream_id
    ), boxed AS (
      INSERT INTO ${schema}.outbox (global_position, tenant_id, partition)
      SELECT p.global_position, tenant, (x->>'partition')::smallint
        FROM appended p JOIN jsonb_array_elements(item->'appends') x
          ON x->>'streamType' = p.stream_type AND x->>'streamId' = p.stream_id
    )
    SELECT coalesce(jsonb_agg(global_position ORDER BY global_position), '[]') INTO positions FROM appended;

    INSERT INTO ${schema}.snapshots AS s (tenant_id, stream_type, stream_id, version, state)
    SELECT tenant, x->>'streamType', x->>'streamId', (x#>>'{snapshot,version}')::int, x#>'{snapshot,state}'
      FROM jsonb_array_elements(item->'appends') x WHERE x ? 'snapshot'
    ON CONFLICT (tenant_id, stream_type, stream_id) DO UPDATE SET version = excluded.version, state = excluded.state;

    IF item ? 'timers' THEN
      DELETE FROM ${schema}.timers WHERE tenant_id = tenant AND timer_id = ANY(ARRAY(SELECT jsonb_array_elements_text(item#>'{timers,cancel}')));
      INSERT INTO ${schema}.timers (tenant_id, timer_id, kind, due_at, payload)
      SELECT tenant, t->>'timerId', t->>'kind', (t->>'dueAt')::timestamptz, t->'payload' FROM jsonb_array_elements(item#>'{timers,set}') t
      ON CONFLICT (tenant_id, timer_id) DO UPDATE
        SET kind = excluded.kind, due_at = excluded.due_at, payload = excluded.payload, attempts = 0, claimed_until = NULL;
    END IF;

    IF item ? 'rows' THEN PERFORM ${schema}.apply_rows(item->'rows'); END IF;
    verdicts := verdicts || jsonb_build_object('kind', 'committed', 'positions', positions);
  END LOOP;
  RETURN verdicts;
END $$`;

/** Snapshot, the events behind it and the data key: what a command needs, in one round trip. */
const loadStream = (schema: string): string => `
CREATE FUNCTION ${schema}.load_stream(tenant text, type_ text, id text, key_ text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE snap record; result jsonb;
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  SELECT s.version, s.state INTO snap FROM ${schema}.snapshots s
   WHERE s.tenant_id = tenant AND s.stream_type = type_ AND s.stream_id = id;
  SELECT jsonb_build_object(
    'snapshot', CASE WHEN snap.version IS NULL THEN NULL ELSE jsonb_build_object('version', snap.version, 'state', snap.state) END,
    'key', (SELECT jsonb_build_object('wrapped', k.wrapped) FROM ${schema}.data_keys k WHERE k.tenant_id = tenant AND k.key_id = key_),
    'events', coalesce((SELECT jsonb_agg(to_jsonb(e) - 'xid' ORDER BY e.version) FROM ${schema}.events e
       WHERE e.tenant_id = tenant AND e.stream_type = type_ AND e.stream_id = id AND e.version > coalesce(snap.version, 0)), '[]'))
   INTO result;
  RETURN result;
END $$`;

/** A page of one stream, oldest first. */
const readStream = (schema: string): string => `
CREATE FUNCTION ${schema}.read_stream(tenant text, type_ text, id text, after_version int, types text[], page int)
RETURNS SETOF ${schema}.events LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  RETURN QUERY SELECT e.* FROM ${schema}.events e
    WHERE e.tenant_id = tenant AND e.stream_type = type_ AND e.stream_id = id AND e.version > after_version
      AND (types IS NULL OR e.type = ANY(types))
    ORDER BY e.version LIMIT page;
END $$`;

/** Heartbeat of a relay, its fair share of the partitions renewed, taken or given back; answers what it holds. */
const relayTick = (schema: string): string => `
CREATE FUNCTION ${schema}.relay_tick(me text) RETURNS smallint[] LANGUAGE plpgsql AS $$
DECLARE share int; mine int;
BEGIN
  INSERT INTO ${schema}.relay_members (holder, seen_at) VALUES (me, clock_timestamp())
    ON CONFLICT (tenant_id, holder) DO UPDATE SET seen_at = excluded.seen_at;
  DELETE FROM ${schema}.relay_members WHERE seen_at < clock_timestamp() - interval '5 seconds';
  SELECT ceil(${PARTITIONS}.0 / greatest(count(*), 1)) INTO share FROM ${schema}.relay_members;
  UPDATE ${schema}.relay_leases SET expires_at = clock_timestamp() + interval '5 seconds' WHERE holder = me;
  GET DIAGNOSTICS mine = ROW_COUNT;
  IF mine > share THEN
    UPDATE ${schema}.relay_leases SET holder = NULL, expires_at = NULL WHERE partition IN
      (SELECT partition FROM ${schema}.relay_leases WHERE holder = me ORDER BY partition DESC LIMIT mine - share);
  ELSIF mine < share THEN
    UPDATE ${schema}.relay_leases SET holder = me, expires_at = clock_timestamp() + interval '5 seconds' WHERE partition IN
      (SELECT partition FROM ${schema}.relay_leases WHERE holder IS NULL OR expires_at < clock_timestamp()
        ORDER BY partition LIMIT share - mine FOR UPDATE SKIP LOCKED);
  END IF;
  RETURN (SELECT coalesce(array_agg(partition), '{}') FROM ${schema}.relay_leases WHERE holder = me);
END $$`;

/** The tables a service keeps beside its log say in `apply_rows` how their rows are upserted; by default none. */
const applyNoRows = (schema: string): string => `
CREATE FUNCTION ${schema}.apply_rows(rows_ jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF rows_ <> '{}' THEN RAISE EXCEPTION 'no read model takes %', rows_; END IF;
END $$`;

export const functions = (schema: string): string[] => [
  `INSERT INTO ${schema}.relay_leases (partition) SELECT generate_series(0, ${PARTITIONS - 1})`,
  applyNoRows(schema),
  transact(schema),
  loadStream(schema),
  readStream(schema),
  relayTick(schema),
];

/**
 * One clause of a service's `apply_rows(rows_ jsonb)`: full rows of `table`, upserted by its primary key.
 * A row holds every column; `guard` may refuse an older row, as in `excluded.version > t.version`.
 */
export const upsertRows = (
  schema: string,
  table: string,
  key: readonly string[],
  columns: readonly string[],
  guard?: string,
): string => `
  IF rows_ ? '${table}' THEN
    INSERT INTO ${schema}.${table} AS t (${columns.join(', ')})
    SELECT ${columns.map((column) => `r.${column}`).join(', ')}
      FROM jsonb_populate_recordset(NULL::${schema}.${table}, rows_->'${table}') r
    ON CONFLICT (${key.join(', ')}) DO UPDATE SET
      ${columns
        .filter((column) => !key.includes(column))
        .map((column) => `${column} = excluded.${column}`)
        .join(', ')}${guard === undefined ? '' : `\n     WHERE ${guard}`};
  END IF;`;

/** `CREATE OR REPLACE` of a service's `apply_rows` from its clauses. */
export const applyRowsFunction = (schema: string, clauses: readonly string[]): string => `
CREATE OR REPLACE FUNCTION ${schema}.apply_rows(rows_ jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN${clauses.join('')}
END $$`;
