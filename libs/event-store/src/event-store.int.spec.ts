import { type EventMetadata, SYSTEM_ACTOR } from '@baton/contracts';
import pg from 'pg';

import type { EventStore } from './event-store.js';
import { ERASED, isSealed } from './sealing.js';
import { type LogFixture, startLog } from './testing/log-fixture.js';
import type { Append, Outcome, Transaction } from './transaction.js';

const metadata: EventMetadata = { actor: SYSTEM_ACTOR };
const NOW = '2026-11-22T10:00:00.000Z';

const feedback = (comment: string) => ({
  type: 'conversation.feedback_recorded',
  data: { rating: 5, comment },
});

const append = (id: string, expectedVersion: number, ...comments: string[]): Append => ({
  ref: { tenantId: 'acme', streamType: 'conversation', streamId: id },
  expectedVersion,
  events: comments.map(feedback),
  metadata,
  keyId: `conversation/${id}`,
});

const transaction = (appends: readonly Append[], more: Partial<Transaction> = {}): Transaction => ({
  tenantId: 'acme',
  now: NOW,
  appends,
  ...more,
});

const comments = {
  initialState: (): string[] => [],
  evolve: (state: string[], event: ReturnType<typeof feedback>): string[] => [...state, event.data.comment],
};

describe('the event store', () => {
  let log: LogFixture;
  let store: EventStore;

  beforeAll(async () => {
    log = await startLog();
    store = log.store();
  });
  afterAll(() => log.stop());

  const load = (id: string, from: EventStore = store) =>
    from.load({ tenantId: 'acme', streamType: 'conversation', streamId: id }, comments, {
      keyId: `conversation/${id}`,
    });

  it('gives back what was appended, in order, from another process too', async () => {
    await store.transact(transaction([append('c1', 0, 'one', 'two')]));
    await store.transact(transaction([append('c1', 2, 'three')]));
    expect(await load('c1', log.store())).toEqual({ state: ['one', 'two', 'three'], version: 3 });
  });

  it('lets one of many contenders for a version win, and tells the others', async () => {
    const stores = Array.from({ length: 4 }, () => log.store());
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (stores[index % 4] as EventStore).transact(transaction([append('c2', 0, `writer ${index}`)])),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.kind === 'committed')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome.kind === 'conflict')).toHaveLength(19);
    expect((await load('c2')).version).toBe(1);
  });

  it('writes all streams of a transaction or none', async () => {
    await store.transact(transaction([append('c3', 0, 'first')]));
    const outcome = await store.transact(transaction([append('c4', 0, 'new'), append('c3', 0, 'stale')]));
    expect(outcome).toMatchObject({ kind: 'conflict' });
    expect((await load('c4')).version).toBe(0);
  });

  it('answers a used key with what was stored and writes nothing, whoever comes at once', async () => {
    const key = { scope: 'key|a', bodyHash: 'h', answer: { n: 1 }, keepMs: 60_000 };
    const outcomes = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        log.store().transact(transaction([append(`c5-${index}`, 0, 'x')], { idempotency: [key] })),
      ),
    );
    // Those that lost the race inside the database are told so, or see the key at once.
    const again: Outcome[] = await Promise.all(
      outcomes.map((outcome, index) =>
        outcome.kind === 'conflict'
          ? store.transact(transaction([append(`c5-${index}`, 0, 'x')], { idempotency: [key] }))
          : Promise.resolve(outcome),
      ),
    );
    expect(again.filter((outcome) => outcome.kind === 'committed')).toHaveLength(1);
    expect(again.filter((outcome) => outcome.kind === 'replayed')).toHaveLength(9);
    expect(again.find((outcome) => outcome.kind === 'replayed')).toMatchObject({
      bodyHash: 'h',
      answer: { n: 1 },
    });
  });

  it('forgets a key after its time', async () => {
    const key = { scope: 'key|old', bodyHash: 'h', answer: 1, keepMs: 1000 };
    await store.transact(transaction([append('c6', 0, 'x')], { idempotency: [key] }));
    const later = transaction([append('c6', 1, 'y')], { idempotency: [key] });
    const outcome = await store.transact({ ...later, now: '2026-11-22T10:00:02.000Z' });
    expect(outcome.kind).toBe('committed');
  });

  it('moves a consumer in the transaction of its effect, once', async () => {
    const inbox = {
      consumer: 'memory-worker.turns',
      source: { tenantId: 'acme', streamType: 'conversation', streamId: 'src' },
      expected: 0,
      version: 3,
    };
    const results = await Promise.all(
      ['m1', 'm2', 'm3'].map((id) => log.store().transact(transaction([append(id, 0, 'effect')], { inbox }))),
    );
    expect(results.filter((outcome) => outcome.kind === 'committed')).toHaveLength(1);
    const late = await store.transact(transaction([append('m9', 0, 'effect')], { inbox }));
    expect(late).toEqual({ kind: 'handled-already', version: 3 });
  });

  it('keeps personal fields as ciphertext, and unreadable once the key is destroyed', async () => {
    await store.transact(transaction([append('c7', 0, 'my phone is 555-0100')]));
    const ref = { tenantId: 'acme', streamType: 'conversation', streamId: 'c7' };
    const [sealed] = await store.sealed.stream(ref);
    expect(isSealed(sealed?.data['comment'])).toBe(true);
    expect(JSON.stringify(sealed)).not.toContain('555-0100');
    await log.database.tenant('acme', (q) =>
      q.query(
        `UPDATE orchestrator.data_keys SET wrapped = NULL, erased_at = now() WHERE key_id = 'conversation/c7'`,
      ),
    );
    const [opened] = await log.store().readStream(ref);
    expect(opened?.data).toEqual({ rating: 5, comment: ERASED });
    await expect(log.store().transact(transaction([append('c7', 1, 'late')]))).rejects.toMatchObject({
      code: 'erased',
    });
  });

  it('reads a long stream from its snapshot', async () => {
    await store.transact(
      transaction([
        { ...append('c8', 0, ...Array.from({ length: 50 }, (_, n) => `${n}`)), snapshot: ['snapshot'] },
      ]),
    );
    await store.transact(transaction([append('c8', 50, 'tail')]));
    expect(await load('c8', log.store())).toEqual({ state: ['snapshot', 'tail'], version: 51 });
  });

  it('refuses UPDATE, DELETE and TRUNCATE on the log, to its owner too', async () => {
    await store.transact(transaction([append('c9', 0, 'x')]));
    const owner = new pg.Client({ connectionString: log.adminUrl });
    await owner.connect();
    try {
      for (const sql of [
        `UPDATE orchestrator.events SET type = 'x'`,
        'DELETE FROM orchestrator.events',
        'TRUNCATE orchestrator.events',
      ]) {
        await expect(owner.query(sql)).rejects.toThrow('append-only');
      }
    } finally {
      await owner.end();
    }
  });

  it('shows one tenant nothing of another, whatever the query says', async () => {
    await store.transact(transaction([append('c10', 0, 'x')]));
    const seen = await log.database.tenant('other', (q) => q.query('SELECT * FROM orchestrator.events'));
    expect(seen).toEqual([]);
  });

  it('shows a reader with a cursor no event behind a transaction that is still open', async () => {
    const open = new pg.Client({ connectionString: log.adminUrl });
    await open.connect();
    const start = await store.sealed.log({ streamTypes: ['conversation'], after: null, limit: 1000 });
    await open.query('BEGIN');
    await open.query(`SELECT pg_current_xact_id()`);
    await store.transact(transaction([append('late', 0, 'x')]));
    const during = await store.sealed.log({
      streamTypes: ['conversation'],
      after: start.next,
      limit: 1000,
    });
    expect(during.events).toEqual([]);
    await open.query('COMMIT');
    await open.end();
    const after = await store.sealed.log({
      streamTypes: ['conversation'],
      after: start.next,
      limit: 1000,
    });
    expect(after.events.map((event) => event.stream_id)).toEqual(['late']);
  });
});
