import { newId } from '@baton/service';

import { canonicalJson } from '../http/call.js';
import type { AuditEntry, AuditRecord } from './audit-entry.js';
import { leafHash } from './merkle.js';

/** A row as PostgreSQL gives it. */
export interface AuditRow {
  readonly tenant_id: string;
  readonly audit_id: string;
  readonly recorded_at: Date;
  readonly at: Date;
  readonly actor_type: string;
  readonly actor_id: string;
  readonly actor_role: string | null;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string;
  readonly conversation_id: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly digest: string | null;
  readonly request_id: string | null;
  readonly trace_id: string | null;
  readonly event_id: string | null;
}

/** Of {@link AuditRow}, in the order of the table. */
export const AUDIT_COLUMNS =
  'tenant_id, audit_id, recorded_at, at, actor_type, actor_id, actor_role, action, object_type, object_id, ' +
  'conversation_id, outcome, details, digest, request_id, trace_id, event_id';

export const toRecord = (row: AuditRow): AuditRecord => ({
  audit_id: row.audit_id,
  tenant_id: row.tenant_id,
  recorded_at: row.recorded_at.toISOString(),
  at: row.at.toISOString(),
  actor: { type: row.actor_type, id: row.actor_id, role: row.actor_role },
  action: row.action,
  object: { type: row.object_type, id: row.object_id },
  conversation_id: row.conversation_id,
  outcome: row.outcome,
  details: row.details,
  digest: row.digest,
  request_id: row.request_id,
  trace_id: row.trace_id,
  event_id: row.event_id,
});

/** What of a row is hashed: all that is shown of it, as JSON with sorted keys and no white space. */
export const leafOf = (record: AuditRecord): Buffer => leafHash(canonicalJson(record));

/** What goes into the table; `recorded_at` is the database's to say. */
export type NewAuditRow = Omit<AuditRow, 'recorded_at' | 'at'> & { readonly at: string | null };

export const toNewRow = (entry: AuditEntry): NewAuditRow => ({
  tenant_id: entry.tenantId,
  audit_id: newId('aud'),
  at: entry.at ?? null,
  actor_type: entry.actor.type,
  actor_id: entry.actor.id,
  actor_role: entry.actor.role ?? null,
  action: entry.action,
  object_type: entry.object.type,
  object_id: entry.object.id,
  conversation_id: entry.conversationId ?? null,
  outcome: entry.outcome,
  details: entry.details ?? {},
  digest: entry.digest ?? null,
  request_id: entry.requestId ?? null,
  trace_id: entry.traceId ?? null,
  event_id: entry.eventId ?? null,
});

/** Rows out of `$1::jsonb`, tenant by tenant: whoever writes for several takes their locks in one order. */
export const INSERT_ROWS = `INSERT INTO gateway.audit_log
    (tenant_id, audit_id, at, actor_type, actor_id, actor_role, action, object_type, object_id,
     conversation_id, outcome, details, digest, request_id, trace_id, event_id)
  SELECT tenant_id, audit_id, coalesce(at, now()), actor_type, actor_id, actor_role, action, object_type, object_id,
         conversation_id, outcome, details, digest, request_id, trace_id, event_id
    FROM jsonb_to_recordset($1::jsonb) AS r(tenant_id text, audit_id text, at timestamptz(3), actor_type text,
         actor_id text, actor_role text, action text, object_type text, object_id text, conversation_id text,
         outcome text, details jsonb, digest text, request_id text, trace_id text, event_id text)`;

/** The end of {@link INSERT_ROWS}. */
export const IN_ORDER_EACH_ONCE = `ORDER BY tenant_id, audit_id
  ON CONFLICT (tenant_id, event_id) WHERE event_id IS NOT NULL DO NOTHING`;
