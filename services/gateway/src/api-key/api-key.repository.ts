import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

import { type ApiKeyPrincipal, type Scope } from '../auth/principal.js';

export interface ApiKeyRow {
  readonly key_id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly created_at: Date;
}

/** API keys at rest: a keyed hash, never the key. */
@Injectable()
export class ApiKeyRepository {
  constructor(private readonly database: Database) {}

  /** Whose key it is; the one look-up that knows no tenant yet. */
  async findByHash(hash: string): Promise<ApiKeyPrincipal | undefined> {
    const [row] = await this.database.system<{ tenant_id: string; key_id: string; scopes: Scope[] }>(
      'SELECT tenant_id, key_id, scopes FROM gateway.api_keys WHERE key_hash = $1',
      [hash],
    );
    return row && { kind: 'api_key', tenantId: row.tenant_id, keyId: row.key_id, scopes: row.scopes };
  }

  async insert(
    query: TenantQuery,
    tenantId: string,
    key: { keyId: string; name: string; hash: string; scopes: readonly Scope[] },
  ): Promise<ApiKeyRow> {
    const [row] = await query.query<ApiKeyRow>(
      `INSERT INTO gateway.api_keys (tenant_id, key_id, name, key_hash, scopes) VALUES ($1, $2, $3, $4, $5)
       RETURNING key_id, name, scopes, created_at`,
      [tenantId, key.keyId, key.name, key.hash, key.scopes],
    );
    return row as ApiKeyRow;
  }

  /** A key that a process is started with, under an id of its own: started with another one, the old one is out. */
  async ensure(
    tenantId: string,
    key: { keyId: string; name: string; hash: string; scopes: readonly Scope[] },
  ): Promise<void> {
    await this.database.tenant(tenantId, async (q) => {
      // Replicas start together: of two unique indexes, ON CONFLICT minds one.
      await q.query(`SELECT pg_advisory_xact_lock(hashtext('gateway.api_keys'))`);
      await q.query('DELETE FROM gateway.api_keys WHERE tenant_id = $1 AND key_hash = $2 AND key_id <> $3', [
        tenantId,
        key.hash,
        key.keyId,
      ]);
      await q.query(
        `INSERT INTO gateway.api_keys (tenant_id, key_id, name, key_hash, scopes) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (tenant_id, key_id) DO UPDATE SET key_hash = excluded.key_hash, scopes = excluded.scopes`,
        [tenantId, key.keyId, key.name, key.hash, key.scopes],
      );
    });
  }

  /** Newest last; `after` is the key id the page before ended with. */
  list(tenantId: string, after: string | undefined, limit: number): Promise<ApiKeyRow[]> {
    return this.database.tenant(tenantId, (q) =>
      q.query<ApiKeyRow>(
        `SELECT key_id, name, scopes, created_at FROM gateway.api_keys
          WHERE tenant_id = $1 AND ($2::text IS NULL OR key_id > $2) ORDER BY key_id LIMIT $3`,
        [tenantId, after ?? null, limit],
      ),
    );
  }

  async find(tenantId: string, keyId: string): Promise<ApiKeyRow | undefined> {
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<ApiKeyRow>(
        'SELECT key_id, name, scopes, created_at FROM gateway.api_keys WHERE tenant_id = $1 AND key_id = $2',
        [tenantId, keyId],
      ),
    );
    return row;
  }

  /** The hash of the key that was deleted; undefined where there was none. */
  async delete(
    tenantId: string,
    keyId: string,
    alongside: (query: TenantQuery) => Promise<void>,
  ): Promise<string | undefined> {
    return this.database.tenant(tenantId, async (q) => {
      const [row] = await q.query<{ key_hash: string }>(
        'DELETE FROM gateway.api_keys WHERE tenant_id = $1 AND key_id = $2 RETURNING key_hash',
        [tenantId, keyId],
      );
      if (row) await alongside(q);
      return row?.key_hash;
    });
  }
}
