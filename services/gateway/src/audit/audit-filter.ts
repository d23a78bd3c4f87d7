import { BatonError } from '@baton/contracts';

import { ACTOR_TYPES, type AuditOutcome } from './audit-entry.js';

/** An actor or object as a query names it: its id, its type, or both. */
export interface Named {
  readonly type?: string;
  readonly id?: string;
}

export interface AuditFilter {
  /** At or after. */
  readonly from?: string | undefined;
  /** Before. */
  readonly to?: string | undefined;
  readonly actor?: Named | undefined;
  readonly object?: Named | undefined;
  /** `api_key.created`, or `api_key` for all of its kind. */
  readonly action?: string | undefined;
  readonly outcome?: AuditOutcome | undefined;
}

export interface AuditFilterQuery {
  readonly from?: string;
  readonly to?: string;
  readonly actor?: string;
  readonly object?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
}

/** What rows are about. */
export const OBJECT_TYPES: readonly string[] = [
  'conversation',
  'run',
  'approval',
  'consultation',
  'connection',
  'human_agent',
  'queue_item',
  'api_key',
  'tenant',
  'webhook',
  'workflow',
  'agent',
  'tool',
  'retention',
  'archive',
  'memory',
  'offer',
  'audit',
  'analytics',
  'staff_stream',
  'route',
];

/**
 * `agent_ana`, `human_agent:agent_ana` or `human_agent:*`. Ids hold colons too: only what stands before the first one and is a
 * type is one.
 */
const named = (text: string | undefined, types: readonly string[]): Named | undefined => {
  if (text === undefined) return undefined;
  const colon = text.indexOf(':');
  const type = text.slice(0, Math.max(colon, 0));
  if (!types.includes(type)) return { id: text };
  const id = text.slice(colon + 1);
  return id === '*' || id === '' ? { type } : { type, id };
};

/** @throws BatonError `validation-failed` for a time that there is not */
export const readFilter = (query: AuditFilterQuery): AuditFilter => ({
  from: toTimestamp('from', query.from),
  to: toTimestamp('to', query.to),
  actor: named(query.actor, ACTOR_TYPES),
  object: named(query.object, OBJECT_TYPES),
  action: query.action,
  outcome: query.outcome,
});

export const toTimestamp = (field: string, text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  throw new BatonError('validation-failed', 'The query is not valid', {
    errors: [{ path: field, message: 'must be a time that there is' }],
  });
};
