import type { Outcome } from './transaction.js';

/** A transaction in the rows that it writes: columns by their names. */
export interface CommitItem {
  readonly tenant: string;
  readonly now: string;
  readonly idempotency: readonly Row[];
  readonly inbox: readonly Row[];
  /** The streams it appends to, and the versions it expects of them. */
  readonly streams: readonly { stream_type: string; stream_id: string; expected: number }[];
  readonly events: readonly Row[];
  /** Of each event. */
  readonly partitions: readonly number[];
  readonly data_keys: readonly { key_id: string; wrapped: string }[];
  readonly snapshots: readonly Row[];
  readonly timers: readonly Row[];
  readonly timers_cancelled: readonly string[];
  /** Of read models, by table. */
  readonly rows: Readonly<Record<string, readonly Row[]>>;
}
type Row = Readonly<Record<string, unknown>>;

export type Verdict =
  Exclude<Outcome, { kind: 'committed' }> | { readonly kind: 'committed'; readonly positions: number[] };

/** What `commit_batch` answers: everything was written, or nothing and for whose sake. */
export type BatchAnswer =
  | { readonly positions: readonly number[] }
  | { readonly refused: readonly (Refusal & { readonly item: number })[] };
type Refusal = Exclude<Verdict, { kind: 'committed' }>;

/** What two transactions that go together may not both write. */
export const claimsOf = (item: CommitItem): string[] =>
  [
    ...item.streams.map(({ stream_type, stream_id }) => `stream/${stream_type}/${stream_id}`),
    ...item.idempotency.map(({ scope }) => `key/${String(scope)}`),
    ...item.inbox.map((mark) => `inbox/${String(mark['consumer'])}/${String(mark['stream_id'])}`),
    ...item.data_keys.map(({ key_id }) => `data-key/${key_id}`),
  ].map((claim) => `${item.tenant}/${claim}`);

/** Streams in one order in every batch of every replica: two batches can't wait for each other. */
export const inLockOrder = <I extends Pick<CommitItem, 'tenant' | 'streams'>>(
  items: readonly I[],
): number[] => {
  const keys = items.map(
    ({ tenant, streams }) => `${tenant}\u0000${streams[0]?.stream_type}\u0000${streams[0]?.stream_id}`,
  );
  return [...items.keys()].sort((a, b) => ((keys[a] as string) < (keys[b] as string) ? -1 : 1));
};

/** Of neighbours of one tenant, one part each: the rows of all of them, table by table; each knows its item. */
export const partsOf = (items: readonly CommitItem[]): Row[] => {
  const parts: PartBuilder[] = [];
  for (const [index, item] of items.entries()) {
    let part = parts.at(-1);
    if (part?.tenant !== item.tenant) parts.push((part = new PartBuilder(item.tenant)));
    part.add(index, item);
  }
  return parts.map((part) => part.toWire());
};

/** The answer, item by item; what is missing is to be sent again, without those that were refused. */
export const verdictsOf = (
  items: readonly CommitItem[],
  answer: BatchAnswer,
): readonly (Verdict | undefined)[] => {
  if ('refused' in answer) {
    const verdicts: (Verdict | undefined)[] = items.map(() => undefined);
    for (const { item, ...refusal } of answer.refused) verdicts[item] ??= refusal;
    return verdicts;
  }
  let next = 0;
  return items.map(({ events }) => {
    const positions = answer.positions.slice(next, next + events.length);
    next += events.length;
    return { kind: 'committed', positions };
  });
};

class PartBuilder {
  private readonly lists: Record<string, unknown[]> = {};
  private readonly rows: Record<string, Row[]> = {};
  private now = '';

  constructor(readonly tenant: string) {}

  add(index: number, item: CommitItem): void {
    // The earliest: a key that is over for it is over for all.
    if (this.now === '' || item.now < this.now) this.now = item.now;
    this.put('idempotency', item.idempotency, { item: index, at: item.now });
    this.put('inbox', item.inbox, { item: index });
    this.put('streams', item.streams, { item: index });
    this.put('events', item.events, { occurred_at: item.now });
    for (const [name, row] of Object.entries(item.rows)) (this.rows[name] ??= []).push(...row);
    for (const name of ['partitions', 'data_keys', 'snapshots', 'timers', 'timers_cancelled'] as const)
      if (item[name].length > 0) (this.lists[name] ??= []).push(...item[name]);
  }

  toWire(): Row {
    const rows = Object.entries(this.rows).filter(([, each]) => each.length > 0);
    return {
      tenant: this.tenant,
      now: this.now,
      ...this.lists,
      ...(rows.length > 0 && { rows: Object.fromEntries(rows) }),
    };
  }

  private put(name: string, rows: readonly Row[], more: Row): void {
    for (const row of rows) (this.lists[name] ??= []).push({ ...row, ...more });
  }
}
