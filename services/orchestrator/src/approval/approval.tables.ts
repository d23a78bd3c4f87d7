import { upsertRows } from '@baton/event-store';

const COLUMNS = [
  'tenant_id',
  'approval_id',
  'run_id',
  'conversation_id',
  'kind',
  'status',
  'required_role',
  'risk_tier',
  'requested_at',
  'expires_at',
  'updated_at',
  'version',
] as const;

/** The list of approvals: what is planned and said in one stays in the log, sealed, and is read from there. */
export const approvalTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.approvals (
     tenant_id text NOT NULL, approval_id text NOT NULL, run_id text NOT NULL, conversation_id text,
     kind text NOT NULL, status text NOT NULL, required_role text NOT NULL, risk_tier text NOT NULL,
     requested_at timestamptz(3) NOT NULL, expires_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL,
     version int NOT NULL,
     PRIMARY KEY (tenant_id, approval_id)
   )`,
  `CREATE INDEX approvals_newest ON ${schema}.approvals (tenant_id, requested_at DESC, approval_id)`,
  `CREATE INDEX approvals_open ON ${schema}.approvals (tenant_id, requested_at DESC, approval_id) WHERE status = 'PENDING'`,
  `CREATE INDEX approvals_of_run ON ${schema}.approvals (tenant_id, run_id)`,
  `CREATE INDEX approvals_of_conversation ON ${schema}.approvals (tenant_id, conversation_id) WHERE conversation_id IS NOT NULL`,
];

export const APPROVAL_TABLES = ['approvals'] as const;

/** The clauses of `apply_rows` for these tables. */
export const approvalUpserts = (schema: string): string[] => [
  upsertRows(schema, 'approvals', ['tenant_id', 'approval_id'], COLUMNS, 'excluded.version > t.version'),
];

/** A row of the list. */
export interface ApprovalRow extends Record<string, unknown> {
  readonly tenant_id: string;
  readonly approval_id: string;
  readonly run_id: string;
  readonly conversation_id: string | null;
  readonly kind: string;
  readonly status: string;
  readonly required_role: string;
  readonly risk_tier: string;
  readonly requested_at: string;
  readonly expires_at: string;
  readonly updated_at: string;
  readonly version: number;
}
