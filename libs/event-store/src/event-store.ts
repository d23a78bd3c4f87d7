import type { KeyObject } from 'node:crypto';

import {
  BatonError,
  eventDefinition,
  isBatonError,
  type EventMetadata,
  type LogPage,
  type RecordedEvent,
  toFieldErrors,
  upcast,
} from '@baton/contracts';
import {
  BATON_ATTRIBUTES,
  currentTraceparent,
  DB_ATTRIBUTES,
  isTracing,
  type OpenSpan,
  spanned,
  type SpanSettings,
} from '@baton/service';

import { crashPoint } from './crash-point.js';
import type { Decider, DomainEvent, Stamped } from './decider.js';
import {
  type BatchAnswer,
  claimsOf,
  type CommitItem,
  inLockOrder,
  partsOf,
  type Verdict,
  verdictsOf,
} from './commit-batch.js';
import { GroupCommit } from './group-commit.js';
import { isUniqueViolation } from './unique-violation.js';
import { type Keyring, unwrapKey, wrapKey } from './keyring.js';
import { isSealed, seal, sealPersonal } from './sealing.js';
import { type StreamRef, streamPartition } from './stream-ref.js';
import type { Append, Outcome, Transaction } from './transaction.js';

/** What the store needs of the database: one statement as the app role, one as the system role. */
export interface LogDatabase {
  readonly schema: string;
  hot<Row extends object>(sql: string, params: readonly unknown[]): Promise<Row[]>;
  system<Row extends object>(sql: string, params?: readonly unknown[]): Promise<Row[]>;
}

export interface EventStoreOptions {
  readonly newEventId: () => string;
  /** Wraps the data keys that this log makes; absent where another service keeps the keys. */
  readonly kek?: Buffer;
  /** Told after each commit that left something to publish. */
  readonly onCommitted?: (events: readonly RecordedEvent[], dueTimers: readonly string[]) => void;
}

interface StoredEvent extends Omit<RecordedEvent, 'occurred_at' | 'global_position'> {
  readonly occurred_at: string | Date;
  readonly global_position: string | number;
}

/** The append-only log of one service: append with expected versions, load, read. */
export class EventStore {
  private readonly commits: GroupCommit<CommitItem, Verdict>;
  private readonly loads: GroupCommit<LoadRequest, LoadedStream>;
  private readonly listeners: ((events: readonly RecordedEvent[]) => void)[] = [];

  constructor(
    private readonly database: LogDatabase,
    readonly keyring: Keyring,
    private readonly options: EventStoreOptions,
  ) {
    this.commits = new GroupCommit((items) => this.commitBatch(items), {
      maxBatch: 64,
      parallel: 2,
      leastBeside: 8,
      // Where nobody knows whether it was committed, nothing is sent again behind the callers' backs.
      isOnesFault: (error) => !isBatonError(error, 'unavailable'),
      claims: claimsOf,
    });
    this.loads = new GroupCommit((requests) => this.loadBatch(requests), {
      maxBatch: 64,
      parallel: 3,
      leastBeside: 8,
      isOnesFault: (error) => !isBatonError(error, 'unavailable'),
    });
  }

  /** Hears of each commit of this process; personal fields are sealed. */
  whenCommitted(listener: (events: readonly RecordedEvent[]) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Writes a transaction in one statement and one commit, shared with other callers' where they come together.
   * @throws BatonError `validation-failed` for an event that breaks its schema (a bug), `erased` where the data
   * key was destroyed, `unavailable` where the database did not say whether it committed
   */
  async transact(transaction: Transaction): Promise<Outcome> {
    if (!isTracing()) return this.commitOne(transaction);
    return spanned('commit', { attributes: this.spanAttributes(transaction) }, (span) =>
      this.commitOne(transaction, span),
    );
  }

  private async commitOne(transaction: Transaction, span?: OpenSpan): Promise<Outcome> {
    const { item, recorded } = await this.prepare(transaction);
    crashPoint('store.before_commit');
    const verdict = await this.commits.submit(item);
    crashPoint('store.after_commit');
    span?.set({ [BATON_ATTRIBUTES.verdict]: verdict.kind });
    for (const append of transaction.appends) {
      if (append.keyId === undefined) continue;
      if (verdict.kind === 'committed') this.keyring.saved(transaction.tenantId, append.keyId);
      else if (this.keyring.unsavedKey(transaction.tenantId, append.keyId))
        this.keyring.forget(transaction.tenantId, append.keyId);
    }
    if (verdict.kind !== 'committed') return verdict;
    const events = recorded.map((event, index) => ({
      ...event,
      global_position: verdict.positions[index] as number,
    }));
    for (const listener of this.listeners) listener(events);
    this.options.onCommitted?.(
      events,
      (transaction.timers?.set ?? []).map((timer) => timer.dueAt),
    );
    return { kind: 'committed', events };
  }

  private spanAttributes({ tenantId, appends, inbox }: Transaction): NonNullable<SpanSettings['attributes']> {
    return {
      [DB_ATTRIBUTES.system]: 'postgresql',
      [DB_ATTRIBUTES.operation]: 'commit_batch',
      [DB_ATTRIBUTES.namespace]: this.database.schema,
      [BATON_ATTRIBUTES.tenant]: tenantId,
      [BATON_ATTRIBUTES.events]: appends.flatMap(({ events }) => events.map(({ type }) => type)),
      ...(inbox && { [BATON_ATTRIBUTES.inbox]: inbox.consumer }),
    };
  }

  /** State and version of a stream: its snapshot and the events behind it, in a round trip shared with other callers'. */
  async load<E, S>(
    ref: StreamRef,
    decider: Pick<Decider<never, E, S>, 'initialState' | 'evolve'>,
    options: { readonly keyId?: string } = {},
  ): Promise<{ readonly state: S; readonly version: number }> {
    const loaded = await this.loads.submit({
      tenant: ref.tenantId,
      stream_type: ref.streamType,
      stream_id: ref.streamId,
      key_id: options.keyId ?? null,
    });
    if (options.keyId !== undefined && this.options.kek) {
      this.keyring.prime(
        ref.tenantId,
        options.keyId,
        loaded.key === null ? undefined : openKey(loaded.key.wrapped, this.options.kek),
      );
    }
    let state = decider.initialState();
    let version = 0;
    if (loaded.snapshot) {
      state = (await this.keyring.open(ref.tenantId, loaded.snapshot.state)) as S;
      version = loaded.snapshot.version;
      // The key of a sealed snapshot is gone: its events still tell everything but the personal fields.
      if (isSealed(loaded.snapshot.state) && typeof state === 'string') {
        return this.foldWhole(ref, decider);
      }
    }
    for (const stored of loaded.events) {
      const event = await this.keyring.openEvent(toRecorded(stored));
      state = decider.evolve(state, stamped<E>(event));
      version = event.version;
    }
    return { state, version };
  }

  /** A page of one stream, oldest first, personal fields in plain text (`[erased]` where the key is gone). */
  async readStream(ref: StreamRef, options: ReadOptions = {}): Promise<RecordedEvent[]> {
    const sealed = await this.readStreamSealed(ref, options);
    return Promise.all(sealed.map((event) => this.keyring.openEvent(event)));
  }

  /** The same as the bus carries it. */
  async readStreamSealed(ref: StreamRef, options: ReadOptions = {}): Promise<RecordedEvent[]> {
    const rows = await this.database.hot<StoredEvent>(
      `SELECT * FROM ${this.database.schema}.read_stream($1, $2, $3, $4, $5, $6)`,
      [
        ref.tenantId,
        ref.streamType,
        ref.streamId,
        options.afterVersion ?? 0,
        options.types ?? null,
        options.limit ?? 500,
      ],
    );
    return rows.map(toRecorded);
  }

  /**
   * The whole log in commit order for a reader that keeps a cursor. Only events whose transaction, and every
   * older one, has ended: nothing can appear behind the cursor later. A transaction that stays open stalls
   * this reader, and nobody else: what must be quick goes by the bus. Read by types, the cursor goes on to the end of
   * what was looked through, so that what is of no interest is looked through once.
   */
  async readLogSealed(page: {
    readonly streamTypes: readonly string[];
    readonly types?: readonly string[];
    readonly after: string | null;
    readonly limit: number;
  }): Promise<LogPage> {
    const [xid, position] = parseCursor(page.after);
    const rows = await this.database.system<
      (StoredEvent | { event_id: null }) & { xid: string; open: string }
    >(
      `SELECT e.*, h.open::text FROM (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS open) h
         LEFT JOIN LATERAL (SELECT * FROM ${this.database.schema}.events
            WHERE (xid, global_position) > ($1::text::xid8, $2::bigint) AND xid < h.open
              AND stream_type = ANY($3) AND ($5::text[] IS NULL OR type = ANY($5))
            ORDER BY xid, global_position LIMIT $4) e ON true`,
      [xid, position, page.streamTypes, page.limit, page.types ?? null],
    );
    const found = rows.filter(
      (row): row is StoredEvent & { xid: string; open: string } => row.event_id !== null,
    );
    const isEnd = found.length < page.limit;
    const last = found.at(-1);
    const read = last ? `${last.xid}-${last.global_position}` : page.after;
    const next = page.types && isEnd ? behindAllBefore((rows[0] as { open: string }).open) : read;
    return { events: found.map(toRecorded), next, isEnd };
  }

  private async foldWhole<E, S>(
    ref: StreamRef,
    decider: Pick<Decider<never, E, S>, 'initialState' | 'evolve'>,
  ): Promise<{ readonly state: S; readonly version: number }> {
    let state = decider.initialState();
    let version = 0;
    for (;;) {
      const events = await this.readStream(ref, { afterVersion: version, limit: 1000 });
      for (const event of events) state = decider.evolve(state, stamped<E>(event));
      version = events.at(-1)?.version ?? version;
      if (events.length < 1000) return { state, version };
    }
  }

  private async prepare(transaction: Transaction): Promise<{ item: CommitItem; recorded: RecordedEvent[] }> {
    const { tenantId, now, inbox, timers } = transaction;
    const recorded: RecordedEvent[] = [];
    const partitions: number[] = [];
    const data_keys: { key_id: string; wrapped: string }[] = [];
    const snapshots: Record<string, unknown>[] = [];
    for (const append of transaction.appends) {
      const key = await this.keyOf(tenantId, append, data_keys);
      const partition = streamPartition(append.ref);
      for (const [index, event] of append.events.entries()) {
        recorded.push(this.record(transaction, append, event, index, key));
        partitions.push(partition);
      }
      if (append.snapshot !== undefined) {
        snapshots.push({
          ...streamColumns(append.ref),
          version: append.expectedVersion + append.events.length,
          state:
            key && append.keyId !== undefined
              ? seal(append.snapshot, tenantId, append.keyId, key)
              : append.snapshot,
        });
      }
    }
    const item: CommitItem = {
      tenant: tenantId,
      now,
      idempotency: (transaction.idempotency ?? []).map(({ scope, bodyHash, answer, subject, keepMs }) => ({
        scope,
        body_hash: bodyHash,
        answer,
        subject: subject ?? null,
        expires_at: keepMs === undefined ? null : new Date(Date.parse(now) + keepMs).toISOString(),
      })),
      inbox: inbox
        ? [
            {
              ...streamColumns(inbox.source),
              consumer: inbox.consumer,
              expected: inbox.expected,
              version: inbox.version,
            },
          ]
        : [],
      streams: transaction.appends.map(({ ref, expectedVersion }) => ({
        ...streamColumns(ref),
        expected: expectedVersion,
      })),
      events: recorded.map(({ tenant_id: _, occurred_at: __, ...columns }) => columns),
      partitions,
      data_keys,
      snapshots,
      timers: (timers?.set ?? []).map(({ timerId, kind, dueAt, payload }) => ({
        timer_id: timerId,
        kind,
        due_at: dueAt,
        payload,
      })),
      timers_cancelled: timers?.cancel ?? [],
      rows: transaction.rows ?? {},
    };
    return { item, recorded };
  }

  private async keyOf(
    tenantId: string,
    append: Append,
    dataKeys: { key_id: string; wrapped: string }[],
  ): Promise<KeyObject | undefined> {
    const { keyId } = append;
    if (keyId === undefined) return undefined;
    const key = await this.keyring.keyForSealing(tenantId, keyId);
    const unsaved = this.keyring.unsavedKey(tenantId, keyId);
    if (unsaved && this.options.kek && !dataKeys.some((known) => known.key_id === keyId))
      dataKeys.push({ key_id: keyId, wrapped: wrapKey(unsaved, this.options.kek) });
    return key;
  }

  private record(
    transaction: Transaction,
    append: Append,
    event: DomainEvent,
    index: number,
    key: KeyObject | undefined,
  ): RecordedEvent {
    const definition = eventDefinition(event.type);
    if (!definition) throw new Error(`${event.type} is not in the contracts`);
    const parsed = definition.schema.safeParse(event.data);
    if (!parsed.success) {
      throw new BatonError('internal', `${event.type} breaks its schema`, {
        errors: toFieldErrors(parsed.error),
      });
    }
    const metadata = traced(
      typeof append.metadata === 'function' ? append.metadata(event, index) : append.metadata,
    );
    return {
      event_id: this.options.newEventId(),
      tenant_id: transaction.tenantId,
      stream_type: append.ref.streamType,
      stream_id: append.ref.streamId,
      version: append.expectedVersion + index + 1,
      type: event.type,
      schema_version: definition.version,
      data: sealPersonal(event.type, parsed.data, (value) => {
        if (!key || append.keyId === undefined)
          throw new Error(`${event.type} has personal fields and no key`);
        return seal(value, transaction.tenantId, append.keyId, key);
      }),
      metadata: append.keyId === undefined ? metadata : { ...metadata, key_id: append.keyId },
      occurred_at: transaction.now,
    };
  }

  private async commitBatch(items: readonly CommitItem[]): Promise<readonly Verdict[]> {
    try {
      return await this.commitTogether(items);
    } catch (error) {
      if (items.length > 1 || !isUniqueViolation(error)) throw error;
      return [await this.commitAgain(items[0] as CommitItem)];
    }
  }

  /** Lost a race that the checks inside could not see; they see it now, or the stream moved on. */
  private async commitAgain(item: CommitItem): Promise<Verdict> {
    try {
      const [verdict] = await this.commitTogether([item]);
      return verdict as Verdict;
    } catch (error) {
      if (isUniqueViolation(error)) return { kind: 'conflict' };
      throw error;
    }
  }

  private async commitTogether(items: readonly CommitItem[]): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    let left: readonly number[] = inLockOrder(items);
    // Each pass settles one item at least: all of them, or those that are refused.
    while (left.length > 0) {
      const batch = left.map((index) => items[index] as CommitItem);
      const [row] = await this.database.hot<{ commit_batch: BatchAnswer }>(
        `SELECT ${this.database.schema}.commit_batch($1::jsonb)`,
        [JSON.stringify(partsOf(batch))],
      );
      const settled = verdictsOf(batch, row?.commit_batch as BatchAnswer);
      left.forEach((index, place) => {
        const verdict = settled[place];
        if (verdict) verdicts[index] = verdict;
      });
      left = left.filter((_index, place) => settled[place] === undefined);
    }
    return verdicts;
  }

  private async loadBatch(requests: readonly LoadRequest[]): Promise<readonly LoadedStream[]> {
    const byTenant = [...Map.groupBy(requests.keys(), (index) => (requests[index] as LoadRequest).tenant)];
    const [row] = await this.database.hot<{ load_streams: LoadedStream[] }>(
      `SELECT ${this.database.schema}.load_streams($1::jsonb)`,
      [
        JSON.stringify(
          byTenant.map(([tenant, indexes]) => ({ tenant, streams: indexes.map((index) => requests[index]) })),
        ),
      ],
    );
    const loaded: LoadedStream[] = [];
    byTenant
      .flatMap(([, indexes]) => indexes)
      .forEach((index, place) => (loaded[index] = row?.load_streams[place] as LoadedStream));
    return loaded;
  }
}

/** Whoever hears of the event goes on in the trace of the work that recorded it. */
const traced = (metadata: EventMetadata): EventMetadata => {
  const traceparent = metadata.traceparent ?? currentTraceparent();
  return traceparent === undefined ? metadata : { ...metadata, traceparent };
};

const streamColumns = (ref: StreamRef): { stream_type: string; stream_id: string } => ({
  stream_type: ref.streamType,
  stream_id: ref.streamId,
});

export interface ReadOptions {
  readonly afterVersion?: number;
  readonly limit?: number;
  readonly types?: readonly string[];
}

interface LoadRequest {
  readonly tenant: string;
  readonly stream_type: string;
  readonly stream_id: string;
  readonly key_id: string | null;
}

interface LoadedStream {
  readonly snapshot: { readonly version: number; readonly state: unknown } | null;
  readonly key: { readonly wrapped: string | null } | null;
  readonly events: readonly StoredEvent[];
}

const openKey = (wrapped: string | null, kek: Buffer): Buffer | 'erased' =>
  wrapped === null ? 'erased' : unwrapKey(wrapped, kek);

/** A recorded event as `evolve` takes it. */
export const stamped = <E>(event: RecordedEvent): Stamped<E> =>
  ({ type: event.type, data: event.data, occurred_at: event.occurred_at }) as unknown as Stamped<E>;

/** A stored row in the shape of the bus, brought to the versions this code knows. */
export const toRecorded = (row: StoredEvent): RecordedEvent => {
  const current = upcast({ type: row.type, schema_version: row.schema_version, data: row.data });
  return {
    event_id: row.event_id,
    tenant_id: row.tenant_id,
    stream_type: row.stream_type,
    stream_id: row.stream_id,
    version: row.version,
    type: row.type,
    schema_version: current.schema_version,
    data: current.data,
    metadata: row.metadata,
    occurred_at: new Date(row.occurred_at).toISOString(),
    global_position: Number(row.global_position),
  };
};

/** A cursor behind everything that transactions before this one wrote. */
const behindAllBefore = (xid: string): string => `${BigInt(xid) - 1n}-9223372036854775807`;

const parseCursor = (cursor: string | null): [string, string] => {
  if (cursor === null) return ['0', '0'];
  const match = /^(\d{1,20})-(\d{1,19})$/.exec(cursor);
  if (!match) throw new BatonError('validation-failed', `"${cursor}" is not a cursor of this log`);
  return [match[1] as string, match[2] as string];
};
