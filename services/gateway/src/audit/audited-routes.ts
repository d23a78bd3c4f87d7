/**
 * When a row is written.
 * `read`: soon after the answer, in a batch; the same look by the same caller within a minute is one row.
 * `soon`: soon after the answer, in a batch, each time.
 * `first`: before the answer goes out.
 * `elsewhere`: in the transaction of what it tells of, or from the log of events. Here only refusals are.
 */
export type WhenRecorded = 'read' | 'soon' | 'first' | 'elsewhere';

export interface AuditedRoute {
  readonly when: WhenRecorded;
  readonly action: string;
  /** The type of the object: what stands before the dot of the action, unless told. */
  readonly object: string;
  /** The path's parameter that has its id, or `body.` and the body's field; without one it is a list. */
  readonly id?: string;
  /** The id is a conversation's. */
  readonly isConversation?: boolean;
  /** Codes and numbers of the answer that belong into the details. */
  readonly answer?: readonly string[];
  /** Parameters of the query of which the details say that they were there, and nothing more. */
  readonly query?: readonly string[];
}

type Row = readonly [route: string, when: WhenRecorded, action: string, more?: Partial<AuditedRoute>];

const CONVERSATION = { id: 'id', isConversation: true } as const;
const ID = { id: 'id' } as const;

/** One line for each route of the API that says who saw or did something. */
const ROWS: readonly Row[] = [
  // Who saw what was said.
  ['GET /api/v1/conversations', 'read', 'conversation.listed', { query: ['q', 'customer_id'] }],
  ['GET /api/v1/conversations/:id', 'read', 'conversation.viewed', CONVERSATION],
  ['GET /api/v1/conversations/:id/messages', 'read', 'conversation.messages_viewed', CONVERSATION],
  ['GET /api/v1/conversations/:id/turns', 'read', 'conversation.turns_viewed', CONVERSATION],
  ['GET /api/v1/conversations/:id/events', 'read', 'conversation.events_viewed', CONVERSATION],
  ['GET /api/v1/conversations/:id/state', 'read', 'conversation.state_viewed', CONVERSATION],
  ['GET /api/v1/conversations/:id/memory', 'read', 'conversation.memory_viewed', CONVERSATION],
  ['GET /api/v1/memory/search', 'read', 'memory.searched', { query: ['conversation_id', 'customer_id'] }],
  ['GET /api/v1/offers', 'read', 'offer.listed'],
  ['GET /api/v1/archive', 'read', 'archive.listed'],
  ['GET /api/v1/archive/:id', 'read', 'archive.viewed', CONVERSATION],
  ['GET /api/v1/runs', 'read', 'run.listed'],
  ['GET /api/v1/runs/:id', 'read', 'run.viewed', ID],
  ['GET /api/v1/runs/:id/events', 'read', 'run.events_viewed', ID],
  ['GET /api/v1/dead-letters', 'read', 'dead_letter.listed'],
  ['GET /api/v1/dead-letters/:id', 'read', 'dead_letter.viewed', ID],
  ['GET /api/v1/approvals', 'read', 'approval.listed'],
  ['GET /api/v1/approvals/:id', 'read', 'approval.viewed', ID],
  ['GET /api/v1/consultations', 'read', 'consultation.listed'],
  ['GET /api/v1/consultations/:id', 'read', 'consultation.viewed', ID],
  ['GET /api/v1/consultations/:id/messages', 'read', 'consultation.messages_viewed', ID],
  ['GET /api/v1/staff/stream', 'read', 'staff_stream.opened'],
  [
    'GET /api/v1/ui/chat/:chatId/stream',
    'read',
    'conversation.events_viewed',
    { id: 'chatId', isConversation: true },
  ],
  ['GET /api/v1/webhooks/:id/deliveries', 'read', 'webhook.deliveries_viewed', ID],
  ['GET /api/v1/webhooks/:id/deliveries/:delivery_id', 'read', 'webhook.delivery_viewed', ID],
  [
    'GET /api/v1/audit',
    'read',
    'audit.listed',
    { query: ['from', 'to', 'actor', 'object', 'action', 'outcome'] },
  ],
  ['GET /api/v1/audit/:id', 'read', 'audit.viewed', ID],
  ['GET /api/v1/audit/:id/proof', 'read', 'audit.proof_viewed', ID],
  ['GET /api/v1/audit/roots', 'read', 'audit.roots_viewed'],
  // All that there is, taken away at once: nothing of it is sent before it is written down.
  ['GET /api/v1/audit/export', 'elsewhere', 'audit.exported'],

  ['GET /api/v1/analytics/export', 'read', 'analytics.exported'],

  // Who let whom in.
  ['POST /api/v1/tenants', 'elsewhere', 'tenant.created'],
  ['POST /api/v1/api-keys', 'elsewhere', 'api_key.created'],
  ['DELETE /api/v1/api-keys/:id', 'elsewhere', 'api_key.deleted', ID],
  ['POST /api/v1/human-agents/:id/token', 'first', 'human_agent.token_created', ID],
  ['POST /api/v1/conversations/:id/token', 'soon', 'conversation.token_created', CONVERSATION],
  ['POST /api/v1/ws-tickets', 'soon', 'staff_stream.ticket_created'],

  // Who changed how Baton works.
  ['PUT /api/v1/workflows/:name', 'first', 'workflow.changed', { id: 'name', answer: ['version', 'digest'] }],
  ['DELETE /api/v1/workflows/:name', 'first', 'workflow.deleted', { id: 'name' }],
  ['PUT /api/v1/retention', 'first', 'retention.changed', { answer: ['action', 'days'] }],
  ['POST /api/v1/webhooks', 'elsewhere', 'webhook.created'],
  ['PATCH /api/v1/webhooks/:id', 'elsewhere', 'webhook.changed', ID],
  ['DELETE /api/v1/webhooks/:id', 'elsewhere', 'webhook.deleted', ID],
  ['POST /api/v1/webhooks/:id/rotate-secret', 'elsewhere', 'webhook.secret_rotated', ID],
  ['POST /api/v1/webhooks/:id/test', 'soon', 'webhook.tested', ID],
  ['POST /api/v1/webhooks/:id/deliveries/:delivery_id/replay', 'first', 'webhook.delivery_replayed', ID],
  ['POST /api/v1/dead-letters/:id/replay', 'first', 'dead_letter.replayed', ID],
  ['POST /api/v1/dead-letters/:id/drop', 'first', 'dead_letter.dropped', ID],
  ['POST /api/v1/connections', 'elsewhere', 'connection.requested'],
  ['DELETE /api/v1/connections/:id', 'elsewhere', 'connection.revoked', ID],
  ['POST /api/v1/human-agents', 'elsewhere', 'human_agent.registered'],
  ['PATCH /api/v1/human-agents/:id', 'elsewhere', 'human_agent.updated', ID],

  // Who had the AI do something outside of a conversation.
  [
    'POST /api/v1/workflows/execute',
    'soon',
    'workflow.executed',
    { id: 'body.workflow_name', answer: ['run_id', 'status', 'approval_id'] },
  ],
  [
    'POST /api/v1/agents/:type/execute',
    'soon',
    'agent.executed',
    { id: 'type', answer: ['run_id', 'status', 'approval_id'] },
  ],
  [
    'POST /api/v1/tools/:name/execute',
    'soon',
    'tool.executed',
    { id: 'name', answer: ['run_id', 'approval_id'] },
  ],
  ['POST /api/v1/runs/:id/cancel', 'elsewhere', 'run.cancelled', ID],

  // Who decided, asked and spoke: the log of events says it, and here stands who was not let.
  ['POST /api/v1/approvals/:id/decision', 'elsewhere', 'approval.decided', ID],
  ['POST /api/v1/consultations', 'elsewhere', 'consultation.started'],
  ['POST /api/v1/consultations/:id/messages', 'elsewhere', 'consultation.message', ID],
  ['POST /api/v1/consultations/:id/end', 'elsewhere', 'consultation.ended', ID],
  ['DELETE /api/v1/conversations/:id', 'elsewhere', 'conversation.erased', CONVERSATION],
  ['POST /api/v1/hil/handover/:id', 'elsewhere', 'conversation.handed_over', CONVERSATION],
  ['POST /api/v1/hil/cancel-handover/:id', 'elsewhere', 'conversation.handover_cancelled', CONVERSATION],
  ['POST /api/v1/hil/resolve/:id', 'elsewhere', 'conversation.resolved', CONVERSATION],
  ['POST /api/v1/hil/transfer/:id', 'elsewhere', 'conversation.transferred', CONVERSATION],
  ['POST /api/v1/hil/release/:id', 'elsewhere', 'conversation.released', CONVERSATION],
  ['POST /api/v1/hil/assign/:id', 'elsewhere', 'conversation.assigned', CONVERSATION],
  ['POST /api/v1/hil/whisper/:id', 'elsewhere', 'conversation.whispered', CONVERSATION],
  ['POST /api/v1/offers/:id/accept', 'elsewhere', 'queue_item.offer_accepted', { ...ID, object: 'offer' }],
  ['POST /api/v1/offers/:id/decline', 'elsewhere', 'queue_item.offer_declined', { ...ID, object: 'offer' }],
];

export const AUDITED_ROUTES: ReadonlyMap<string, AuditedRoute> = new Map(
  ROWS.map(([route, when, action, more]) => [
    route,
    { when, action, object: action.slice(0, action.indexOf('.')), ...more },
  ]),
);

/** WebSockets, by what their path begins with; a rest of the path is the object's id. */
export const AUDITED_SOCKETS: readonly (readonly [path: string, action: string, object: string])[] = [
  ['/ws/staff', 'staff_stream.opened', 'staff_stream'],
  ['/ws/consultation/', 'consultation.opened', 'consultation'],
];

/** Routes with a token that leave no row of their own, and why; who was not let is recorded of them too. */
export const NOT_AUDITED: Readonly<Record<string, string>> = {
  'POST /api/v1/hil/message': 'what people say is in the log; what staff say, by its event',
  'POST /api/v1/ui/chat': 'the same, for chat kits',
  'POST /api/v1/conversations/:id/typing': 'not even stored',
  'POST /api/v1/hil/wrap-up/:id': 'ends a pause, nothing else',
  'POST /api/v1/hil/feedback/:id': "the customer's word, in the log",
  'GET /api/v1/hil/handover/:id': 'a place in the queue',
  'PUT /api/v1/human-agents/:id/presence':
    'in the log; who works when is not for a trail that is never deleted',
  'POST /api/v1/workflows/validate': 'changes nothing',
};
