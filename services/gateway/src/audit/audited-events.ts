import { EVENT_DEFINITIONS, eventDefinition, type RecordedEvent } from '@baton/contracts';

import type { LogOwner } from '../webhook/event-types.js';
import { conversationOf } from '../webhook/message.js';
import { type AuditDetails, type AuditEntry, type AuditOutcome, traceIdOf } from './audit-entry.js';

/** What the trail tells of an event beside who, what and when. */
interface Rule {
  /** Fields of its data that go into the details. */
  readonly fields: readonly string[];
  readonly details?: (data: RecordedEvent['data']) => AuditDetails;
  readonly outcome?: (data: RecordedEvent['data']) => AuditOutcome;
}

const told = (...fields: string[]): Rule => ({ fields });

/** Where the log of a stream that is audited is read. */
const OWNERS: Readonly<Record<string, LogOwner | 'memoryWorker'>> = {
  conversation: 'orchestrator',
  run: 'orchestrator',
  approval: 'orchestrator',
  consultation: 'orchestrator',
  connection: 'orchestrator',
  human_agent: 'queueManager',
  queue_item: 'queueManager',
  memory: 'memoryWorker',
};
export type AuditedLog = LogOwner | 'memoryWorker';

const profileOf = ({ profile }: RecordedEvent['data']): AuditDetails => {
  const { role, max_concurrent, skills } = (profile ?? {}) as Record<string, unknown>;
  return {
    ...(typeof role === 'string' && { role }),
    ...(typeof max_concurrent === 'number' && { max_concurrent }),
    ...(skills !== null && typeof skills === 'object' && { skills: Object.keys(skills) }),
  };
};

/** Whole streams that people's decisions are in: each of their events, those of later versions too. */
const STREAMS: Readonly<Record<string, Rule>> = {
  approval: told(
    ...['run_id', 'kind', 'node_id', 'call_id', 'required_role', 'approvals_needed', 'decision', 'status'],
    ...['edited_from', 'edited_to', 'excluded_agent_ids', 'step', 'expires_at', 'reason'],
  ),
  consultation: told(
    ...[
      'approval_id',
      'run_id',
      'node_id',
      'message_id',
      'role',
      'started_by',
      'pauses_run',
      'outcome',
      'cause',
    ],
  ),
  connection: told('provider', 'scopes', 'reason', 'error', 'at_provider', 'renewable'),
};

/** One line for each event that somebody may have to answer for. */
const EVENTS: Readonly<Record<string, Rule>> = {
  'conversation.handed_over': told('handover_id', 'reason', 'queue', 'priority'),
  'conversation.assigned': told('handover_id', 'agent_id', 'offer_id'),
  'conversation.human_message_sent': told('message_id', 'agent_id', 'turn_number'),
  'conversation.released': told('handover_id', 'agent_id', 'cause'),
  'conversation.transferred': told('handover_id', 'from_agent_id', 'to_agent_id'),
  'conversation.resolved': told('handover_id', 'agent_id', 'cause'),
  'conversation.returned_to_ai': told('handover_id', 'agent_id', 'continue'),
  'conversation.handover_cancelled': told('handover_id', 'cause'),
  'conversation.callback_cancelled': told('handover_id'),
  'conversation.whispered': told('message_id', 'from', 'to_agent_id'),
  'conversation.erased': told(),
  'run.tool_started': told('node_id', 'call_id', 'tool', 'approval_id'),
  'run.tool_finished': {
    ...told('node_id', 'call_id', 'tool', 'duration_ms'),
    // Sealed or not: where there is one, the tool did not do it.
    outcome: ({ error }) => (error === null || error === undefined ? 'SUCCEEDED' : 'FAILED'),
  },
  'run.paused': told('approval_id', 'consultation_id', 'node_id'),
  'run.decision_recorded': told(
    'approval_id',
    'kind',
    'node_id',
    'call_id',
    'decision',
    'is_edited',
    'decided_by',
  ),
  'run.cancelled': told('reason'),
  'human_agent.registered': { fields: [], details: profileOf },
  'human_agent.updated': { fields: [], details: profileOf },
  'queue_item.offer_accepted': told('handover_id', 'offer_id', 'agent_id'),
  'queue_item.offer_declined': told('handover_id', 'offer_id', 'agent_id'),
  'memory.forgotten': told(),
};

const streamOf = (type: string): string => type.slice(0, type.indexOf('.'));

const ruleOf = (type: string): Rule | undefined => EVENTS[type] ?? STREAMS[streamOf(type)];

/** Every type of event that the trail tells of, by the log that it is in. */
export const auditedTypes = (log: AuditedLog): readonly string[] =>
  EVENT_DEFINITIONS.map(({ type }) => type).filter(
    (type) => ruleOf(type) !== undefined && OWNERS[streamOf(type)] === log,
  );

export const AUDITED_LOGS: readonly AuditedLog[] = ['orchestrator', 'queueManager', 'memoryWorker'];

export const streamTypesOf = (log: AuditedLog): readonly string[] => [
  ...new Set(auditedTypes(log).map(streamOf)),
];

/**
 * The row that tells of an event; undefined for one that the trail passes by. Reads nothing that is personal, sealed or not.
 * @param digest of what exactly a tool was told to do
 */
export const entryOf = (event: RecordedEvent, digest: string | null): AuditEntry | undefined => {
  const rule = ruleOf(event.type);
  if (!rule) return undefined;
  const { actor, traceparent, correlation_id } = event.metadata;
  const { action_digest } = event.data;
  return {
    tenantId: event.tenant_id,
    at: event.occurred_at,
    actor: { type: actor.type, id: actor.id, role: actor.role },
    action: event.type,
    object: { type: event.stream_type, id: event.stream_id },
    conversationId: conversationOf(event) ?? conversationOfKey(event.metadata.key_id),
    outcome: rule.outcome?.(event.data) ?? (event.type.endsWith('.failed') ? 'FAILED' : 'SUCCEEDED'),
    details: { ...detailsOf(event, rule.fields), ...rule.details?.(event.data) },
    digest: typeof action_digest === 'string' ? action_digest : digest,
    requestId: correlation_id ?? null,
    traceId: traceIdOf(traceparent),
    eventId: event.event_id,
  };
};

/** A run's personal fields are sealed with its conversation's key. */
const conversationOfKey = (keyId: string | undefined): string | null =>
  keyId?.startsWith('conversation/') ? keyId.slice('conversation/'.length) : null;

const detailsOf = ({ type, data }: RecordedEvent, fields: readonly string[]): AuditDetails => {
  const personal: readonly string[] = eventDefinition(type)?.personal ?? [];
  const shown = fields.filter((field) => !personal.includes(field) && isPlain(data[field]));
  return Object.fromEntries(shown.map((field) => [field, data[field]])) as AuditDetails;
};

const isPlain = (value: unknown): boolean =>
  ['string', 'number', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((item) => typeof item === 'string'));
