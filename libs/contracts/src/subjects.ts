import type { RecordedEvent } from './envelope.js';

/** How many relay partitions a log has; a constant of the data, never of a deployment. */
export const PARTITIONS = 64;

/** The JetStream stream that carries every event. */
export const EVENTS_STREAM = 'BATON_EVENTS';
/** The JetStream stream that carries dead letters. */
export const DEAD_LETTERS_STREAM = 'BATON_DEAD_LETTERS';

const EVENTS = 'baton.events';

/** FNV-1a over the stream's identity: which partition its events are published in. */
export const partitionOf = (tenantId: string, streamType: string, streamId: string): number => {
  let hash = 0x811c9dc5;
  for (const char of `${tenantId}/${streamType}/${streamId}`) {
    hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0) % PARTITIONS;
};

/** Single source of truth for every subject, stream and consumer name on the bus. */
export const subjects = {
  allEvents: `${EVENTS}.>`,
  /** `baton.events.<partition>.<stream>.<tenant>.<id>.<event>` */
  event: (event: Pick<RecordedEvent, 'tenant_id' | 'stream_type' | 'stream_id' | 'type'>): string =>
    [
      EVENTS,
      partitionOf(event.tenant_id, event.stream_type, event.stream_id),
      event.stream_type,
      event.tenant_id,
      event.stream_id,
      event.type.slice(event.type.indexOf('.') + 1),
    ].join('.'),
  /** All events of one stream type, any tenant. */
  eventsOf: (streamType: string): string => `${EVENTS}.*.${streamType}.>`,
  /** All events of one type, any tenant: what a consumer filters by that has no use for the others. */
  eventsOfType: (type: string): string =>
    `${EVENTS}.*.${type.slice(0, type.indexOf('.'))}.*.*.${type.slice(type.indexOf('.') + 1)}`,
  /** All events of one stream. */
  eventsOfStream: (tenantId: string, streamType: string, streamId: string): string =>
    `${EVENTS}.${partitionOf(tenantId, streamType, streamId)}.${streamType}.${tenantId}.${streamId}.*`,
  /** All events of one tenant. */
  eventsOfTenant: (tenantId: string): string => `${EVENTS}.*.*.${tenantId}.>`,
  deadLetters: 'baton.dead.>',
  deadLetter: (consumer: string): string => `baton.dead.${consumer}`,
  /** Request/reply: `baton.request.<pattern>`, one queue group per service. */
  request: (pattern: string): string => `baton.request.${pattern}`,
  /** Tokens as they come; lossy by design, the final event is the truth. */
  deltas: (tenantId: string, conversationId: string): string => `baton.delta.${tenantId}.${conversationId}`,
  /** The tokens of one run, before it is known whose reply they are. */
  runDeltas: (runId: string): string => `baton.run-delta.${runId}`,
  /** What is said in a consultation, as soon as it is in the log; lossy, the log is the truth. */
  consultationNews: (tenantId: string, consultationId: string): string =>
    `baton.consultation.${tenantId}.${consultationId}`,
  /** The tokens of an answer in a consultation, under the id that its message will have. */
  consultationDeltas: (tenantId: string, consultationId: string, messageId: string): string =>
    `baton.consultation-delta.${tenantId}.${consultationId}.${messageId}`,
  consultationDeltasOf: (tenantId: string, consultationId: string): string =>
    `baton.consultation-delta.${tenantId}.${consultationId}.*`,
  /** A run is talked about: whoever plays it stops at its next step boundary. The log says the same. */
  pauseRun: 'baton.run.pause',
  /** Stops a model call on whichever replica runs it. */
  cancelModelCalls: 'baton.cancel.model',
  /** A router began to serve: what was asked of one that died may be asked again at once. */
  modelRouterStarted: 'baton.llm-router.started',
  /** Told after a commit that filled an outbox: the relay need not wait for its poll. */
  outboxPoke: (service: string): string => `baton.poke.outbox.${service}`,
  /** Told when JetStream came back without its data: every consumer reads the logs now. */
  catchUpPoke: 'baton.poke.catch-up',
  /** Told when a person replayed or dropped dead letters: their consumers take the streams on. */
  deadLetterPoke: 'baton.poke.dead-letters',
  /** An API key was deleted: every gateway forgets it at once. */
  apiKeyRevoked: 'baton.gateway.api-key-revoked',
  /** A webhook was made, changed or deleted: every gateway looks anew. */
  webhooksChanged: 'baton.gateway.webhooks-changed',
  /** Typing and the like: shown, never stored. */
  ephemeral: (tenantId: string, conversationId: string): string =>
    `baton.ephemeral.${tenantId}.${conversationId}`,
  /** Asks every gateway whether a customer has their stream open. */
  customerLook: 'baton.customer.look',
  /** Where the answers to one such question go. */
  customerSeen: (questionId: string): string => `baton.customer.seen.${questionId}`,
  /** Asks every process of every service how it is. */
  processLook: 'baton.process.look',
  /** Where the answers to one such question go. */
  processReport: (questionId: string): string => `baton.process.report.${questionId}`,
  ephemeralOfTenant: (tenantId: string): string => `baton.ephemeral.${tenantId}.*`,
} as const;
