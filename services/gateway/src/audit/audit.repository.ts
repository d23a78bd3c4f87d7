import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

import type { AuditEntry, AuditRecord } from './audit-entry.js';
import type { AuditFilter } from './audit-filter.js';
import {
  AUDIT_COLUMNS,
  type AuditRow,
  IN_ORDER_EACH_ONCE,
  INSERT_ROWS,
  toNewRow,
  toRecord,
} from './audit.rows.js';

/** Where a page begins: behind this row. */
export interface AuditPlace {
  readonly at: string;
  readonly auditId: string;
}

export interface AuditPageQuery {
  readonly after: AuditPlace | undefined;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
}

const rowsOf = (entries: readonly AuditEntry[]): string => JSON.stringify(entries.map(toNewRow));

/** The rows of the trail: added and read, never changed. */
@Injectable()
export class AuditRepository {
  constructor(private readonly database: Database) {}

  /** In the transaction of what it tells of: both or neither. */
  async addWithin(query: TenantQuery, entry: AuditEntry): Promise<void> {
    await query.query(`${INSERT_ROWS} ${IN_ORDER_EACH_ONCE}`, [rowsOf([entry])]);
  }

  /** Of any tenants, in one statement. */
  async add(entries: readonly AuditEntry[]): Promise<void> {
    await this.database.system(`${INSERT_ROWS} ${IN_ORDER_EACH_ONCE}`, [rowsOf(entries)]);
  }

  /**
   * A page of a log with the position behind it, in one statement.
   * @returns false, with nothing written, where another reader has moved the position meanwhile
   */
  async addPage(
    page: { readonly consumer: string; readonly after: string | null; readonly next: string },
    entries: readonly AuditEntry[],
  ): Promise<boolean> {
    const [moved] = await this.database.system<{ moved: boolean }>(
      `WITH moved AS (
         INSERT INTO gateway.watermarks AS w (consumer, cursor) VALUES ($2, $3)
         ON CONFLICT (tenant_id, consumer) DO UPDATE SET cursor = excluded.cursor WHERE w.cursor = $4
         RETURNING 1),
       added AS (${INSERT_ROWS} WHERE EXISTS (SELECT FROM moved) ${IN_ORDER_EACH_ONCE})
       SELECT EXISTS (SELECT FROM moved) AS moved`,
      [rowsOf(entries), page.consumer, page.next, page.after],
    );
    return moved?.moved ?? false;
  }

  /** How far a reader has come. */
  async position(consumer: string): Promise<string | null> {
    const [row] = await this.database.system<{ cursor: string }>(
      'SELECT cursor FROM gateway.watermarks WHERE consumer = $1',
      [consumer],
    );
    return row?.cursor ?? null;
  }

  /** Those of the events that the trail tells of already. */
  async known(
    events: readonly { readonly tenant_id: string; readonly event_id: string }[],
  ): Promise<ReadonlySet<string>> {
    if (events.length === 0) return new Set();
    const rows = await this.database.system<{ event_id: string }>(
      `SELECT a.event_id FROM gateway.audit_log a JOIN unnest($1::text[], $2::text[]) AS e(tenant_id, event_id)
           ON a.tenant_id = e.tenant_id AND a.event_id = e.event_id`,
      [events.map((event) => event.tenant_id), events.map((event) => event.event_id)],
    );
    return new Set(rows.map((row) => row.event_id));
  }

  async list(tenantId: string, filter: AuditFilter, page: AuditPageQuery): Promise<AuditRecord[]> {
    const [beyond, direction] = page.order === 'asc' ? ['>', 'ASC'] : ['<', 'DESC'];
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<AuditRow>(
        `SELECT ${AUDIT_COLUMNS} FROM gateway.audit_log WHERE tenant_id = $1
            AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at < $3)
            AND ($4::text IS NULL OR actor_type = $4) AND ($5::text IS NULL OR actor_id = $5)
            AND ($6::text IS NULL OR object_type = $6 OR ($6 = 'conversation' AND conversation_id IS NOT NULL))
            AND ($7::text IS NULL OR object_id = $7 OR conversation_id = $7)
            AND ($8::text IS NULL OR action = $8 OR starts_with(action, $8 || '.'))
            AND ($9::text IS NULL OR outcome = $9)
            AND ($10::timestamptz IS NULL OR (at, audit_id) ${beyond} ($10, $11))
          ORDER BY at ${direction}, audit_id ${direction} LIMIT $12`,
        [
          tenantId,
          filter.from ?? null,
          filter.to ?? null,
          filter.actor?.type ?? null,
          filter.actor?.id ?? null,
          filter.object?.type ?? null,
          filter.object?.id ?? null,
          filter.action ?? null,
          filter.outcome ?? null,
          page.after?.at ?? null,
          page.after?.auditId ?? null,
          page.limit,
        ],
      ),
    );
    return rows.map(toRecord);
  }

  async find(tenantId: string, auditId: string): Promise<AuditRecord | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<AuditRow>(
        `SELECT ${AUDIT_COLUMNS} FROM gateway.audit_log WHERE tenant_id = $1 AND audit_id = $2`,
        [tenantId, auditId],
      ),
    );
    return row && toRecord(row);
  }
}
