import { applyRowsFunction } from '@baton/event-store';

/** How vectors are kept: as pgvector's type, or as float32 bytes where the extension is absent. */
export type VectorKind = 'pgvector' | 'exact';

/** Dimensions of common embedding models, each with an HNSW index of its own; others are searched exactly. */
const INDEXED_DIMENSIONS = [384, 512, 768, 1024, 1536] as const;

const COLUMNS = [
  'memory_id',
  'customer_id',
  'kind',
  'content',
  'embedding',
  'embedding_model',
  'dimensions',
  'turn_number',
  'version',
  'created_at',
] as const;

/** The read model of what is remembered, and how it is written and searched. */
export const memoryTables = (schema: string, vectors: VectorKind): string[] => [
  `CREATE TABLE ${schema}.memories (
     tenant_id text NOT NULL,
     conversation_id text NOT NULL,
     -- What may be there once: 'turn/<n>', 'summary', 'fact/<memory_id>'.
     slot text NOT NULL,
     memory_id text NOT NULL,
     customer_id text,
     kind text NOT NULL CHECK (kind IN ('turn', 'fact', 'summary')),
     content text NOT NULL,
     embedding ${vectors === 'pgvector' ? 'public.vector' : 'bytea'} NOT NULL,
     embedding_model text NOT NULL,
     dimensions int NOT NULL,
     turn_number int NOT NULL,
     -- Of the conversation's memory stream: an older row never replaces a newer one.
     version int NOT NULL,
     created_at timestamptz(3) NOT NULL,
     PRIMARY KEY (tenant_id, conversation_id, slot)
   )`,
  `CREATE INDEX memories_of_customer ON ${schema}.memories (tenant_id, customer_id) WHERE customer_id IS NOT NULL`,
  `CREATE INDEX memories_newest ON ${schema}.memories (tenant_id, created_at DESC, memory_id DESC)`,
  ...(vectors === 'pgvector' ? INDEXED_DIMENSIONS.map((dimensions) => hnswIndex(schema, dimensions)) : []),
  applyRowsFunction(schema, [upsertMemories(schema, vectors), forgetConversations(schema)]),
  replaceMemories(schema),
  memoriesOfConversation(schema),
  turnMemory(schema),
  scopeSql(schema),
  vectors === 'pgvector' ? nearestMemories(schema) : scanMemories(schema),
];

/** One per dimension, since an HNSW index needs it fixed and the model is the operator's choice. */
const hnswIndex = (schema: string, dimensions: number): string =>
  `CREATE INDEX memories_nearest_${dimensions} ON ${schema}.memories
     USING hnsw ((embedding::public.vector(${dimensions})) public.vector_cosine_ops) WHERE dimensions = ${dimensions}`;

/** How rows are written; `withSignature` once the column is there. */
export const upsertMemories = (schema: string, vectors: VectorKind, withSignature = false): string => `
  IF rows_ ? 'memories' THEN
    INSERT INTO ${schema}.memories AS t (tenant_id, conversation_id, slot, ${[...COLUMNS, ...(withSignature ? ['signature'] : [])].join(', ')})
    SELECT r->>'tenant_id', r->>'conversation_id', r->>'slot', r->>'memory_id', r->>'customer_id', r->>'kind', r->>'content',
           ${vectors === 'pgvector' ? `(r->>'embedding')::public.vector` : `decode(r->>'embedding', 'base64')`},
           r->>'embedding_model', (r->>'dimensions')::int, (r->>'turn_number')::int, (r->>'version')::int,
           (r->>'created_at')::timestamptz${withSignature ? `, (r->>'signature')::varbit` : ''}
      FROM jsonb_array_elements(rows_->'memories') r
    ON CONFLICT (tenant_id, conversation_id, slot) DO UPDATE SET
      ${[...COLUMNS, ...(withSignature ? ['signature'] : [])].map((column) => `${column} = excluded.${column}`).join(', ')}
     WHERE excluded.version > t.version;
  END IF;`;

/** The lock sets an erasure and a rebuild of the same conversation apart; nothing else waits for it. */
export const forgetConversations = (schema: string): string => `
  IF rows_ ? 'forgotten_conversations' THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws('/', r->>'tenant_id', r->>'conversation_id'), 0))
       FROM jsonb_array_elements(rows_->'forgotten_conversations') r;
    DELETE FROM ${schema}.memories m USING jsonb_array_elements(rows_->'forgotten_conversations') r
     WHERE m.tenant_id = r->>'tenant_id' AND m.conversation_id = r->>'conversation_id';
  END IF;`;

/** A rebuild's rows for one conversation, folded through a version; rows that are newer stay. */
const replaceMemories = (schema: string): string => `
CREATE FUNCTION ${schema}.replace_memories(tenant text, conversation text, through int, rows_ jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  PERFORM pg_advisory_xact_lock(hashtextextended(concat_ws('/', tenant, conversation), 0));
  -- Rows that no log knows of go whatever their version.
  DELETE FROM ${schema}.memories m
   WHERE m.tenant_id = tenant AND m.conversation_id = conversation
     AND (m.version <= through OR NOT EXISTS (SELECT 1 FROM ${schema}.events e
           WHERE e.tenant_id = tenant AND e.stream_type = 'memory' AND e.stream_id = conversation));
  -- Erased since the log was read: what the fold still holds must not come back.
  IF NOT EXISTS (SELECT 1 FROM ${schema}.events e WHERE e.tenant_id = tenant AND e.stream_type = 'memory'
                    AND e.stream_id = conversation AND e.type = 'memory.forgotten') THEN
    PERFORM ${schema}.apply_rows(jsonb_build_object('memories', rows_));
  END IF;
END $$`;

/** What is remembered of one conversation, newest first. */
const memoriesOfConversation = (schema: string): string => `
CREATE FUNCTION ${schema}.memories_of_conversation(tenant text, conversation text, page int)
RETURNS TABLE (memory_id text, kind text, content text, turn_number int, created_at timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  RETURN QUERY SELECT m.memory_id, m.kind, m.content, m.turn_number, m.created_at::timestamptz FROM ${schema}.memories m
    WHERE m.tenant_id = tenant AND m.conversation_id = conversation
    ORDER BY m.turn_number DESC, m.created_at DESC, m.memory_id DESC LIMIT page;
END $$`;

/** A turn's summary, and whether a search would look at anything: where it would not, no embedding is paid for. */
const turnMemory = (schema: string): string => `
CREATE FUNCTION ${schema}.turn_memory(tenant text, conversation text, customer text)
RETURNS TABLE (summary text, searchable boolean) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  RETURN QUERY SELECT
    (SELECT m.content FROM ${schema}.memories m
      WHERE m.tenant_id = tenant AND m.conversation_id = conversation AND m.slot = 'summary'),
    EXISTS (SELECT 1 FROM ${schema}.memories m
             WHERE m.tenant_id = tenant AND m.conversation_id = conversation AND m.slot <> 'summary')
      OR (customer IS NOT NULL AND EXISTS (SELECT 1 FROM ${schema}.memories m
             WHERE m.tenant_id = tenant AND m.customer_id = customer AND m.conversation_id <> conversation));
END $$`;

/** The scope as a condition on $1 tenant, $2 model, $3 conversation, $4 customer; text, so that each has a plan of its own. */
const scopeSql = (schema: string): string => `
CREATE FUNCTION ${schema}.scope_sql(scope text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT 'm.tenant_id = $1 AND m.embedding_model = $2 AND ' || CASE scope
    WHEN 'tenant' THEN 'true'
    WHEN 'conversation' THEN 'm.conversation_id = $3'
    WHEN 'customer' THEN 'm.customer_id = $4'
    WHEN 'both' THEN 'm.conversation_id = $3 AND m.customer_id = $4'
    WHEN 'turn' THEN '(m.conversation_id = $3 OR m.customer_id = $4) AND NOT (m.conversation_id = $3 AND m.kind = ''summary'')'
    ELSE 'false' END
$$`;

export const HIT =
  'memory_id text, kind text, content text, conversation_id text, turn_number int, created_at timestamptz';
export const HIT_COLUMNS =
  'm.memory_id, m.kind, m.content, m.conversation_id, m.turn_number, m.created_at::timestamptz';

/** A page of the rows of a scope, newest first, with their vectors: the cosine is taken outside. */
const scanMemories = (schema: string): string => `
CREATE FUNCTION ${schema}.scan_memories(
  tenant text, model text, scope text, conversation text, customer text, before_at timestamptz, before_id text, page int)
RETURNS TABLE (${HIT}, embedding bytea) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  RETURN QUERY EXECUTE format(
    'SELECT ${HIT_COLUMNS}, m.embedding FROM ${schema}.memories m WHERE %s
        AND ($5::timestamptz IS NULL OR (m.created_at, m.memory_id) < ($5, $6))
      ORDER BY m.created_at DESC, m.memory_id DESC LIMIT $7', ${schema}.scope_sql(scope))
    USING tenant, model, conversation, customer, before_at, before_id, page;
END $$`;

/**
 * The k nearest of a scope. Within a conversation or a customer the few rows are compared exactly: an index
 * over everyone's vectors would find other people's first. Across a tenant the HNSW index is walked for as
 * long as rows of other tenants are in the way.
 */
const nearestMemories = (schema: string): string => `
CREATE FUNCTION ${schema}.nearest_memories(
  tenant text, model text, scope text, conversation text, customer text, query text, dims int, k int)
RETURNS TABLE (${HIT}, similarity float8) LANGUAGE plpgsql SET hnsw.iterative_scan = strict_order AS $$
BEGIN
  PERFORM set_config('app.tenant', tenant, true);
  RETURN QUERY EXECUTE format(
    'WITH m AS %4$s (SELECT * FROM ${schema}.memories m WHERE %1$s AND m.dimensions = %2$s)
     SELECT ${HIT_COLUMNS}, 1 - ((m.embedding::public.vector(%2$s)) OPERATOR(public.<=>) $5::public.vector(%2$s))
       FROM m ORDER BY (m.embedding::public.vector(%2$s)) OPERATOR(public.<=>) $5::public.vector(%2$s) LIMIT %3$s',
    ${schema}.scope_sql(scope), dims, k, CASE scope WHEN 'tenant' THEN 'NOT MATERIALIZED' ELSE 'MATERIALIZED' END)
    USING tenant, model, conversation, customer, query;
END $$`;

/** What undoes {@link memoryTables}; `apply_rows` goes with the log. */
export const dropMemoryTables = (schema: string): string[] => [
  `DROP FUNCTION IF EXISTS ${schema}.nearest_memories(text, text, text, text, text, text, int, int)`,
  `DROP FUNCTION IF EXISTS ${schema}.scan_memories(text, text, text, text, text, timestamptz, text, int)`,
  `DROP FUNCTION ${schema}.scope_sql(text)`,
  `DROP FUNCTION ${schema}.turn_memory(text, text, text)`,
  `DROP FUNCTION ${schema}.memories_of_conversation(text, text, int)`,
  `DROP FUNCTION ${schema}.replace_memories(text, text, int, jsonb)`,
  `DROP TABLE ${schema}.memories`,
];
