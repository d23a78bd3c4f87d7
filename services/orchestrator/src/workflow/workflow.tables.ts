/**
 * Every version of every workflow. What came from the folder belongs to no tenant (`*`) and serves all; each
 * tenant may read it.
 */
export const workflowTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.workflows (
     tenant_id text NOT NULL, name text NOT NULL, version int NOT NULL, digest text NOT NULL, description text,
     yaml text NOT NULL, loaded_at timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
     -- No longer offered; whoever began with it keeps it.
     retired_at timestamptz(3),
     PRIMARY KEY (tenant_id, name, version)
   )`,
];

export const WORKFLOW_TABLES = ['workflows'] as const;

/** Beside the tenant's own rows: to be made once row-level security is on. */
export const workflowPolicies = (schema: string): string[] => [
  `CREATE POLICY builtin_workflows ON ${schema}.workflows FOR SELECT USING (tenant_id = '*')`,
];
