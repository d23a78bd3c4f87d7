import { eventDefinition, type RecordedEvent } from '@baton/contracts';

import { toNotifications } from '../stream/notification.js';

/** What a receiver is sent, as Standard Webhooks asks for it: `type`, `timestamp`, `data`. */
export interface WebhookMessage {
  readonly type: string;
  /** When it happened. */
  readonly timestamp: string;
  readonly tenant_id: string;
  /** Of the fact: the same for each subscription, where `webhook-id` is a delivery's own. */
  readonly event_id: string;
  /** Its place in its stream, from 1 and without gaps: what is missing can be told. */
  readonly version: number;
  readonly actor: { readonly type: string; readonly id: string };
  readonly owner?: string;
  readonly owner_epoch?: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the id of a stream is called in the data. */
const ID_OF_STREAM: Readonly<Record<string, string>> = {
  conversation: 'conversation_id',
  run: 'run_id',
  approval: 'approval_id',
  consultation: 'consultation_id',
  queue_item: 'handover_id',
  human_agent: 'agent_id',
};

/** The conversation that an event is about: what is ordered together, and erased together. */
export const conversationOf = (event: RecordedEvent): string | null => {
  if (event.stream_type === 'conversation') return event.stream_id;
  const { conversation_id } = event.data;
  return typeof conversation_id === 'string' ? conversation_id : null;
};

/** An event, its personal fields open, under one of its names (see `namesOf`). */
export const messageOf = (event: RecordedEvent, type: string): WebhookMessage => {
  const { actor, owner, owner_epoch } = event.metadata;
  const notice = type === event.type ? undefined : toNotifications(event).find((each) => each.type === type);
  const id = ID_OF_STREAM[event.stream_type];
  return {
    type,
    timestamp: event.occurred_at,
    tenant_id: event.tenant_id,
    event_id: event.event_id,
    version: event.version,
    actor: { type: actor.type, id: actor.id },
    ...(owner !== undefined && { owner }),
    ...(owner_epoch !== undefined && { owner_epoch }),
    data: notice
      ? notice.data
      : { ...(id !== undefined && { [id]: event.stream_id }), ...outwardData(event) },
  };
};

/** What is planned, decided and said about it stays inside: whoever is told that it happened may read it with a key. */
const WITHOUT_CONTENT: ReadonlySet<string> = new Set(['approval', 'consultation']);

const outwardData = (event: RecordedEvent): Readonly<Record<string, unknown>> => {
  if (!WITHOUT_CONTENT.has(event.stream_type)) return event.data;
  // A type that is not known says nothing but whose it is.
  const personal = eventDefinition(event.type)?.personal ?? Object.keys(event.data);
  return Object.fromEntries(Object.entries(event.data).filter(([field]) => !personal.includes(field)));
};
