import { type Item, type MemoryEvent, SqlError, type Verdict } from './memory-rows.js';
import { MemoryTables, type TableDefinition } from './memory-tables.js';

/** A safeguard that the log can be made without: a simulation that does not notice proves nothing. */
export type Weakness = 'idempotency' | 'expected-version' | 'inbox';

export interface MemoryLogOptions {
  /** Milliseconds since 1970: the database's clock. */
  readonly nowMs: () => number;
  /** The read models that `apply_rows` of this service writes. */
  readonly tables?: Readonly<Record<string, TableDefinition>>;
  readonly without?: ReadonlySet<Weakness>;
}

/** A transaction that is open: what it writes later is numbered as if it had been written now. */
export interface OpenTransaction {
  readonly xid: number;
  readonly firstPosition: number;
}

const RESERVED = 512;

/**
 * The tables of a service's log and its `transact`, in memory: what the SQL function decides, this decides. Held to
 * it by `memory-log.prop.int.spec.ts`, which runs the same transactions on both.
 */
export class MemoryLog extends MemoryTables {
  private nextPosition = 1;
  private nextXid = 1000;
  private readonly open = new Set<number>();
  private undo: (() => void)[] = [];

  constructor(private readonly options: MemoryLogOptions) {
    super(options.tables ?? {});
  }

  nowMs(): number {
    return this.options.nowMs();
  }

  /** Opens a transaction that commits with a later {@link transact}; until then, readers of the log wait for it. */
  begin(): OpenTransaction {
    const opened = { xid: this.nextXid, firstPosition: this.nextPosition };
    this.nextXid += 1;
    this.nextPosition += RESERVED;
    this.open.add(opened.xid);
    return opened;
  }

  abandon({ xid }: OpenTransaction): void {
    this.open.delete(xid);
  }

  /** `pg_snapshot_xmin(pg_current_snapshot())`: every older transaction has ended. */
  get xmin(): number {
    return this.open.size === 0 ? this.nextXid : Math.min(...this.open);
  }

  /**
   * One statement, one commit: a verdict for each item, or an error and nothing is written.
   * @throws SqlError with PostgreSQL's SQLSTATE
   */
  transact(batch: readonly Item[], opened?: OpenTransaction): Verdict[] {
    const late = opened && this.mayCommitLate(batch, opened) ? opened : undefined;
    const xid = late?.xid ?? this.nextXid;
    if (!late) this.nextXid += 1;
    const numbers = { xid, next: late?.firstPosition };
    this.undo = [];
    try {
      return batch.map((item) => this.take(item, numbers));
    } catch (error) {
      for (const back of this.undo.reverse()) back();
      throw error;
    } finally {
      if (opened) this.open.delete(opened.xid);
    }
  }

  /** A version is only written once the one before is visible: its number is drawn after that. */
  private mayCommitLate(batch: readonly Item[], { firstPosition }: OpenTransaction): boolean {
    return batch.every((item) =>
      item.appends.every(({ streamType, streamId }) => {
        const last = this.stream(item.tenant, streamType, streamId).at(-1);
        return last === undefined || last.global_position < firstPosition;
      }),
    );
  }

  private take(item: Item, numbers: { readonly xid: number; next: number | undefined }): Verdict {
    const at = Date.parse(item.now);
    return this.blocked(item, at) ?? this.write(item, at, numbers);
  }

  /** The checks, in the order of the SQL: idempotency, inbox, expected versions. */
  private blocked(item: Item, at: number): Verdict | undefined {
    const { without } = this.options;
    if (!without?.has('idempotency')) {
      for (const { scope } of item.idempotency ?? []) {
        const hit = this.recall(item.tenant, scope, at);
        if (hit) return { kind: 'replayed', scope, bodyHash: hit.bodyHash, answer: hit.answer };
      }
    }
    if (item.inbox && !without?.has('inbox')) {
      const version = this.inboxVersion(item.tenant, item.inbox);
      if (version !== item.inbox.expected) return { kind: 'handled-already', version };
    }
    if (without?.has('expected-version')) return undefined;
    for (const { streamType, streamId, expectedVersion } of item.appends) {
      const version = this.stream(item.tenant, streamType, streamId).at(-1)?.version ?? 0;
      if (version !== expectedVersion)
        return { kind: 'conflict', stream: `${streamType}/${streamId}`, version };
    }
    return undefined;
  }

  private write(
    item: Item,
    at: number,
    numbers: { readonly xid: number; next: number | undefined },
  ): Verdict {
    const { tenant } = item;
    for (const record of once(item.idempotency, ({ scope }) => scope)) {
      const known = this.idempotency.get(`${tenant}/${record.scope}`);
      const isValid = known !== undefined && (known.expiresAt === null || known.expiresAt > at);
      if (isValid && !this.options.without?.has('idempotency'))
        throw new SqlError('23505', 'idempotency key taken meanwhile');
      const { bodyHash, answer, subject = null, keepMs } = record;
      const expiresAt = keepMs === undefined ? null : at + keepMs;
      this.put(this.idempotency, `${tenant}/${record.scope}`, { bodyHash, answer, subject, expiresAt });
    }
    if (item.inbox) this.put(this.inbox, this.inboxKey(tenant, item.inbox), item.inbox.version);
    for (const { keyId, wrapped } of item.keys ?? []) {
      if (this.dataKeys.has(`${tenant}/${keyId}`)) throw new SqlError('23505', 'data_keys_pkey');
      this.put(this.dataKeys, `${tenant}/${keyId}`, wrapped);
    }
    const positions = item.appends.flatMap((append) =>
      append.events.map((event) => this.append(item, append, event, numbers)),
    );
    for (const { streamType, streamId, snapshot } of once(
      item.appends.filter((append) => append.snapshot !== undefined),
      (append) => `${append.streamType}/${append.streamId}`,
    ))
      if (snapshot) this.put(this.snapshots, `${tenant}/${streamType}/${streamId}`, snapshot);
    for (const timerId of item.timers?.cancel ?? []) this.remove(this.timers, `${tenant}/${timerId}`);
    for (const timer of once(item.timers?.set, ({ timerId }) => timerId)) {
      const { timerId, kind, payload } = timer;
      const dueAt = Date.parse(timer.dueAt);
      this.put(this.timers, `${tenant}/${timerId}`, {
        tenant,
        timerId,
        kind,
        payload,
        dueAt,
        attempts: 0,
        claimedUntil: null,
      });
    }
    if (item.rows) this.applyRows(item.rows, (table, key, row) => this.put(table, key, row));
    return { kind: 'committed', positions };
  }

  private append(
    item: Item,
    { streamType, streamId, partition }: Item['appends'][number],
    event: Item['appends'][number]['events'][number],
    numbers: { readonly xid: number; next: number | undefined },
  ): number {
    const stream = this.stream(item.tenant, streamType, streamId);
    const last = stream.at(-1)?.version ?? 0;
    const version = this.options.without?.has('expected-version') ? last + 1 : event.version;
    if (version <= last) throw new SqlError('23505', 'events_version_once');
    const stored: MemoryEvent = {
      global_position: numbers.next ?? this.nextPosition,
      tenant_id: item.tenant,
      stream_type: streamType,
      stream_id: streamId,
      version,
      event_id: event.eventId,
      type: event.type,
      schema_version: event.schemaVersion,
      data: event.data,
      metadata: event.metadata,
      occurred_at: new Date(Date.parse(item.now)).toISOString(),
      xid: numbers.xid,
    };
    if (numbers.next === undefined) this.nextPosition += 1;
    else numbers.next += 1;
    stream.push(stored);
    this.undo.push(() => stream.pop());
    this.insert(stored);
    this.undo.push(() => this.withdraw(stored));
    // The statement finds the partition by stream: one that is named twice would be boxed twice.
    const named = item.appends.filter((each) => each.streamType === streamType && each.streamId === streamId);
    if (named.length > 1) throw new SqlError('23505', 'outbox_pkey');
    this.put(this.outbox, stored.global_position, partition);
    return stored.global_position;
  }

  private put<K, V>(table: Map<K, V>, key: K, value: V): void {
    const had = table.has(key);
    const before = table.get(key) as V;
    table.set(key, value);
    this.undo.push(() => (had ? table.set(key, before) : table.delete(key)));
  }

  private remove<K, V>(table: Map<K, V>, key: K): void {
    const before = table.get(key);
    if (before === undefined) return;
    table.delete(key);
    this.undo.push(() => table.set(key, before));
  }
}

/** `ON CONFLICT DO UPDATE` takes no two rows of one key. */
const once = <T>(rows: readonly T[] | undefined, keyOf: (row: T) => string): readonly T[] => {
  if (rows && rows.length > 1 && new Set(rows.map(keyOf)).size < rows.length)
    throw new SqlError('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time');
  return rows ?? [];
};
