import { PGlite } from '@electric-sql/pglite';
import { vector } from '@electric-sql/pglite-pgvector';
import { createDatabase, startPostgres } from '@baton/testkit';
import pg from 'pg';

import { encodeEmbedding, signatureOf } from '../memory/embedding-codec.js';
import { memoryTables, type VectorKind } from '../schema/memories.js';
import { turnRecall } from '../schema/turn-recall.js';
import { ExactVectorStore, type VectorDatabase } from './exact-vector-store.repository.js';
import type { MemoryScope } from './memory-scope.js';
import { PgvectorStore } from './pgvector-store.repository.js';
import { cosine, relevance } from './scoring.js';
import { TURN_WINDOW } from './turn-window.js';
import type { VectorStore } from './vector-store.js';

const SCHEMA = 'memory_worker';
const DIMENSIONS = 384;
const NOW = new Date('2026-11-22T10:00:00.000Z');
const DAY = 24 * 60 * 60 * 1000;

interface Opened {
  readonly database: VectorDatabase;
  close(): Promise<void>;
}

/** pgvector itself, inside this process; the server of the tests has none. */
const openPglite = async (): Promise<Opened> => {
  const lite = await PGlite.create({ extensions: { vector } });
  return {
    database: {
      schema: SCHEMA,
      hot: async <Row extends object>(sql: string, params: readonly unknown[]) =>
        (await lite.query<Row>(sql, [...params])).rows,
    },
    close: () => lite.close(),
  };
};

const openPostgres = async (): Promise<Opened> => {
  const server = await startPostgres();
  const pool = new pg.Pool({
    connectionString: (await createDatabase(server.url)).url,
    max: 1,
  });
  // Its last connections may hear of the server's end before of their own.
  pool.on('error', () => undefined);
  return {
    database: {
      schema: SCHEMA,
      hot: async <Row extends object>(sql: string, params: readonly unknown[]) =>
        (await pool.query<Row>(sql, [...params])).rows,
    },
    close: async () => {
      await pool.end();
      await server.stop();
    },
  };
};

/** The same numbers every time: a failure can be looked at. */
const random = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};

interface Remembered {
  readonly tenant_id: string;
  readonly conversation_id: string;
  readonly customer_id: string | null;
  readonly kind: string;
  readonly slot: string;
  readonly memory_id: string;
  readonly embedding_model: string;
  readonly created_at: string;
  readonly turn_number: number;
  readonly vector: number[];
}

const ROWS: Remembered[] = (() => {
  const next = random(7);
  return Array.from({ length: 1500 }, (_, n) => {
    const conversation = n % 50;
    const kind = n < 50 ? 'summary' : n % 7 === 0 ? 'fact' : 'turn';
    return {
      tenant_id: n % 10 === 9 ? 'globex' : 'acme',
      conversation_id: `conv_${conversation}`,
      customer_id: conversation % 5 === 0 ? null : `cust_${conversation % 12}`,
      kind,
      slot: kind === 'summary' ? 'summary' : `${kind}/${n}`,
      memory_id: `mem_${String(n).padStart(4, '0')}`,
      embedding_model: n % 97 === 0 ? 'older/model' : 'test/model',
      created_at: new Date(NOW.getTime() - next() * 90 * DAY).toISOString(),
      turn_number: n + 1,
      vector: Array.from({ length: DIMENSIONS }, () => Math.fround(next() - 0.35)),
    };
  });
})();

const QUERY = (() => {
  const next = random(99);
  return Array.from({ length: DIMENSIONS }, () => Math.fround(next() - 0.4));
})();

const inScope = (row: Remembered, scope: MemoryScope): boolean => {
  if (scope.kind === 'turn') {
    const ofConversation = row.conversation_id === scope.conversation_id;
    const ofCustomer = scope.customer_id !== null && row.customer_id === scope.customer_id;
    return ofConversation ? row.kind !== 'summary' : ofCustomer;
  }
  return (
    (scope.conversation_id === null || row.conversation_id === scope.conversation_id) &&
    (scope.customer_id === null || row.customer_id === scope.customer_id)
  );
};

/** What any store must find: everything looked at, in plain code. */
const expected = (scope: MemoryScope, limit: number, tenant = 'acme') =>
  ROWS.filter(
    (row) => row.tenant_id === tenant && row.embedding_model === 'test/model' && inScope(row, scope),
  )
    .map((row) => ({
      memory_id: row.memory_id,
      score: relevance(cosine(row.vector, QUERY), NOW.getTime() - Date.parse(row.created_at)),
    }))
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);

/** `x0f` as PostgreSQL shows it. */
const bitsOf = (signature: string): string =>
  [...Buffer.from(signature.slice(1), 'hex')].map((byte) => byte.toString(2).padStart(8, '0')).join('');

/** How many rows of the table one recall reads, by the server's own count. */
const rowsReadFunction = (schema: string): string => `
CREATE FUNCTION ${schema}.rows_read(conversation text, customer text, query text, newest int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE before bigint; behind bigint;
BEGIN
  SELECT idx_tup_fetch + seq_tup_read INTO before FROM pg_stat_xact_user_tables WHERE schemaname = '${schema}' AND relname = 'memories';
  PERFORM * FROM ${schema}.recall_for_turn('acme', 'tiny', conversation, customer, query, 'xff', now(), 1e9, 0.3, newest, 32);
  SELECT idx_tup_fetch + seq_tup_read INTO behind FROM pg_stat_xact_user_tables WHERE schemaname = '${schema}' AND relname = 'memories';
  RETURN behind - before;
END $$`;

describe.each<[VectorKind, typeof openPostgres, (database: VectorDatabase) => VectorStore]>([
  ['exact', openPostgres, (database) => new ExactVectorStore(database)],
  ['pgvector', openPglite, (database) => new PgvectorStore(database)],
])('the %s vector store', (kind, open, create) => {
  let opened: Opened;
  let store: VectorStore;

  beforeAll(async () => {
    opened = await open();
    const run = (sql: string) => opened.database.hot(sql, []);
    await run(`CREATE SCHEMA ${SCHEMA}`);
    if (kind === 'pgvector') await run('CREATE EXTENSION vector');
    for (const sql of memoryTables(SCHEMA, kind)) await run(sql);
    store = create(opened.database);
    const rows = ROWS.map(({ vector: numbers, ...row }) => ({
      ...row,
      content: `content of ${row.memory_id}`,
      embedding: store.rowValue(encodeEmbedding(numbers)),
      dimensions: numbers.length,
      version: 1,
    }));
    for (let from = 0; from < rows.length; from += 100) {
      await opened.database.hot(`SELECT ${SCHEMA}.apply_rows($1)`, [
        JSON.stringify({ memories: rows.slice(from, from + 100) }),
      ]);
    }
    await run(`ANALYZE ${SCHEMA}.memories`);
    // Behind the rows: those of an older release are searched like new ones.
    for (const sql of turnRecall(SCHEMA, kind).up) await run(sql);
  });
  afterAll(() => opened.close());

  const best = (scope: MemoryScope, limit: number, tenantId = 'acme', model = 'test/model') =>
    store.best({ tenantId, scope, model, vector: QUERY, limit, now: NOW });

  const scopes: [string, MemoryScope][] = [
    ['a conversation', { kind: 'filter', conversation_id: 'conv_7', customer_id: null }],
    ['a customer', { kind: 'filter', conversation_id: null, customer_id: 'cust_3' }],
    ['a customer in a conversation', { kind: 'filter', conversation_id: 'conv_3', customer_id: 'cust_3' }],
  ];

  it.each(scopes)('ranks the memories of %s as comparing each of them does', async (_name, scope) => {
    const found = await best(scope, 10);
    const wanted = expected(scope, 10);
    expect(wanted.length).toBeGreaterThan(3);
    expect(found.map((hit) => hit.memory_id)).toEqual(wanted.map((hit) => hit.memory_id));
    found.forEach((hit, index) => expect(hit.score).toBeCloseTo(wanted[index]?.score ?? -1, 4));
  });

  it('signs the rows of an older release as it signs new ones', async () => {
    const rows = await opened.database.hot<{ memory_id: string; signature: string }>(
      `SELECT memory_id, signature::text FROM ${SCHEMA}.memories`,
      [],
    );
    const signatures = new Map(rows.map((row) => [row.memory_id, row.signature]));
    for (const row of ROWS) expect(signatures.get(row.memory_id)).toBe(bitsOf(signatureOf(row.vector)));
  });

  describe('for a turn', () => {
    const FRESH = 'fresh_memory';
    const QUERIED = [1, 1, 1, 1, 1, 1, 1, 1];
    const next = random(3);
    let fresh: VectorStore;

    beforeAll(async () => {
      await opened.database.hot(`CREATE SCHEMA ${FRESH}`, []);
      for (const sql of [
        ...memoryTables(FRESH, kind),
        ...turnRecall(FRESH, kind).up,
        rowsReadFunction(FRESH),
      ])
        await opened.database.hot(sql, []);
      fresh = create({ schema: FRESH, hot: (sql, params) => opened.database.hot(sql, params) });
    });

    const row = (conversation: string, customer: string | null, version: number, more: object = {}) => {
      const numbers = Array.from({ length: 8 }, () => next() - 0.5);
      return {
        tenant_id: 'acme',
        conversation_id: conversation,
        customer_id: customer,
        kind: 'turn',
        slot: `turn/${version}`,
        memory_id: `${conversation}/${version}`,
        content: 'x',
        embedding: fresh.rowValue(encodeEmbedding(numbers)),
        embedding_model: 'tiny',
        dimensions: 8,
        signature: signatureOf(numbers),
        turn_number: version,
        version,
        created_at: new Date(NOW.getTime() - 100_000 + version).toISOString(),
        ...more,
      };
    };
    const write = async (memories: readonly object[]): Promise<void> => {
      for (let from = 0; from < memories.length; from += 500)
        await opened.database.hot(`SELECT ${FRESH}.apply_rows($1)`, [
          JSON.stringify({ memories: memories.slice(from, from + 500) }),
        ]);
    };
    const turns = (conversation: string, customer: string | null, from: number, through: number) =>
      write(
        Array.from({ length: through - from + 1 }, (_, index) => row(conversation, customer, from + index)),
      );
    const read = async (conversation: string, customer: string | null): Promise<number> => {
      const query = kind === 'pgvector' ? JSON.stringify(QUERIED) : null;
      const [counted] = await opened.database.hot<{ read: number }>(
        `SELECT ${FRESH}.rows_read($1, $2, $3, $4)::int AS read`,
        [conversation, customer, query, TURN_WINDOW],
      );
      return counted?.read ?? Number.NaN;
    };

    it('reads no more rows however long the conversation is', async () => {
      await turns('conv_long', 'cust_long', 1, 10);
      // Often enough for the plan to be kept, made while there was little.
      for (let times = 0; times < 8; times += 1)
        expect(await read('conv_long', 'cust_long')).toBeLessThanOrEqual(20);
      await turns('conv_long', 'cust_long', 11, 1500);
      const atFirst = await read('conv_long', 'cust_long');
      expect(atFirst).toBeGreaterThan(TURN_WINDOW);
      expect(atFirst).toBeLessThanOrEqual(4 * TURN_WINDOW);
      await turns('conv_long', 'cust_long', 1501, 6000);
      expect(await read('conv_long', 'cust_long')).toBe(atFirst);
      // Nor where the planner knows how long it is.
      await opened.database.hot(`ANALYZE ${FRESH}.memories`, []);
      expect(await read('conv_long', 'cust_long')).toBe(atFirst);
    });

    it('finds a fact, and what another conversation came to, behind any number of turns', async () => {
      const distilled = {
        embedding: fresh.rowValue(encodeEmbedding(QUERIED)),
        signature: signatureOf(QUERIED),
        created_at: new Date(NOW.getTime() - 10 * DAY).toISOString(),
      };
      const fact = { ...distilled, kind: 'fact', slot: 'fact/1', memory_id: 'a fact' };
      const summary = { ...distilled, kind: 'summary', slot: 'summary' };
      await write([
        row('conv_long', 'cust_long', 1, fact),
        row('conv_long', 'cust_long', 2, { ...summary, memory_id: 'its own summary' }),
        row('conv_before', 'cust_long', 1, { ...summary, memory_id: 'what came before' }),
        row('conv_other', 'cust_other', 1, { ...summary, memory_id: "another's" }),
      ]);
      const found = await fresh.best({
        tenantId: 'acme',
        scope: { kind: 'turn', conversation_id: 'conv_long', customer_id: 'cust_long' },
        model: 'tiny',
        vector: QUERIED,
        limit: 500,
        now: NOW,
      });
      const ids = found.map((hit) => hit.memory_id);
      expect(ids).toEqual(expect.arrayContaining(['a fact', 'what came before']));
      expect(new Set(ids).size).toBe(ids.length);
      // The conversation's own summary is in the prompt anyway.
      expect(ids).not.toContain('its own summary');
      expect(ids).not.toContain("another's");
    });
  });

  it.each<[string, MemoryScope]>([
    ['a known customer', { kind: 'turn', conversation_id: 'conv_3', customer_id: 'cust_3' }],
    ['nobody known', { kind: 'turn', conversation_id: 'conv_5', customer_id: null }],
  ])('recalls nearly all of the best for a turn of %s, and in their order', async (_name, scope) => {
    const found = await best(scope, 10);
    const wanted = new Map(expected(scope, 50).map((hit) => [hit.memory_id, hit.score]));
    const top = [...wanted.keys()].slice(0, 10);
    // Vectors drawn at random are all alike far: no signature has it harder.
    expect(found.filter((hit) => top.includes(hit.memory_id)).length).toBeGreaterThanOrEqual(8);
    expect(found.map((hit) => hit.score)).toEqual(found.map((hit) => hit.score).toSorted((a, b) => b - a));
    for (const hit of found) expect(hit.score).toBeCloseTo(wanted.get(hit.memory_id) ?? -1, 4);
  });

  it('finds nearly all of the best across a tenant, and nothing of another tenant', async () => {
    const everything: MemoryScope = { kind: 'filter', conversation_id: null, customer_id: null };
    for (const tenant of ['acme', 'globex']) {
      const found = (await best(everything, 20, tenant)).map((hit) => hit.memory_id);
      const wanted = expected(everything, 20, tenant).map((hit) => hit.memory_id);
      const hits = found.filter((id) => wanted.includes(id)).length;
      // An HNSW index is approximate; comparing each is not.
      expect(hits).toBeGreaterThanOrEqual(kind === 'exact' ? 20 : 18);
      const own = new Set(ROWS.filter((row) => row.tenant_id === tenant).map((row) => row.memory_id));
      expect(found.every((id) => own.has(id))).toBe(true);
    }
  });

  it('finds nothing in a customer that is not there, and nothing by another model', async () => {
    expect(await best({ kind: 'filter', conversation_id: null, customer_id: 'nobody' }, 5)).toEqual([]);
    expect(
      await best({ kind: 'filter', conversation_id: 'conv_7', customer_id: null }, 5, 'acme', 'other/model'),
    ).toEqual([]);
  });

  it('says where each memory comes from', async () => {
    const [hit] = await best({ kind: 'filter', conversation_id: 'conv_7', customer_id: null }, 1);
    const row = ROWS.find((each) => each.memory_id === hit?.memory_id);
    expect(hit).toMatchObject({
      kind: row?.kind,
      content: `content of ${row?.memory_id}`,
      conversation_id: 'conv_7',
      turn_number: row?.turn_number,
      created_at: new Date(row?.created_at ?? 0),
    });
  });

  it('keeps the newer of two rows, and one summary a conversation', async () => {
    const row = (version: number) => ({
      memories: [
        {
          ...ROWS[0],
          vector: undefined,
          conversation_id: 'conv_new',
          slot: 'summary',
          kind: 'summary',
          content: `version ${version}`,
          embedding: store.rowValue(encodeEmbedding(QUERY)),
          embedding_model: 'test/model',
          dimensions: DIMENSIONS,
          version,
        },
      ],
    });
    for (const version of [2, 3, 1])
      await opened.database.hot(`SELECT ${SCHEMA}.apply_rows($1)`, [JSON.stringify(row(version))]);
    const found = await best({ kind: 'filter', conversation_id: 'conv_new', customer_id: null }, 5);
    expect(found.map((hit) => hit.content)).toEqual(['version 3']);
    await opened.database.hot(`SELECT ${SCHEMA}.apply_rows($1)`, [
      JSON.stringify({ forgotten_conversations: [{ tenant_id: 'acme', conversation_id: 'conv_new' }] }),
    ]);
    expect(await best({ kind: 'filter', conversation_id: 'conv_new', customer_id: null }, 5)).toEqual([]);
  });

  if (kind === 'pgvector') {
    it('has an HNSW index to walk across a large tenant, which finds nearly all of the best', async () => {
      // So few rows are sorted faster than an index is walked: the planner is told not to.
      await opened.database.hot('SET enable_sort = off', []);
      const plan = await opened.database.hot<{ 'QUERY PLAN': string }>(
        `EXPLAIN SELECT memory_id FROM ${SCHEMA}.memories m
          WHERE m.tenant_id = 'acme' AND m.embedding_model = 'test/model' AND m.dimensions = ${DIMENSIONS}
          ORDER BY (m.embedding::vector(${DIMENSIONS})) <=> '[${QUERY.join(',')}]'::vector(${DIMENSIONS}) LIMIT 10`,
        [],
      );
      expect(
        plan.some((line) => line['QUERY PLAN'].includes(`Index Scan using memories_nearest_${DIMENSIONS}`)),
      ).toBe(true);
      const everything: MemoryScope = { kind: 'filter', conversation_id: null, customer_id: null };
      const found = new Set((await best(everything, 20)).map((hit) => hit.memory_id));
      const missed = expected(everything, 20).filter((hit) => !found.has(hit.memory_id));
      expect(missed.length).toBeLessThanOrEqual(2);
      await opened.database.hot('RESET enable_sort', []);
    });
  }
});
