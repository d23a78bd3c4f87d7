/** OpenTelemetry's name of what went wrong: a code or a class, never a text. */
export const ERROR_TYPE = 'error.type';

/** OpenTelemetry's semantic conventions for HTTP, messaging, RPC and databases, where they are stable or nearly so. */
export const HTTP = {
  method: 'http.request.method',
  route: 'http.route',
  status: 'http.response.status_code',
  resends: 'http.request.resend_count',
} as const;

export const MESSAGING = {
  system: 'messaging.system',
  operation: 'messaging.operation.type',
  destination: 'messaging.destination.name',
  message: 'messaging.message.id',
  consumer: 'messaging.consumer.group.name',
} as const;

export const RPC = { system: 'rpc.system', method: 'rpc.method' } as const;

export const DB = {
  system: 'db.system.name',
  operation: 'db.operation.name',
  namespace: 'db.namespace',
} as const;

/** Baton's own, beside those and the ones for generative AI (`gen-ai.ts`). */
export const BATON = {
  tenant: 'baton.tenant.id',
  conversation: 'baton.conversation.id',
  request: 'baton.request.id',
  stream: 'baton.stream.type',
  version: 'baton.stream.version',
  events: 'baton.log.events',
  webhook: 'baton.webhook.id',
  delivery: 'baton.webhook.delivery_id',
  listeners: 'baton.push.listeners',
  verdict: 'baton.log.verdict',
  inbox: 'baton.inbox.consumer',
  turn: 'baton.turn.number',
  turnAttempt: 'baton.turn.attempt',
  turnOutcome: 'baton.turn.outcome',
  handoverReason: 'baton.handover.reason',
  node: 'baton.node.id',
  nodeType: 'baton.node.type',
  run: 'baton.run.id',
  workflow: 'baton.workflow.name',
  call: 'baton.llm.call_id',
  attempt: 'baton.llm.attempt',
  cost: 'baton.llm.cost_usd',
  estimated: 'baton.llm.usage_estimated',
} as const;
