import { applyRowsFunction, upsertRows } from '@baton/event-store';

import { FIRST_LEDGER_COLUMNS, type LedgerRow } from './ledger-row.js';

/** Classid of the advisory locks by which replicas show that they live. */
export const PRESENCE_LOCK_CLASS = 7_264_012;

export const ledgerTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.llm_calls (
     tenant_id text NOT NULL,
     call_id text NOT NULL,
     attempt int NOT NULL,
     kind text NOT NULL,
     model text NOT NULL,
     outcome text NOT NULL CHECK (outcome IN ('open', 'ok', 'failed', 'refused', 'cancelled', 'unknown')),
     owner int NOT NULL,
     input_tokens int NOT NULL, cached_tokens int NOT NULL, output_tokens int NOT NULL, reasoning_tokens int NOT NULL,
     usage_estimated boolean NOT NULL,
     cost_usd numeric NOT NULL,
     error_code text,
     first_token_ms float8, latency_ms float8,
     conversation_id text, run_id text, node_id text, workflow text,
     result jsonb,
     event_version int,
     started_at timestamptz(3) NOT NULL,
     closed_at timestamptz(3),
     PRIMARY KEY (tenant_id, call_id, attempt)
   ) WITH (fillfactor = 70)`,
  `CREATE INDEX llm_calls_of_conversation ON ${schema}.llm_calls (tenant_id, conversation_id) WHERE result IS NOT NULL`,
  `CREATE INDEX llm_calls_open ON ${schema}.llm_calls (started_at) WHERE outcome = 'open'`,
];

/** Rows of attempts, and the word that a conversation was erased: its stored answers go. */
export const ledgerApplyRows = (
  schema: string,
  columns: readonly (keyof LedgerRow)[] = FIRST_LEDGER_COLUMNS,
): string =>
  applyRowsFunction(schema, [
    upsertRows(schema, 'llm_calls', ['tenant_id', 'call_id', 'attempt'], columns),
    `
  IF rows_ ? 'erased_conversations' THEN
    UPDATE ${schema}.llm_calls c SET result = NULL
      FROM jsonb_to_recordset(rows_->'erased_conversations') AS e(tenant_id text, conversation_id text)
     WHERE c.tenant_id = e.tenant_id AND c.conversation_id = e.conversation_id AND c.result IS NOT NULL;
  END IF;`,
  ]);

/**
 * Before an attempt: closes the one before it, if there was one, and writes the row of this one, unless the
 * call is settled already or somebody alive is making it. Many callers' in one statement and one commit.
 */
export const openCallsFunction = (schema: string, whereCancelled = ''): string => `
CREATE OR REPLACE FUNCTION ${schema}.open_llm_calls(batch jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  item jsonb; verdicts jsonb := '[]'; last ${schema}.llm_calls%ROWTYPE; alive boolean; number int; cut_off int; reported int;
BEGIN
  FOR item IN SELECT value FROM jsonb_array_elements(batch) LOOP
    PERFORM set_config('app.tenant', item#>>'{row,tenant_id}', true);
    IF item ? 'closed' THEN
      PERFORM ${schema}.apply_rows(jsonb_build_object('llm_calls', jsonb_build_array(item->'closed')));
    END IF;

    SELECT * INTO last FROM ${schema}.llm_calls
     WHERE tenant_id = item#>>'{row,tenant_id}' AND call_id = item#>>'{row,call_id}' ORDER BY attempt DESC LIMIT 1;
    number := coalesce(last.attempt, 0) + 1;

    -- An answer that was stored once stays the answer, whatever was tried since.
    IF number > 1 AND NOT item ? 'closed' AND EXISTS (SELECT 1 FROM ${schema}.llm_calls
         WHERE tenant_id = last.tenant_id AND call_id = last.call_id AND outcome IN ('ok', 'refused')) THEN
      SELECT * INTO last FROM ${schema}.llm_calls
       WHERE tenant_id = last.tenant_id AND call_id = last.call_id AND outcome IN ('ok', 'refused') ORDER BY attempt LIMIT 1;
      verdicts := verdicts || jsonb_build_object('kind', 'settled', 'model', last.model, 'result', last.result);
      CONTINUE;
    END IF;
${whereCancelled}
    cut_off := 0;
    IF number > 1 AND last.outcome = 'open' THEN
      alive := last.owner <> (item#>>'{row,owner}')::int AND EXISTS (
        SELECT 1 FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
           AND l.classid::bigint = ${PRESENCE_LOCK_CLASS} AND l.objid::bigint = last.owner
           AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()));
      IF last.owner <> (item#>>'{row,owner}')::int AND (alive OR (item->>'gone')::int IS DISTINCT FROM last.owner) THEN
        verdicts := verdicts || jsonb_build_object('kind', 'running', 'owner', last.owner, 'alive', alive);
        CONTINUE;
      END IF;
      UPDATE ${schema}.llm_calls SET outcome = 'unknown', closed_at = (item#>>'{row,started_at}')::timestamptz
       WHERE tenant_id = last.tenant_id AND call_id = last.call_id AND attempt = last.attempt AND outcome = 'open';
      cut_off := 1;
    END IF;

    INSERT INTO ${schema}.llm_calls
      SELECT r.* FROM jsonb_populate_record(NULL::${schema}.llm_calls, (item->'row') || jsonb_build_object('attempt', number)) r
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
      verdicts := verdicts || jsonb_build_object('kind', 'running', 'owner', 0, 'alive', true);
      CONTINUE;
    END IF;
    SELECT coalesce(max(event_version), 0) INTO reported FROM ${schema}.llm_calls
     WHERE tenant_id = item#>>'{row,tenant_id}' AND call_id = item#>>'{row,call_id}';
    verdicts := verdicts || jsonb_build_object('kind', 'opened', 'attempt', number, 'cutOff', cut_off, 'reported', reported);
  END LOOP;
  RETURN verdicts;
END $$`;

/** What {@link openCallsFunction} does with a call that was cancelled: it is not made again. */
export const CANCELLED_CALLS = `
    IF number > 1 AND NOT item ? 'closed' AND last.outcome = 'cancelled' THEN
      verdicts := verdicts || jsonb_build_object('kind', 'cancelled');
      CONTINUE;
    END IF;
`;

export const dropLedger = (schema: string): string[] => [
  `DROP FUNCTION ${schema}.open_llm_calls(jsonb)`,
  `DROP TABLE ${schema}.llm_calls`,
];
