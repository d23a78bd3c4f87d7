import type { ConnectionView, Page } from '@baton/contracts';
import type { Database } from '@baton/service';

import { decodeCursor, encodeCursor } from '../conversation/cursor.js';
import { noSuchConnection } from './connection.decider.js';
import { type ConnectionRow, connectionView } from './connection.projection.js';

/** A live connection, as far as a tool needs it. */
export interface LiveConnection {
  readonly connection_id: string;
  readonly scopes: readonly string[];
}

const SHOWN = `c.connection_id, c.provider, c.status, c.scopes, c.renewable, c.reason, c.pending_until, c.created_at,
  c.connected_at, c.updated_at, t.access_expires_at`;

/** As `connectionView` shows it: what the clock has ended is filtered as ended. */
const STATUS_NOW = `CASE
  WHEN c.status = 'PENDING' AND c.pending_until <= clock_timestamp() THEN 'FAILED'
  WHEN c.status = 'CONNECTED' AND NOT c.renewable AND t.access_expires_at <= clock_timestamp() THEN 'EXPIRED'
  ELSE c.status END`;

/** The list of connections, as people and tools ask for it. */
export class ConnectionReads {
  constructor(
    private readonly database: Database,
    private readonly nowMs: () => number,
  ) {}

  /** @throws BatonError `not-found` */
  async get(tenantId: string, connectionId: string): Promise<ConnectionView> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<ConnectionRow>(
        `SELECT ${SHOWN} FROM ${this.joined} WHERE c.tenant_id = $1 AND c.connection_id = $2 AND c.status <> 'REVOKED'`,
        [tenantId, connectionId],
      ),
    );
    if (!row) throw noSuchConnection();
    return connectionView(row, this.nowMs());
  }

  /** Newest first. */
  async list(
    tenantId: string,
    query: {
      readonly limit: number;
      readonly cursor?: string | undefined;
      readonly provider?: string | undefined;
      readonly status?: string | undefined;
    },
  ): Promise<Page<ConnectionView>> {
    const [before] = decodeCursor(query.cursor, 1);
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<ConnectionRow>(
        `SELECT ${SHOWN} FROM ${this.joined}
          WHERE c.tenant_id = $1 AND c.status <> 'REVOKED' AND ($2::text IS NULL OR c.provider = $2)
            AND ($3::text IS NULL OR ${STATUS_NOW} = $3) AND ($4::text IS NULL OR c.connection_id < $4)
          ORDER BY c.connection_id DESC LIMIT $5`,
        [tenantId, query.provider ?? null, query.status ?? null, before ?? null, query.limit + 1],
      ),
    );
    const page = rows.slice(0, query.limit);
    const last = page.at(-1);
    return {
      items: page.map((row) => connectionView(row, this.nowMs())),
      next_cursor: rows.length > query.limit && last ? encodeCursor([last.connection_id]) : null,
    };
  }

  /** The tenant's live connections to a provider, newest first. */
  live(tenantId: string, provider: string): Promise<LiveConnection[]> {
    return this.database.tenant(tenantId, (q) =>
      q.query<LiveConnection>(
        `SELECT connection_id, scopes FROM ${this.database.schema}.connections
          WHERE tenant_id = $1 AND provider = $2 AND status = 'CONNECTED' ORDER BY connection_id DESC LIMIT 20`,
        [tenantId, provider],
      ),
    );
  }

  /** The providers that the tenant has a live connection to, as far as the clock knows. */
  async liveProviders(tenantId: string): Promise<ReadonlySet<string>> {
    const rows = await this.database.tenant(tenantId, (q) =>
      q.query<{ provider: string }>(
        `SELECT DISTINCT c.provider FROM ${this.joined}
          WHERE c.tenant_id = $1 AND c.status = 'CONNECTED' AND ${STATUS_NOW} = 'CONNECTED'`,
        [tenantId],
      ),
    );
    return new Set(rows.map(({ provider }) => provider));
  }

  /** The newest connection that was one once, where none is live. */
  async newestExpired(tenantId: string, provider: string): Promise<string | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ connection_id: string }>(
        `SELECT connection_id FROM ${this.database.schema}.connections
          WHERE tenant_id = $1 AND provider = $2 AND status = 'EXPIRED' ORDER BY connection_id DESC LIMIT 1`,
        [tenantId, provider],
      ),
    );
    return row?.connection_id;
  }

  private get joined(): string {
    const { schema } = this.database;
    return `${schema}.connections c LEFT JOIN ${schema}.connection_tokens t USING (tenant_id, connection_id)`;
  }
}
