import { Database, type TenantQuery } from '@baton/service';
import { Injectable } from '@nestjs/common';

export interface TenantRow {
  readonly tenant_id: string;
  readonly name: string;
  readonly created_at: Date;
}

@Injectable()
export class TenantRepository {
  constructor(private readonly database: Database) {}

  /** In the transaction of the tenant that asked, which is the new tenant's own for this row and what `alongside` adds. */
  async insert(
    query: TenantQuery,
    tenantId: string,
    name: string,
    alongside: () => Promise<void>,
  ): Promise<void> {
    const [asked] = await query.query<{ tenant: string }>(`SELECT current_setting('app.tenant') AS tenant`);
    await query.query(`SELECT set_config('app.tenant', $1, true)`, [tenantId]);
    await query.query('INSERT INTO gateway.tenants (tenant_id, name) VALUES ($1, $2)', [tenantId, name]);
    await alongside();
    await query.query(`SELECT set_config('app.tenant', $1, true)`, [asked?.tenant]);
  }

  async ensure(tenantId: string, name: string): Promise<void> {
    await this.database.tenant(tenantId, (q) =>
      q.query('INSERT INTO gateway.tenants (tenant_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        tenantId,
        name,
      ]),
    );
  }

  /** All tenants, oldest first: for the one tenant that makes the others. */
  list(after: string | undefined, limit: number): Promise<TenantRow[]> {
    return this.database.system<TenantRow>(
      `SELECT tenant_id, name, created_at FROM gateway.tenants
        WHERE $1::text IS NULL OR tenant_id > $1 ORDER BY tenant_id LIMIT $2`,
      [after ?? null, limit],
    );
  }
}
