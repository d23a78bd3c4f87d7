import { upsertRows } from '@baton/event-store';

const COLUMNS = [
  'tenant_id',
  'consultation_id',
  'subject',
  'status',
  'approval_id',
  'run_id',
  'conversation_id',
  'workflow_name',
  'workflow_version',
  'started_at',
  'updated_at',
  'completed_at',
  'version',
] as const;

/** The list of consultations: what is said in one stays in the log, sealed, and is read from there by its version. */
export const consultationTables = (schema: string): string[] => [
  `CREATE TABLE ${schema}.consultations (
     tenant_id text NOT NULL, consultation_id text NOT NULL, subject text NOT NULL, status text NOT NULL,
     approval_id text, run_id text, conversation_id text,
     workflow_name text NOT NULL, workflow_version int NOT NULL,
     started_at timestamptz(3) NOT NULL, updated_at timestamptz(3) NOT NULL, completed_at timestamptz(3),
     version int NOT NULL,
     PRIMARY KEY (tenant_id, consultation_id)
   ) WITH (fillfactor = 80)`,
  // One about the same is joined: of two who start at once, the second finds the first's.
  `CREATE UNIQUE INDEX consultations_active ON ${schema}.consultations (tenant_id, subject) WHERE status = 'ACTIVE'`,
  `CREATE INDEX consultations_by_status ON ${schema}.consultations (tenant_id, status, consultation_id DESC)`,
  `CREATE INDEX consultations_of_approval ON ${schema}.consultations (tenant_id, approval_id) WHERE approval_id IS NOT NULL`,
  `CREATE INDEX consultations_of_run ON ${schema}.consultations (tenant_id, run_id) WHERE run_id IS NOT NULL`,
  `CREATE INDEX consultations_of_conversation ON ${schema}.consultations (tenant_id, conversation_id)
     WHERE conversation_id IS NOT NULL`,
];

export const CONSULTATION_TABLES = ['consultations'] as const;

/** The clauses of `apply_rows` for these tables. */
export const consultationUpserts = (schema: string): string[] => [
  upsertRows(
    schema,
    'consultations',
    ['tenant_id', 'consultation_id'],
    COLUMNS,
    'excluded.version > t.version',
  ),
];

/** A row of the list. */
export interface ConsultationRow extends Record<string, unknown> {
  readonly tenant_id: string;
  readonly consultation_id: string;
  readonly subject: string;
  readonly status: string;
  readonly approval_id: string | null;
  readonly run_id: string | null;
  readonly conversation_id: string | null;
  readonly workflow_name: string;
  readonly workflow_version: number;
  readonly started_at: string;
  readonly updated_at: string;
  readonly completed_at: string | null;
  readonly version: number;
}
