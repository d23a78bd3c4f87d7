import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { AuditRecord } from './audit-entry.js';
import type { RootStatement, RootView } from './audit-root.js';
import { AUDIT_COLUMNS, type AuditRow, toRecord } from './audit.rows.js';

export interface RootRow {
  readonly tenant_id: string;
  readonly seq: string;
  readonly minute: Date;
  readonly size: number;
  readonly root_hash: Buffer;
  readonly previous_hash: Buffer;
  readonly hash: Buffer;
  readonly mac: Buffer;
  readonly sealed_at: Date;
}

export interface NewRoot extends RootStatement {
  readonly hash: Buffer;
  readonly mac: Buffer;
  readonly leaves: Buffer;
}

const COLUMNS = 'tenant_id, seq, minute, size, root_hash, previous_hash, hash, mac, sealed_at';
const PAGE = 1000;
const LOCK_PATIENCE = '3s';

export const statementOf = (row: RootRow): RootStatement => ({
  tenant_id: row.tenant_id,
  seq: Number(row.seq),
  minute: row.minute.toISOString(),
  size: row.size,
  root_hash: row.root_hash.toString('hex'),
  previous_hash: row.previous_hash.toString('hex'),
});

export const toRootView = (row: RootRow): RootView => ({
  ...statementOf(row),
  hash: row.hash.toString('hex'),
  sealed_at: row.sealed_at.toISOString(),
});

/** Roots: one per tenant and minute that has rows. */
@Injectable()
export class AuditRootRepository {
  constructor(private readonly database: Database) {}

  /** Tenants with rows of a minute that is over and has no root. */
  async tenantsToSeal(): Promise<string[]> {
    const rows = await this.database.system<{ tenant_id: string }>(
      `WITH RECURSIVE t AS (
         (SELECT tenant_id FROM gateway.audit_log ORDER BY tenant_id LIMIT 1)
         UNION ALL
         SELECT (SELECT a.tenant_id FROM gateway.audit_log a WHERE a.tenant_id > t.tenant_id
                  ORDER BY a.tenant_id LIMIT 1)
           FROM t WHERE t.tenant_id IS NOT NULL)
       SELECT tenant_id FROM t WHERE EXISTS (
         SELECT FROM gateway.audit_log a WHERE a.tenant_id = t.tenant_id
            AND a.recorded_at >= coalesce((SELECT max(minute) + interval '1 minute' FROM gateway.audit_roots r
                                            WHERE r.tenant_id = t.tenant_id), '-infinity')
            AND a.recorded_at < date_trunc('minute', clock_timestamp()))`,
    );
    return rows.map((row) => row.tenant_id);
  }

  /**
   * Seals with what `work` returns, alone: whoever writes rows of this tenant waits until it is committed, and all who wrote before have
   * committed.
   */
  sealing<T>(tenantId: string, work: (query: TenantQuery) => Promise<T>): Promise<T> {
    return this.database.tenant(tenantId, async (query) => {
      await query.query(`SET LOCAL lock_timeout = '${LOCK_PATIENCE}'`);
      await query.query(`SELECT pg_advisory_xact_lock(hashtext('gateway.audit'), hashtext($1))`, [tenantId]);
      return work(query);
    });
  }

  async last(query: TenantQuery, tenantId: string): Promise<RootRow | undefined> {
    const [row] = await query.query<RootRow>(
      `SELECT ${COLUMNS} FROM gateway.audit_roots WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1`,
      [tenantId],
    );
    return row;
  }

  async lastBefore(query: TenantQuery, tenantId: string, time: Date): Promise<RootRow | undefined> {
    const [row] = await query.query<RootRow>(
      `SELECT ${COLUMNS} FROM gateway.audit_roots WHERE tenant_id = $1 AND minute < $2 ORDER BY seq DESC LIMIT 1`,
      [tenantId, time],
    );
    return row;
  }

  /** Every tenant that has rows or roots. */
  async tenants(): Promise<string[]> {
    const rows = await this.database.system<{ tenant_id: string }>(
      `SELECT DISTINCT tenant_id FROM gateway.audit_log UNION SELECT DISTINCT tenant_id FROM gateway.audit_roots
        ORDER BY tenant_id`,
    );
    return rows.map((row) => row.tenant_id);
  }

  /** The first minute behind `after` that is over and has rows. */
  async nextMinute(query: TenantQuery, tenantId: string, after: Date | undefined): Promise<Date | undefined> {
    const [row] = await query.query<{ minute: Date | null }>(
      `SELECT date_trunc('minute', min(recorded_at)) AS minute FROM gateway.audit_log
        WHERE tenant_id = $1 AND recorded_at >= coalesce($2::timestamptz + interval '1 minute', '-infinity')
          AND recorded_at < date_trunc('minute', clock_timestamp())`,
      [tenantId, after ?? null],
    );
    return row?.minute ?? undefined;
  }

  /** Rows in the order of the leaves, page by page: from a time until before another. */
  async *rows(
    query: TenantQuery,
    tenantId: string,
    { from, until }: { readonly from: Date | undefined; readonly until: Date | undefined },
  ): AsyncGenerator<AuditRecord> {
    let after: AuditRow | undefined;
    for (;;) {
      const rows = await query.query<AuditRow>(
        `SELECT ${AUDIT_COLUMNS} FROM gateway.audit_log WHERE tenant_id = $1
            AND recorded_at >= coalesce($2::timestamptz, '-infinity')
            AND recorded_at < coalesce($3::timestamptz, 'infinity')
            AND ($4::timestamptz IS NULL OR (recorded_at, audit_id) > ($4, $5))
          ORDER BY recorded_at, audit_id LIMIT ${PAGE}`,
        [tenantId, from ?? null, until ?? null, after?.recorded_at ?? null, after?.audit_id ?? null],
      );
      for (const row of rows) yield toRecord(row);
      if (rows.length < PAGE) return;
      after = rows.at(-1);
    }
  }

  async add(query: TenantQuery, root: NewRoot): Promise<void> {
    await query.query(
      `INSERT INTO gateway.audit_roots
         (tenant_id, seq, minute, size, root_hash, previous_hash, hash, mac, leaves)
       VALUES ($1, $2, $3, $4, decode($5, 'hex'), decode($6, 'hex'), $7, $8, $9)`,
      [
        ...[root.tenant_id, root.seq, root.minute, root.size, root.root_hash, root.previous_hash],
        ...[root.hash, root.mac, root.leaves],
      ],
    );
  }

  /** Oldest first, behind a number. */
  list(
    tenantId: string,
    filter: { readonly from?: string | undefined; readonly to?: string | undefined },
    page: { readonly after: number; readonly limit: number },
  ): Promise<RootRow[]> {
    return this.database.tenant(tenantId, (query) => this.listIn(query, tenantId, filter, page));
  }

  listIn(
    query: TenantQuery,
    tenantId: string,
    filter: { readonly from?: string | undefined; readonly to?: string | undefined },
    page: { readonly after: number; readonly limit: number },
  ): Promise<RootRow[]> {
    return query.query<RootRow>(
      `SELECT ${COLUMNS} FROM gateway.audit_roots WHERE tenant_id = $1 AND seq > $2
          AND ($3::timestamptz IS NULL OR minute > $3::timestamptz - interval '1 minute')
          AND ($4::timestamptz IS NULL OR minute < $4::timestamptz)
        ORDER BY seq LIMIT $5`,
      [tenantId, page.after, filter.from ?? null, filter.to ?? null, page.limit],
    );
  }

  async leavesOf(query: TenantQuery, tenantId: string, seq: number): Promise<Buffer | undefined> {
    const [row] = await query.query<{ leaves: Buffer }>(
      'SELECT leaves FROM gateway.audit_roots WHERE tenant_id = $1 AND seq = $2',
      [tenantId, seq],
    );
    return row?.leaves;
  }

  /** The root of the minute that a row was recorded in, with its leaves; undefined until it is sealed. */
  async ofRow(
    tenantId: string,
    recordedAt: string,
  ): Promise<{ readonly root: RootRow; readonly leaves: Buffer } | undefined> {
    const [row] = await this.database.tenant(tenantId, (query) =>
      query.query<RootRow & { readonly leaves: Buffer }>(
        `SELECT ${COLUMNS}, leaves FROM gateway.audit_roots
          WHERE tenant_id = $1 AND minute = date_trunc('minute', $2::timestamptz)`,
        [tenantId, recordedAt],
      ),
    );
    return row && { root: row, leaves: row.leaves };
  }
}
