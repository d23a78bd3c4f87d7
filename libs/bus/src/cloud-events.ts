import { cloudEventType, RecordedEvent, subjects } from '@baton/contracts';
import type { MsgHdrs } from '@nats-io/transport-node';

import { natsHeaders } from './headers.js';

/** A message that is not one of our events: it can only be a dead letter. */
export class UndecodableEventError extends Error {
  override readonly name = 'UndecodableEventError';
}

/** An event as NATS carries it: CloudEvents 1.0 in binary mode. */
export interface EncodedEvent {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly payload: string;
}

/**
 * The headers and payload of an event. `ce-id` is the event's id and, as `Nats-Msg-Id`, what
 * JetStream drops repeats by.
 * @param traceparent of its publication; that of its cause unless given
 */
export const encodeEvent = (event: RecordedEvent, traceparent = event.metadata.traceparent): EncodedEvent => {
  const { metadata } = event;
  const headers: Record<string, string> = {
    'Nats-Msg-Id': headerText(event.event_id),
    'content-type': 'application/json',
    'ce-specversion': '1.0',
    'ce-id': headerText(event.event_id),
    'ce-type': headerText(cloudEventType(event.type, event.schema_version)),
    'ce-source': `/baton/${headerText(event.stream_type)}`,
    'ce-subject': headerText(event.stream_id),
    'ce-time': event.occurred_at,
    'ce-batontenant': headerText(event.tenant_id),
    'ce-batonstreamtype': headerText(event.stream_type),
    'ce-batonstreamid': headerText(event.stream_id),
    'ce-batonversion': String(event.version),
    'ce-batonmetadata': headerText(JSON.stringify(metadata)),
  };
  if (traceparent !== undefined) headers['ce-traceparent'] = headerText(traceparent);
  return {
    subject: subjects.event(event),
    headers: natsHeaders(headers),
    payload: JSON.stringify(event.data),
  };
};

/** Of an event's publication, where it said one. */
export const publishedIn = (headers: MsgHdrs | undefined): string | undefined =>
  headers?.get('ce-traceparent') || undefined;

/**
 * Reads what {@link encodeEvent} wrote.
 * @throws UndecodableEventError naming what is wrong with it
 */
export const decodeEvent = (headers: MsgHdrs | undefined, payload: string): RecordedEvent => {
  if (!headers) throw new UndecodableEventError('no headers');
  const fields = new Map<string, string>();
  for (const [name, values] of headers) {
    if (name.startsWith('ce-')) fields.set(name.slice(3), values[0] ?? '');
  }
  const type = /^baton\.(.+)\.v(\d+)$/.exec(headerField(fields, 'type'));
  if (!type) throw new UndecodableEventError(`ce-type is not baton.<type>.v<n>: ${fields.get('type')}`);
  const parsed = RecordedEvent.safeParse({
    event_id: headerField(fields, 'id'),
    tenant_id: headerField(fields, 'batontenant'),
    stream_type: headerField(fields, 'batonstreamtype'),
    stream_id: headerField(fields, 'batonstreamid'),
    version: Number(headerField(fields, 'batonversion')),
    type: type[1],
    schema_version: Number(type[2]),
    data: json(payload, 'data'),
    metadata: json(headerField(fields, 'batonmetadata'), 'ce-batonmetadata'),
    occurred_at: headerField(fields, 'time'),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UndecodableEventError(`${issue?.path.join('.')}: ${issue?.message}`);
};

const headerField = (fields: Map<string, string>, name: string): string => {
  const value = fields.get(name);
  if (value === undefined) throw new UndecodableEventError(`ce-${name} is missing`);
  return value.includes('%') ? decode(value) : value;
};

const decode = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch (cause) {
    throw new UndecodableEventError(`not percent-encoded: ${value}`, { cause });
  }
};

const json = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UndecodableEventError(`${what} is not JSON`, { cause });
  }
};

/** CloudEvents bindings percent-encode what is not printable ASCII, the quote, the percent sign and the space. */
const headerText = (text: string): string => text.replace(/[^\x21\x23\x24\x26-\x7e]+/gu, encodeURIComponent);
