import { appRole, type ServiceName, systemRole } from './service-name.js';

/** What the app role may do with a table; a log is never updated. */
export interface TableRights {
  /** `SELECT, INSERT, UPDATE, DELETE` unless told. */
  readonly app?: string;
  readonly system?: string;
}

const ALL_RIGHTS = 'SELECT, INSERT, UPDATE, DELETE';

/**
 * The statements that put a table behind its tenant: row-level security is on and forced, the app role
 * sees the rows of `app.tenant` only, the system role sees all. The table must have a column `tenant_id`.
 */
export const rlsSql = (
  schema: string,
  table: string,
  service: ServiceName,
  rights: TableRights = {},
): string[] => {
  const name = `"${schema}"."${table}"`;
  const [app, system] = [appRole(service), systemRole(service)];
  return [
    `ALTER TABLE ${name} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${name} FORCE ROW LEVEL SECURITY`,
    `DROP POLICY IF EXISTS tenant_rows ON ${name}`,
    `CREATE POLICY tenant_rows ON ${name} TO "${app}"
       USING (tenant_id = current_setting('app.tenant', true))
       WITH CHECK (tenant_id = current_setting('app.tenant', true))`,
    `DROP POLICY IF EXISTS system_rows ON ${name}`,
    `CREATE POLICY system_rows ON ${name} TO "${system}" USING (true) WITH CHECK (true)`,
    `GRANT ${rights.app ?? ALL_RIGHTS} ON ${name} TO "${app}"`,
    `GRANT ${rights.system ?? ALL_RIGHTS} ON ${name} TO "${system}"`,
  ];
};
