import type { InboxKey, MemoryEvent, MemoryTimer } from './memory-rows.js';

/** How `apply_rows` upserts a read model. */
export interface TableDefinition {
  readonly key: readonly string[];
  /** An older row never replaces a newer one. */
  readonly newerBy?: string;
}

type Row = Record<string, unknown>;

/** The tables of one schema. */
export class MemoryTables {
  readonly idempotency = new Map<
    string,
    { bodyHash: string; answer: unknown; subject: string | null; expiresAt: number | null }
  >();
  readonly inbox = new Map<string, number>();
  readonly dataKeys = new Map<string, string | null>();
  readonly snapshots = new Map<string, { readonly version: number; readonly state: unknown }>();
  readonly timers = new Map<string, MemoryTimer>();
  /** Position → partition. */
  readonly outbox = new Map<number, number>();
  /** The whole log by (xid, position). */
  readonly log: MemoryEvent[] = [];
  readonly byPosition = new Map<number, MemoryEvent>();
  private readonly streams = new Map<string, MemoryEvent[]>();
  private readonly readModels = new Map<string, Map<string, Row>>();

  constructor(private readonly definitions: Readonly<Record<string, TableDefinition>>) {
    for (const name of Object.keys(definitions)) this.readModels.set(name, new Map());
  }

  /** Its events, oldest first. */
  stream(tenant: string, type: string, id: string): MemoryEvent[] {
    const key = `${tenant}/${type}/${id}`;
    let events = this.streams.get(key);
    if (!events) this.streams.set(key, (events = []));
    return events;
  }

  /** Every stream that has events. */
  *allStreams(): Iterable<readonly MemoryEvent[]> {
    for (const events of this.streams.values()) if (events.length > 0) yield events;
  }

  /** Rows of a read model, in no order. */
  rows<R extends Row>(table: string): R[] {
    return [...this.table(table).values()] as R[];
  }

  row<R extends Row>(table: string, ...key: readonly (string | number)[]): R | undefined {
    return this.table(table).get(key.join('|')) as R | undefined;
  }

  recall(
    tenant: string,
    scope: string,
    at: number,
  ): { readonly bodyHash: string; readonly answer: unknown } | undefined {
    const row = this.idempotency.get(`${tenant}/${scope}`);
    return row && (row.expiresAt === null || row.expiresAt > at) ? row : undefined;
  }

  inboxVersion(tenant: string, key: InboxKey): number {
    return this.inbox.get(this.inboxKey(tenant, key)) ?? 0;
  }

  protected inboxKey(tenant: string, { consumer, stream_type, stream_id }: InboxKey): string {
    return `${consumer}/${tenant}/${stream_type}/${stream_id}`;
  }

  protected insert(event: MemoryEvent): void {
    let place = this.log.length;
    while (place > 0 && isBefore(event, this.log[place - 1] as MemoryEvent)) place -= 1;
    this.log.splice(place, 0, event);
    this.byPosition.set(event.global_position, event);
  }

  protected withdraw(event: MemoryEvent): void {
    this.log.splice(this.log.lastIndexOf(event), 1);
    this.byPosition.delete(event.global_position);
  }

  protected applyRows(
    rows: Readonly<Record<string, readonly Row[]>>,
    put: (table: Map<string, Row>, key: string, row: Row) => void,
  ): void {
    for (const [name, each] of Object.entries(rows)) {
      if (each.length === 0) continue;
      const { key, newerBy } = this.definitions[name] ?? {};
      if (!key) throw new Error(`No read model takes rows of ${name}`);
      const table = this.table(name);
      for (const row of each) {
        const id = key.map((column) => String(row[column])).join('|');
        const known = table.get(id);
        if (known && newerBy !== undefined && Number(row[newerBy]) <= Number(known[newerBy])) continue;
        put(table, id, row);
      }
    }
  }

  private table(name: string): Map<string, Row> {
    const table = this.readModels.get(name);
    if (!table) throw new Error(`There is no read model ${name}`);
    return table;
  }
}

const isBefore = (a: MemoryEvent, b: MemoryEvent): boolean =>
  a.xid === b.xid ? a.global_position < b.global_position : a.xid < b.xid;
