import type { Actor, StaffRole } from '@baton/contracts';

export const OUTCOMES = ['SUCCEEDED', 'REFUSED', 'FAILED'] as const;
export type AuditOutcome = (typeof OUTCOMES)[number];

/** `operator`: somebody at the command line of the machine that Baton runs on. */
export const ACTOR_TYPES = [
  'api_key',
  'human_agent',
  'customer',
  'ai',
  'system',
  'operator',
] as const satisfies readonly (Actor['type'] | 'operator')[];

export interface AuditActor {
  readonly type: (typeof ACTOR_TYPES)[number];
  readonly id: string;
  readonly role?: StaffRole | undefined;
}

export interface AuditObject {
  readonly type: string;
  /** `*`: a list of them. */
  readonly id: string;
}

/** Ids, codes, numbers and digests: nothing that anybody said, and no secret. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** What is to be recorded. */
export interface AuditEntry {
  readonly tenantId: string;
  /** When it happened; where it is not said, when it is recorded. */
  readonly at?: string | undefined;
  readonly actor: AuditActor;
  /** Dotted: `conversation.handed_over`, `api_key.created`. */
  readonly action: string;
  readonly object: AuditObject;
  readonly conversationId?: string | null | undefined;
  readonly outcome: AuditOutcome;
  readonly details?: AuditDetails;
  /** Keyed hash of what exactly was done: the same action with the same arguments has the same one. */
  readonly digest?: string | null | undefined;
  readonly requestId?: string | null | undefined;
  readonly traceId?: string | null | undefined;
  readonly eventId?: string | null | undefined;
}

/** A row of the trail as it is shown, exported and hashed. */
export interface AuditRecord {
  readonly audit_id: string;
  readonly tenant_id: string;
  readonly recorded_at: string;
  readonly at: string;
  readonly actor: { readonly type: string; readonly id: string; readonly role: string | null };
  readonly action: string;
  readonly object: AuditObject;
  readonly conversation_id: string | null;
  readonly outcome: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly digest: string | null;
  readonly request_id: string | null;
  readonly trace_id: string | null;
  readonly event_id: string | null;
}

/** The trace of a W3C `traceparent`. */
export const traceIdOf = (traceparent: string | undefined): string | null =>
  traceparent?.split('-')[1] ?? null;
