import type { ConversationState, RecordedEvent } from '@baton/contracts';

import type { StaffViewer } from './staff-viewer.js';

/** All that staff can be told; AsyncAPI lists it, and webhooks can be subscribed to it. */
export const NOTIFICATION_TYPES = [
  'offer.created',
  'offer.withdrawn',
  'queue.changed',
  'conversation.assigned',
  'conversation.message',
  'conversation.state',
  'approval.requested',
  'approval.decided',
  'approval.escalated',
  'approval.extended',
  'approval.expired',
  'approval.cancelled',
  'approval.execution_started',
  'approval.step_executed',
  'approval.executed',
  'approval.failed',
  'consultation.message',
  'presence.changed',
  'sla.breached',
  'cursor.expired',
] as const;
export type NotificationType = (typeof NOTIFICATION_TYPES)[number];

/** Who hears of it: all staff of the tenant, or these agents and every supervisor. */
export type Audience = 'all' | readonly string[];

export interface Notification {
  readonly type: NotificationType;
  readonly data: Readonly<Record<string, unknown>>;
  readonly audience: Audience;
}

export const mayHear = ({ audience }: Notification, viewer: StaffViewer): boolean =>
  audience === 'all' ||
  viewer.isSupervising ||
  (viewer.agentId !== null && audience.includes(viewer.agentId));

/** What staff are told of an event, in order; its personal fields are open. Pure: a replay tells the same. */
export const toNotifications = (event: RecordedEvent): readonly Notification[] => {
  const mapping = Object.hasOwn(MAPPINGS, event.type) ? MAPPINGS[event.type] : undefined;
  return mapping?.(event) ?? [];
};

type Mapping = (event: RecordedEvent) => readonly Notification[];

const ownerOf = (event: RecordedEvent): string => event.metadata.owner ?? 'ai';

const pick = (event: RecordedEvent, ...fields: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(fields.map((field) => [field, event.data[field] ?? null]));

/** Those of the agents named in the event's data, and who owned the conversation when it happened. */
const owners = (event: RecordedEvent, ...fields: readonly string[]): string[] =>
  [...new Set([ownerOf(event), ...fields.map((field) => event.data[field])])].filter(
    (agent) => typeof agent === 'string' && agent !== 'ai',
  ) as string[];

const message = (
  event: RecordedEvent,
  content: Record<string, unknown>,
  audience: Audience,
): Notification => ({
  type: 'conversation.message',
  data: {
    conversation_id: event.stream_id,
    ...content,
    turn_number: event.data['turn_number'] ?? null,
    owner: ownerOf(event),
    owner_epoch: event.metadata.owner_epoch ?? 1,
    created_at: event.occurred_at,
  },
  audience,
});

const state = (event: RecordedEvent, to: ConversationState, audience: Audience): Notification => ({
  type: 'conversation.state',
  data: {
    conversation_id: event.stream_id,
    state: to,
    version: event.version,
    owner: ownerOf(event),
    owner_epoch: event.metadata.owner_epoch ?? 1,
    ...(event.data['handover_id'] !== undefined && { handover_id: event.data['handover_id'] }),
    occurred_at: event.occurred_at,
  },
  audience,
});

const becomes =
  (to: ConversationState, ...agentFields: readonly string[]): Mapping =>
  (event) => [state(event, to, owners(event, ...agentFields))];

const queueChanged =
  (change: string, ...fields: readonly string[]): Mapping =>
  (event) => [
    {
      type: 'queue.changed',
      data: { change, ...pick(event, 'handover_id', 'conversation_id', ...fields), at: event.occurred_at },
      audience: 'all',
    },
  ];

const offerWithdrawn =
  (cause?: string): Mapping =>
  (event) => [
    {
      type: 'offer.withdrawn',
      data: {
        ...pick(event, 'offer_id', 'conversation_id', 'handover_id', 'agent_id'),
        cause: cause ?? event.data['cause'],
        ...(typeof event.data['reason'] === 'string' && { reason: event.data['reason'] }),
      },
      audience: [String(event.data['agent_id'])],
    },
  ];

/** Who decides reads the rest: what was planned, said and changed is not sent to everybody. */
const approval =
  (...fields: readonly string[]): Mapping =>
  (event) => [
    {
      type: event.type as NotificationType,
      data: {
        approval_id: event.stream_id,
        ...pick(event, 'run_id', 'conversation_id', ...fields),
        ...riskOf(event.data['risk_assessment']),
        occurred_at: event.occurred_at,
      },
      audience: 'all',
    },
  ];

/** Nothing where there is none, or it was erased. */
const riskOf = (assessment: unknown): Record<string, unknown> => {
  if (typeof assessment !== 'object' || assessment === null) return {};
  const { risk_tier, risk_score } = assessment as Record<string, unknown>;
  return { risk_tier, risk_score };
};

const codeOf = (error: unknown): unknown =>
  typeof error === 'object' && error !== null && 'code' in error ? error.code : null;

/** A turn that a human has, or that hands over, moves nothing by itself. */
const turnCompleted: Mapping = (event) => {
  const { run_id, sink } = event.data;
  const reply = event.data['reply'] as { message_id: string; content: string } | string | null;
  const audience = owners(event);
  const told: Notification[] = [];
  if (reply !== null) {
    const content =
      typeof reply === 'string'
        ? { message_id: null, content: reply }
        : { message_id: reply.message_id, content: reply.content };
    told.push(message(event, { ...content, role: 'assistant' }, audience));
  }
  if (run_id !== null && sink !== 'HANDOVER') told.push(state(event, 'FINISHED', audience));
  return told;
};

const MAPPINGS: Readonly<Record<string, Mapping>> = {
  'conversation.started': becomes('NEW'),
  'conversation.message_received': (event) => [
    message(event, { ...pick(event, 'message_id', 'content'), role: 'user' }, owners(event)),
  ],
  'conversation.turn_started': becomes('AI_PROCESSING'),
  'conversation.turn_completed': turnCompleted,
  'conversation.handed_over': becomes('PENDING_HUMAN'),
  'conversation.assigned': (event) => {
    const audience = owners(event, 'agent_id');
    return [
      {
        type: 'conversation.assigned',
        data: {
          conversation_id: event.stream_id,
          ...pick(event, 'agent_id', 'handover_id', 'offer_id'),
          owner_epoch: event.metadata.owner_epoch ?? 1,
          occurred_at: event.occurred_at,
        },
        audience,
      },
      state(event, 'HUMAN_ACTIVE', audience),
    ];
  },
  'conversation.human_message_sent': (event) => [
    message(
      event,
      { ...pick(event, 'message_id', 'content', 'agent_id'), role: 'human_agent' },
      owners(event, 'agent_id'),
    ),
  ],
  'conversation.notice_sent': (event) => [
    message(
      event,
      { ...pick(event, 'message_id', 'content'), role: 'system', notice: event.data['kind'] },
      owners(event),
    ),
  ],
  'conversation.whispered': (event) => [
    message(
      event,
      {
        ...pick(event, 'message_id', 'from', 'to_agent_id'),
        content: event.data['message'],
        role: 'system',
        whisper: true,
      },
      owners(event, 'to_agent_id'),
    ),
  ],
  'conversation.released': (event) => {
    const told = state(event, 'PENDING_HUMAN', owners(event, 'agent_id'));
    return [{ ...told, data: { ...told.data, cause: event.data['cause'] ?? 'released' } }];
  },
  'conversation.transferred': becomes('PENDING_HUMAN', 'from_agent_id'),
  'conversation.resolved': becomes('RESOLVED', 'agent_id'),
  'conversation.returned_to_ai': becomes('BACK_TO_AI', 'agent_id'),
  'conversation.handover_cancelled': becomes('BACK_TO_AI'),
  'conversation.turn_resumed': becomes('AI_PROCESSING'),
  'approval.requested': approval(
    'kind',
    'workflow',
    'required_role',
    'approvals_needed',
    'expires_at',
    'edited_from',
  ),
  'approval.decided': approval('decision', 'status', 'decided_by', 'edited_to'),
  'approval.escalated': approval('step', 'required_role', 'expires_at'),
  'approval.extended': approval('expires_at'),
  'approval.expired': approval(),
  'approval.cancelled': approval('reason'),
  'approval.execution_started': approval(),
  'approval.step_executed': approval('steps_left'),
  'approval.executed': approval(),
  'approval.failed': (event) =>
    approval()(event).map((told) => ({ ...told, data: { ...told.data, code: codeOf(event.data['error']) } })),
  'queue_item.enqueued': queueChanged(
    'enqueued',
    'priority',
    'reason',
    'required_skills',
    'enqueued_at',
    'sla_due_at',
  ),
  'queue_item.assigned': queueChanged('assigned', 'agent_id'),
  'queue_item.requeued': queueChanged('requeued', 'cause', 'required_skills'),
  'queue_item.relaxed': queueChanged('relaxed', 'step', 'required_skills', 'role', 'language_required'),
  'queue_item.rerouted': queueChanged('rerouted', 'step', 'queue', 'priority', 'required_skills'),
  'queue_item.sla_warned': queueChanged('sla_warned', 'sla_due_at'),
  'queue_item.deferred': queueChanged('deferred', 'until'),
  'queue_item.closed': queueChanged('closed', 'cause'),
  'queue.estimated': (event) => [
    {
      type: 'queue.changed',
      data: { change: 'estimated', ...pick(event, 'waiting', 'items'), at: event.occurred_at },
      audience: 'all',
    },
  ],
  'queue_item.offer_created': (event) => [
    {
      type: 'offer.created',
      data: {
        ...pick(event, 'offer_id', 'conversation_id', 'handover_id', 'agent_id', 'handover_context'),
        created_at: event.occurred_at,
        expires_at: event.data['expires_at'],
      },
      audience: [String(event.data['agent_id'])],
    },
  ],
  'queue_item.offer_declined': offerWithdrawn('declined'),
  'queue_item.offer_timed_out': offerWithdrawn('timed_out'),
  'queue_item.offer_withdrawn': offerWithdrawn(),
  'queue_item.sla_breached': (event) => [
    {
      type: 'sla.breached',
      data: pick(event, 'conversation_id', 'handover_id', 'sla_due_at'),
      audience: 'all',
    },
  ],
  'consultation.message': (event) => [
    {
      type: 'consultation.message',
      data: {
        ...pick(event, 'consultation_id', 'approval_id', 'run_id', 'conversation_id', 'message_id', 'role'),
        content: event.data['content'],
        metadata: event.data['metadata'],
        timestamp: event.occurred_at,
      },
      audience: 'all',
    },
  ],
  'human_agent.presence_changed': (event) => [
    { type: 'presence.changed', data: pick(event, 'agent_id', 'status', 'cause'), audience: 'all' },
  ],
};

/** The events that staff are told anything of, and the streams of the log that these are in. */
export const NOTIFYING_TYPES: readonly string[] = Object.keys(MAPPINGS);
export const NOTIFYING_STREAMS: ReadonlySet<string> = new Set(
  NOTIFYING_TYPES.map((type) => type.slice(0, type.indexOf('.'))),
);
