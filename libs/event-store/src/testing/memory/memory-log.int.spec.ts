import { randomUUID } from 'node:crypto';

import fc from 'fast-check';
import pg from 'pg';

import { type BatchAnswer, type CommitItem, partsOf } from '../../commit-batch.js';
import { type LogFixture, startLog } from '../log-fixture.js';
import { MemoryDatabase } from './memory-database.js';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const HOUR_MS = 3_600_000;
/** The same draws in every run of the tests; `FC_SEED=random FC_RUNS=1000` looks further. */
const { FC_SEED = '20261122', FC_RUNS = '60' } = process.env;

/** What a batch asks for, before it is known which versions the streams are at. */
interface Wish {
  readonly hours: number;
  readonly keys: readonly { readonly name: number; readonly body: number; readonly keepHours: number }[];
  readonly inbox: { readonly source: number; readonly off: number } | null;
  readonly appends: readonly {
    readonly stream: number;
    readonly off: number;
    readonly events: number;
    readonly snapshot: boolean;
    readonly text: string;
  }[];
  readonly dataKey: number | null;
  readonly timers: { readonly set: readonly number[]; readonly cancel: readonly number[] };
}

const few = fc.integer({ min: 0, max: 2 });
/** Mostly right, and sometimes a little off. */
const off = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: -1, max: 1 }));

const wish: fc.Arbitrary<Wish> = fc.record({
  hours: fc.integer({ min: 0, max: 30 }),
  keys: fc.array(fc.record({ name: few, body: few, keepHours: fc.constantFrom(0, 1, 24) }), { maxLength: 2 }),
  inbox: fc.option(fc.record({ source: few, off })),
  appends: fc.array(
    fc.record({
      stream: few,
      off,
      events: few,
      snapshot: fc.boolean(),
      text: fc.oneof(
        { weight: 30, arbitrary: fc.string() },
        fc.constantFrom('a \u0000 b', 'lone \ud800', '\\u0000', '\\\\u0000', '😀'),
      ),
    }),
    { maxLength: 3 },
  ),
  dataKey: fc.option(few),
  timers: fc.record({
    set: fc.array(few, { maxLength: 2 }),
    cancel: fc.array(few, { maxLength: 2 }),
  }),
});

/** One tenant's world on both: versions are counted here, so that most wishes can be granted. */
class Twins {
  readonly tenant = `t_${randomUUID().slice(0, 8)}`;
  readonly memory = new MemoryDatabase('orchestrator', { nowMs: () => NOW });
  private events = 0;

  constructor(private readonly log: LogFixture) {}

  item(wished: Wish): CommitItem {
    const at = NOW + wished.hours * HOUR_MS;
    const appends = wished.appends.map((append) => this.appendOf(append));
    return {
      tenant: this.tenant,
      now: new Date(at).toISOString(),
      idempotency: wished.keys.map(({ name, body, keepHours }) => ({
        scope: `key-${name}`,
        body_hash: `body-${body}`,
        answer: body === 0 ? null : { body },
        subject: null,
        expires_at: keepHours > 0 ? new Date(at + keepHours * HOUR_MS).toISOString() : null,
      })),
      inbox: wished.inbox ? [this.inboxOf(wished.inbox)] : [],
      streams: appends.map(({ stream }) => stream),
      events: appends.flatMap(({ events }) => events),
      partitions: appends.flatMap(({ events }) => events.map((_event, index) => index)),
      data_keys: wished.dataKey === null ? [] : [{ key_id: `k-${wished.dataKey}`, wrapped: 'w' }],
      snapshots: appends.flatMap(({ snapshot }) => snapshot),
      timers: wished.timers.set.map((timer) => ({
        timer_id: `timer-${timer}`,
        kind: 'test',
        due_at: new Date(at).toISOString(),
        payload: { timer },
      })),
      timers_cancelled: wished.timers.cancel.map((timer) => `timer-${timer}`),
      rows: {},
    };
  }

  async both(batch: readonly CommitItem[]): Promise<{ real: unknown; memory: unknown }> {
    const sql = 'SELECT orchestrator.commit_batch($1::jsonb)';
    const params = [JSON.stringify(partsOf(batch))];
    const [real, memory] = await Promise.all([
      settled(this.log.database.hot<{ commit_batch: BatchAnswer }>(sql, params)),
      settled(this.memory.hot<{ commit_batch: BatchAnswer }>(sql, params)),
    ]);
    return { real, memory };
  }

  private inboxOf({ source, off: by }: { source: number; off: number }): Record<string, unknown> {
    const key = { consumer: 'c', stream_type: 'conversation', stream_id: `source-${source}` };
    const at = this.memory.log.inboxVersion(this.tenant, key);
    return { ...key, expected: Math.max(0, at + by), version: at + 1 };
  }

  private appendOf(wished: Wish['appends'][number]) {
    const ref = { stream_type: 'conversation', stream_id: `stream-${wished.stream}` };
    const at = this.memory.log.stream(this.tenant, ref.stream_type, ref.stream_id).length;
    const expected = Math.max(0, at + wished.off);
    return {
      stream: { ...ref, expected },
      events: Array.from({ length: wished.events }, (_, index) => ({
        ...ref,
        version: expected + index + 1,
        event_id: `evt_${this.tenant}_${(this.events += 1)}`,
        type: 'conversation.feedback_recorded',
        schema_version: 1,
        data: { text: wished.text },
        metadata: {},
      })),
      snapshot: wished.snapshot ? [{ ...ref, version: expected + wished.events, state: wished.text }] : [],
    };
  }
}

/** Positions as their distance only, a sequence has gaps; refusals in no order; or the SQLSTATE. */
const settled = async (statement: Promise<{ commit_batch: BatchAnswer }[]>): Promise<unknown> => {
  try {
    const [row] = await statement;
    const answer = row?.commit_batch as BatchAnswer;
    if ('refused' in answer) {
      const order = (refusal: object): string => JSON.stringify(Object.entries(refusal).sort());
      return { refused: [...answer.refused].sort((one, other) => (order(one) < order(other) ? -1 : 1)) };
    }
    return { committed: answer.positions.map((position) => position - (answer.positions[0] ?? 0)) };
  } catch (error) {
    return { sqlstate: (error as { code?: string }).code };
  }
};

/** What kinds of answers were compared: a property that only ever saw one kind would prove little. */
const kindsIn = (answer: unknown): string[] => {
  const { refused, committed } = answer as { refused?: { kind: string }[]; committed?: number[] };
  return refused ? refused.map(({ kind }) => kind) : committed ? ['committed'] : ['error'];
};

describe('the log in memory', () => {
  let log: LogFixture;
  let admin: pg.Client;

  beforeAll(async () => {
    log = await startLog();
    admin = new pg.Client(log.adminUrl);
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await log.stop();
  });

  const rows = async (tenant: string, sql: string): Promise<unknown[]> =>
    (await admin.query<{ row: unknown[] }>(`SELECT to_jsonb(array_agg(r)) AS row FROM (${sql}) r`, [tenant]))
      .rows[0]?.row ?? [];

  /** Everything that a tenant has, told the same way by both. */
  const dumpReal = async (tenant: string) => ({
    events: await rows(
      tenant,
      `SELECT stream_id, version, event_id, data FROM orchestrator.events WHERE tenant_id = $1 ORDER BY global_position`,
    ),
    outbox: await rows(
      tenant,
      `SELECT e.event_id, o.partition FROM orchestrator.outbox o JOIN orchestrator.events e USING (global_position)
        WHERE o.tenant_id = $1 ORDER BY o.global_position`,
    ),
    snapshots: await rows(
      tenant,
      'SELECT stream_id, version, state FROM orchestrator.snapshots WHERE tenant_id = $1 ORDER BY stream_id',
    ),
    idempotency: await rows(
      tenant,
      `SELECT scope, body_hash, answer, (extract(epoch FROM expires_at) * 1000)::bigint AS expires
         FROM orchestrator.idempotency WHERE tenant_id = $1 ORDER BY scope`,
    ),
    inbox: await rows(
      tenant,
      'SELECT stream_id, version FROM orchestrator.inbox WHERE tenant_id = $1 ORDER BY stream_id',
    ),
    timers: await rows(
      tenant,
      `SELECT timer_id, kind, (extract(epoch FROM due_at) * 1000)::bigint AS due, payload
         FROM orchestrator.timers WHERE tenant_id = $1 ORDER BY timer_id`,
    ),
    keys: await rows(
      tenant,
      'SELECT key_id FROM orchestrator.data_keys WHERE tenant_id = $1 ORDER BY key_id',
    ),
  });

  const dumpMemory = ({ log: memory }: MemoryDatabase) => {
    const entries = <V>(table: Map<string, V>): [string, V][] =>
      [...table]
        .map(([key, value]): [string, V] => [key.slice(key.lastIndexOf('/') + 1), value])
        .sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      events: memory.log.map(({ stream_id, version, event_id, data }) => ({
        stream_id,
        version,
        event_id,
        data,
      })),
      outbox: [...memory.outbox].map(([position, partition]) => ({
        event_id: memory.byPosition.get(position)?.event_id,
        partition,
      })),
      snapshots: entries(memory.snapshots).map(([stream_id, snapshot]) => ({ stream_id, ...snapshot })),
      idempotency: entries(memory.idempotency).map(([scope, { bodyHash, answer, expiresAt }]) => ({
        scope,
        body_hash: bodyHash,
        answer,
        expires: expiresAt,
      })),
      inbox: entries(memory.inbox).map(([stream_id, version]) => ({ stream_id, version })),
      timers: entries(memory.timers).map(([timer_id, { kind, dueAt, payload }]) => ({
        timer_id,
        kind,
        due: dueAt,
        payload,
      })),
      keys: entries(memory.dataKeys).map(([key_id]) => ({ key_id })),
    };
  };

  it('decides as the SQL function does, and leaves the same rows behind', async () => {
    const kinds = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(wish, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 8 }),
        async (batches) => {
          const twins = new Twins(log);
          for (const wishes of batches) {
            const { real, memory } = await twins.both(wishes.map((each) => twins.item(each)));
            expect(memory).toEqual(real);
            for (const kind of kindsIn(real)) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
          }
          expect(dumpMemory(twins.memory)).toEqual(await dumpReal(twins.tenant));
        },
      ),
      { numRuns: Number(FC_RUNS), ...(FC_SEED !== 'random' && { seed: Number(FC_SEED) }) },
    );
    const seen = ['committed', 'conflict', 'replayed', 'handled-already', 'error'].map(
      (kind) => kinds.get(kind) ?? 0,
    );
    expect(Math.min(...seen)).toBeGreaterThan(10);
  }, 120_000);
});
