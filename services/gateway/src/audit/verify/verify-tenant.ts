import type { Database, TenantQuery } from '@baton/service';

import type { AuditRecord } from '../audit-entry.js';
import { type AuditRootRepository, type RootRow, statementOf } from '../audit-root.repository.js';
import { unpackLeaves } from '../audit-root.js';
import { checkRoot, compareRows } from './compare-minute.js';
import type { Finding, Verdict } from './finding.js';
import { type KeptRoot, compareKept } from './kept-roots.js';

export interface VerifyOptions {
  /** Minutes that hold or follow this time; all unless told. */
  readonly from?: Date | undefined;
  /** Minutes that begin before this time. */
  readonly to?: Date | undefined;
  /** What roots are signed with. */
  readonly key: Buffer;
  /** Of this tenant, kept outside. */
  readonly kept?: readonly KeptRoot[] | undefined;
}

const ROOTS_AT_ONCE = 100;
const MINUTE_MS = 60_000;
/** A minute that is over for longer has its root where a gateway runs. */
const SEALED_WITHIN_MS = 5 * MINUTE_MS;

/** Holds every row of a tenant against the roots, and every root against the one before. */
export class TenantVerification {
  private readonly findings: Finding[] = [];
  private readonly seen = new Map<number, string>();
  private rows = 0;
  private pending = 0;

  constructor(
    private readonly tenantId: string,
    private readonly roots: AuditRootRepository,
    private readonly options: VerifyOptions,
  ) {}

  run(database: Database): Promise<Verdict> {
    return database.tenant(this.tenantId, (query) => this.runIn(query));
  }

  private async runIn(query: TenantQuery): Promise<Verdict> {
    const { from, to, kept } = this.options;
    const range = { from: from && floor(from), to };
    const texts = { from: range.from?.toISOString(), to: range.to?.toISOString() };
    // One look at the rows and one at the roots, side by side, both in the order of the minutes.
    const rows = new RowsInOrder(
      this.roots.rows(query, this.tenantId, { from: range.from, until: range.to }),
    );
    let before = await this.rootBefore(query, range.from);
    for (;;) {
      const after = before?.seq ?? 0;
      const page = await this.roots.listIn(query, this.tenantId, texts, { after, limit: ROOTS_AT_ONCE });
      for (const root of page) {
        await this.uncovered(rows, root.minute);
        before = await this.one(query, root, rows, before);
      }
      if (page.length < ROOTS_AT_ONCE) break;
    }
    await this.uncovered(rows, undefined, await this.newestSealed(query));
    if (kept) this.findings.push(...compareKept(this.tenantId, kept, this.seen, range));
    return {
      tenant_id: this.tenantId,
      rows: this.rows,
      roots: this.seen.size,
      pending: this.pending,
      head: before ? { seq: before.seq, minute: before.minute, hash: before.hash.toString('hex') } : null,
      findings: this.findings,
    };
  }

  private async one(
    query: TenantQuery,
    row: RootRow,
    rows: RowsInOrder,
    before: Link | undefined,
  ): Promise<Link> {
    const statement = statementOf(row);
    const packed = await this.roots.leavesOf(query, this.tenantId, statement.seq);
    const root = { statement, hash: row.hash, mac: row.mac, leaves: unpackLeaves(packed ?? Buffer.of()) };
    const covered: AuditRecord[] = [];
    for await (const record of rows.before(new Date(row.minute.getTime() + MINUTE_MS))) covered.push(record);
    this.findings.push(...checkRoot(root, before, this.options.key), ...compareRows(root, covered));
    this.rows += covered.length;
    this.seen.set(statement.seq, row.hash.toString('hex'));
    return { seq: statement.seq, minute: statement.minute, hash: row.hash };
  }

  /**
   * Rows of minutes that have no root.
   * @param newest behind the last root: of a later minute they are only new
   */
  private async uncovered(rows: RowsInOrder, until: Date | undefined, newest?: Date): Promise<void> {
    const minutes = new Map<string, { first: string; count: number }>();
    for await (const { recorded_at, audit_id } of rows.before(until)) {
      const minute = floor(new Date(recorded_at));
      if (newest && minute > newest) {
        this.pending += 1;
        continue;
      }
      const known = minutes.get(minute.toISOString());
      if (known) known.count += 1;
      else minutes.set(minute.toISOString(), { first: audit_id, count: 1 });
    }
    for (const [minute, { first, count }] of minutes)
      this.findings.push(this.unsealed(minute, first, count, newest !== undefined));
  }

  private unsealed(minute: string, audit_id: string, count: number, isEnd: boolean): Finding {
    const rows = count === 1 ? 'A row' : `${count} rows, the first of them this,`;
    const why = isEnd
      ? 'its root was removed, or no gateway has run since'
      : 'added later, or its root was removed';
    return {
      kind: 'minute-unsealed',
      tenant_id: this.tenantId,
      minute,
      seq: null,
      audit_id,
      message: `${rows} in a minute that has no root: ${why}`,
    };
  }

  /** By the database's clock, like the minutes. */
  private async newestSealed(query: TenantQuery): Promise<Date> {
    const [row] = await query.query<{ now: Date }>('SELECT clock_timestamp() AS now');
    return new Date((row?.now ?? new Date()).getTime() - SEALED_WITHIN_MS - MINUTE_MS);
  }

  private async rootBefore(query: TenantQuery, from: Date | undefined): Promise<Link | undefined> {
    if (!from) return undefined;
    const row = await this.roots.lastBefore(query, this.tenantId, from);
    return row && { seq: Number(row.seq), minute: row.minute.toISOString(), hash: row.hash };
  }
}

/** Rows that are taken from the front, as far as one asks. */
class RowsInOrder {
  private next: AuditRecord | undefined;

  constructor(private readonly rows: AsyncGenerator<AuditRecord>) {}

  /** All that come now and were recorded before a time; all that are left unless told. */
  async *before(until: Date | undefined): AsyncGenerator<AuditRecord> {
    for (;;) {
      this.next ??= ((await this.rows.next()).value ?? undefined) as AuditRecord | undefined;
      if (!this.next || (until && new Date(this.next.recorded_at) >= until)) return;
      const row = this.next;
      this.next = undefined;
      yield row;
    }
  }
}

interface Link {
  readonly seq: number;
  readonly minute: string;
  readonly hash: Buffer;
}

const floor = (time: Date): Date => new Date(Math.floor(time.getTime() / MINUTE_MS) * MINUTE_MS);
