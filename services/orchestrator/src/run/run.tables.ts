import { upsertRows } from '@baton/event-store';

const COLUMNS = [
  'tenant_id',
  'run_id',
  'workflow_name',
  'workflow_version',
  'mode',
  'conversation_id',
  'status',
  'sink',
  'created_at',
  'updated_at',
  'alive_at',
] as const;

/**
 * The list of runs: what is said in one stays in the log, sealed, and is read from there. `alive_at` is the pulse
 * of the worker that has a standalone run.
 */
export const runTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.runs (
     tenant_id text NOT NULL, run_id text NOT NULL, workflow_name text NOT NULL, workflow_version int NOT NULL,
     mode text NOT NULL, conversation_id text, status text NOT NULL, sink text,
     created_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL, alive_at timestamptz(3) NOT NULL,
     PRIMARY KEY (tenant_id, run_id)
   ) WITH (fillfactor = 80)`,
  `CREATE INDEX runs_newest ON ${schema}.runs (tenant_id, created_at DESC, run_id)`,
  `CREATE INDEX runs_of_conversation ON ${schema}.runs (tenant_id, conversation_id) WHERE conversation_id IS NOT NULL`,
  // What the sweep of lost runs looks at: those that run, and no others.
  `CREATE INDEX runs_alive ON ${schema}.runs (alive_at) WHERE status = 'RUNNING' AND mode = 'standalone'`,
];

export const RUN_TABLES = ['runs'] as const;

/** The clauses of `apply_rows` for these tables. */
export const runUpserts = (schema: string): string[] => [
  upsertRows(schema, 'runs', ['tenant_id', 'run_id'], COLUMNS, 'excluded.updated_at >= t.updated_at'),
];

/** A row of the list. */
export interface RunRow extends Record<string, unknown> {
  readonly tenant_id: string;
  readonly run_id: string;
  readonly workflow_name: string;
  readonly workflow_version: number;
  readonly mode: 'conversation' | 'standalone';
  readonly conversation_id: string | null;
  readonly status: string;
  readonly sink: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly alive_at: string;
}
