import { type Answer, type MemoryEvent, type Part, type Refusal, SqlError } from './memory-rows.js';
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

interface Numbers {
  readonly xid: number;
  /** The next position of a transaction that was opened before. */
  next: number | undefined;
}

/**
 * The tables of a service's log and its `commit_batch`, in memory: what the SQL function decides, this decides.
 * Held to it by `memory-log.int.spec.ts`, which runs the same batches on both.
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

  /** Opens a transaction that commits with a later {@link commitBatch}; until then, readers of the log wait for it. */
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
   * One statement, one commit: everything is written, or something is refused and nothing is.
   * @throws SqlError with PostgreSQL's SQLSTATE; nothing is written then
   */
  commitBatch(batch: readonly Part[], opened?: OpenTransaction): Answer {
    const late = opened && this.mayCommitLate(batch, opened) ? opened : undefined;
    if (opened) this.open.delete(opened.xid);
    const refused = batch.flatMap((part) => this.refusals(part));
    if (refused.length > 0) return { refused };
    const numbers: Numbers = { xid: late?.xid ?? this.nextXid, next: late?.firstPosition };
    if (!late) this.nextXid += 1;
    this.undo = [];
    try {
      return { positions: batch.flatMap((part) => this.write(part, numbers)) };
    } catch (error) {
      for (const back of this.undo.reverse()) back();
      throw error;
    }
  }

  /** A version is only written once the one before is visible: its number is drawn after that. */
  private mayCommitLate(batch: readonly Part[], { firstPosition }: OpenTransaction): boolean {
    return batch.every(({ tenant, events = [] }) =>
      events.every(({ stream_type, stream_id }) => {
        const last = this.stream(tenant, stream_type, stream_id).at(-1);
        return last === undefined || last.global_position < firstPosition;
      }),
    );
  }

  /** The checks, in the order of the SQL: idempotency, inbox, expected versions. */
  private refusals({ tenant, idempotency = [], inbox = [], streams = [] }: Part): Refusal[] {
    const { without } = this.options;
    const refused: Refusal[] = [];
    for (const { item, scope, at } of without?.has('idempotency') ? [] : idempotency) {
      const hit = this.recall(tenant, scope, Date.parse(at));
      if (hit) refused.push({ item, kind: 'replayed', scope, bodyHash: hit.bodyHash, answer: hit.answer });
    }
    for (const { item, expected, ...key } of without?.has('inbox') ? [] : inbox) {
      const version = this.inboxVersion(tenant, key);
      if (version !== expected) refused.push({ item, kind: 'handled-already', version });
    }
    for (const { item, stream_type, stream_id, expected } of without?.has('expected-version')
      ? []
      : streams) {
      const version = this.stream(tenant, stream_type, stream_id).at(-1)?.version ?? 0;
      if (version !== expected) refused.push({ item, kind: 'conflict' });
    }
    return refused;
  }

  private write(part: Part, numbers: Numbers): number[] {
    const { tenant, events = [] } = part;
    this.writeKeys(part);
    this.writeInbox(part);
    for (const { key_id, wrapped } of part.data_keys ?? []) {
      if (this.dataKeys.has(`${tenant}/${key_id}`)) throw new SqlError('23505', 'data_keys_pkey');
      this.put(this.dataKeys, `${tenant}/${key_id}`, wrapped);
    }
    const positions = events.map((event, index) =>
      this.append(tenant, event, part.partitions?.[index] ?? 0, numbers),
    );
    for (const { stream_type, stream_id, version, state } of once(part.snapshots, keyOfStream))
      this.put(this.snapshots, `${tenant}/${stream_type}/${stream_id}`, { version, state });
    for (const timerId of part.timers_cancelled ?? []) this.remove(this.timers, `${tenant}/${timerId}`);
    for (const { timer_id, kind, due_at, payload } of once(part.timers, (timer) => timer.timer_id)) {
      const dueAt = Date.parse(due_at);
      const timer = { tenant, timerId: timer_id, kind, payload, dueAt, attempts: 0, claimedUntil: null };
      this.put(this.timers, `${tenant}/${timer_id}`, timer);
    }
    if (part.rows) this.applyRows(part.rows, (table, key, row) => this.put(table, key, row));
    return positions;
  }

  private writeKeys({ tenant, now, idempotency }: Part): void {
    for (const record of once(idempotency, ({ scope }) => scope)) {
      const id = `${tenant}/${record.scope}`;
      const known = this.idempotency.get(id);
      const isOver = !known || (known.expiresAt !== null && known.expiresAt <= Date.parse(now));
      if (!isOver && !this.options.without?.has('idempotency'))
        throw new SqlError('23505', 'idempotency key taken meanwhile');
      const { body_hash: bodyHash, answer, subject, expires_at } = record;
      const expiresAt = expires_at === null ? null : Date.parse(expires_at);
      this.put(this.idempotency, id, { bodyHash, answer: answer ?? null, subject, expiresAt });
    }
  }

  private writeInbox({ tenant, inbox = [] }: Part): void {
    const keyOf = (mark: (typeof inbox)[number]): string => this.inboxKey(tenant, mark);
    for (const mark of once(
      inbox.filter(({ expected }) => expected > 0),
      keyOf,
    ))
      this.put(this.inbox, keyOf(mark), mark.version);
    for (const mark of inbox.filter(({ expected }) => expected === 0)) {
      if (this.inbox.has(keyOf(mark)) && !this.options.without?.has('inbox'))
        throw new SqlError('23505', 'handled meanwhile');
      this.put(this.inbox, keyOf(mark), mark.version);
    }
  }

  private append(
    tenant: string,
    event: NonNullable<Part['events']>[number],
    partition: number,
    numbers: Numbers,
  ): number {
    const stream = this.stream(tenant, event.stream_type, event.stream_id);
    const last = stream.at(-1)?.version ?? 0;
    const version = this.options.without?.has('expected-version') ? last + 1 : event.version;
    if (version <= last) throw new SqlError('23505', 'events_version_once');
    const global_position = numbers.next ?? this.nextPosition;
    if (numbers.next === undefined) this.nextPosition += 1;
    else numbers.next += 1;
    const occurred_at = new Date(Date.parse(event.occurred_at)).toISOString();
    const stored: MemoryEvent = {
      ...event,
      global_position,
      tenant_id: tenant,
      version,
      occurred_at,
      xid: numbers.xid,
    };
    stream.push(stored);
    this.undo.push(() => stream.pop());
    this.insert(stored);
    this.undo.push(() => this.withdraw(stored));
    this.put(this.outbox, global_position, partition);
    return global_position;
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

const keyOfStream = (row: { readonly stream_type: string; readonly stream_id: string }): string =>
  `${row.stream_type}/${row.stream_id}`;

/** `ON CONFLICT DO UPDATE` takes no two rows of one key. */
const once = <T>(rows: readonly T[] | undefined, keyOf: (row: T) => string): readonly T[] => {
  if (rows && rows.length > 1 && new Set(rows.map(keyOf)).size < rows.length)
    throw new SqlError('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time');
  return rows ?? [];
};
