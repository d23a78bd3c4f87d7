import { Database, type TenantQuery } from '@baton/service';

import { EVERY_TENANT, type StoredWorkflow, type WorkflowContent } from './stored-workflow.js';

const COLUMNS = 'tenant_id, name, version, digest, description, yaml';

/** Workflow versions in the database: the only file here that knows SQL. */
export class WorkflowRepository {
  constructor(private readonly database: Database) {}

  /** What the tenant sees under a name: its own, else the one for all. */
  newest(tenantId: string, name: string): Promise<StoredWorkflow | undefined> {
    return this.database.tenant(tenantId, async (q) => {
      const [row] = await q.query<StoredWorkflow>(
        `SELECT ${COLUMNS} FROM ${this.table} WHERE tenant_id = ANY($1) AND name = $2 AND retired_at IS NULL
          ORDER BY (tenant_id = '*'), version DESC LIMIT 1`,
        [[tenantId, EVERY_TENANT], name],
      );
      return row;
    });
  }

  /** A version, retired or not: what began with it ends with it. */
  version(tenantId: string, name: string, version: number): Promise<StoredWorkflow | undefined> {
    return this.database.tenant(tenantId, async (q) => {
      const [row] = await q.query<StoredWorkflow>(
        `SELECT ${COLUMNS} FROM ${this.table} WHERE tenant_id = ANY($1) AND name = $2 AND version = $3
          ORDER BY (tenant_id = '*') LIMIT 1`,
        [[tenantId, EVERY_TENANT], name, version],
      );
      return row;
    });
  }

  /** What the tenant sees, by name. */
  list(tenantId: string, after: string | undefined, limit: number): Promise<StoredWorkflow[]> {
    return this.database.tenant(tenantId, (q) =>
      q.query<StoredWorkflow>(
        `SELECT DISTINCT ON (name) ${COLUMNS} FROM ${this.table}
          WHERE tenant_id = ANY($1) AND retired_at IS NULL AND ($2::text IS NULL OR name > $2)
          ORDER BY name, (tenant_id = '*'), version DESC LIMIT $3`,
        [[tenantId, EVERY_TENANT], after ?? null, limit],
      ),
    );
  }

  /**
   * Makes a new version where the content is another than the newest's. Numbers are never given twice, not to
   * a workflow that was deleted in between nor beside the folder's own: what is pinned by name and version means
   * one content for a tenant.
   */
  put(owner: string, content: WorkflowContent): Promise<StoredWorkflow> {
    return this.database.tenant(owner, async (q) => {
      await q.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`workflow/${content.name}`]);
      const [current] = await q.query<StoredWorkflow>(
        `SELECT ${COLUMNS} FROM ${this.table} WHERE tenant_id = $1 AND name = $2 AND retired_at IS NULL
          ORDER BY version DESC LIMIT 1`,
        [owner, content.name],
      );
      if (current?.digest === content.digest) return this.sameContent(q, current, content);
      const [row] = await q.query<StoredWorkflow>(
        `INSERT INTO ${this.table} (tenant_id, name, version, digest, description, yaml)
         SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5 FROM ${this.table} WHERE name = $2
         RETURNING ${COLUMNS}`,
        [owner, content.name, content.digest, content.description, content.yaml],
      );
      return row as StoredWorkflow;
    });
  }

  /** No longer offered. @returns whether there was one */
  retire(owner: string, name: string): Promise<boolean> {
    return this.database.tenant(owner, async (q) => {
      const rows = await q.query<{ version: number }>(
        `UPDATE ${this.table} SET retired_at = clock_timestamp()
          WHERE tenant_id = $1 AND name = $2 AND retired_at IS NULL RETURNING version`,
        [owner, name],
      );
      return rows.length > 0;
    });
  }

  /** Of the folder's workflows, those that are still offered. */
  async builtinNames(): Promise<string[]> {
    const rows = await this.database.tenant(EVERY_TENANT, (q) =>
      q.query<{ name: string }>(
        `SELECT DISTINCT name FROM ${this.table} WHERE tenant_id = $1 AND retired_at IS NULL`,
        [EVERY_TENANT],
      ),
    );
    return rows.map(({ name }) => name);
  }

  /** Whether a conversation that nobody has resolved, or a run that has not ended, began with one of its versions. */
  async isInUse(tenantId: string, name: string): Promise<boolean> {
    const { schema } = this.database;
    const [row] = await this.database.tenant(tenantId, (q) =>
      q.query<{ used: boolean }>(
        `SELECT EXISTS (SELECT 1 FROM ${schema}.conversations
                  WHERE tenant_id = $1 AND workflow_name = $2 AND NOT erased AND state <> 'RESOLVED')
             OR EXISTS (SELECT 1 FROM ${schema}.runs
                  WHERE tenant_id = $1 AND workflow_name = $2 AND workflow_version > 0 AND status IN ('RUNNING', 'PAUSED')) AS used`,
        [tenantId, name],
      ),
    );
    return row?.used ?? false;
  }

  /** Comments and layout are the author's: the newest text is kept under the same version. */
  private async sameContent(
    q: TenantQuery,
    current: StoredWorkflow,
    { yaml }: WorkflowContent,
  ): Promise<StoredWorkflow> {
    if (current.yaml !== yaml)
      await q.query(
        `UPDATE ${this.table} SET yaml = $4 WHERE tenant_id = $1 AND name = $2 AND version = $3`,
        [current.tenant_id, current.name, current.version, yaml],
      );
    return { ...current, yaml };
  }

  private get table(): string {
    return `${this.database.schema}.workflows`;
  }
}
