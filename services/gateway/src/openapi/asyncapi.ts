import { EVENT_DEFINITIONS, cloudEventType, type EventDefinition, eventJsonSchema } from '@baton/contracts';

import { NOTIFICATION_TYPES } from '../stream/notification.js';

const JSON_SCHEMA = 'application/schema+json;version=draft-2020-12';

const STRING = { type: 'string' };

/** CloudEvents 1.0 in binary mode: what is known of an event beside its data stands in headers. */
const headersOf = (definition: EventDefinition): Record<string, unknown> => ({
  type: 'object',
  required: ['ce-specversion', 'ce-id', 'ce-type', 'ce-source', 'ce-subject', 'ce-time'],
  properties: {
    'ce-specversion': { const: '1.0' },
    'ce-id': { ...STRING, format: 'uuid' },
    'ce-type': { const: cloudEventType(definition.type, definition.version) },
    'ce-source': STRING,
    'ce-subject': { ...STRING, description: 'The id of the stream' },
    'ce-time': { ...STRING, format: 'date-time' },
    'ce-batontenant': STRING,
    'ce-batonversion': { ...STRING, description: 'Position in its stream, from 1' },
  },
});

const messageName = (definition: EventDefinition): string =>
  `${definition.type.replaceAll('.', '_')}_v${definition.version}`;

const channelOf = (definition: EventDefinition): Record<string, unknown> => {
  const [stream, event] = definition.type.split('.');
  const personal = definition.personal.join(', ');
  return {
    address: `baton.events.{partition}.${stream}.{tenant}.{id}.${event}`,
    parameters: {
      partition: { description: 'Hash of the stream, 0 to 63' },
      tenant: { description: 'The tenant' },
      id: { description: 'The stream, such as a conversation' },
    },
    messages: { [messageName(definition)]: { $ref: `#/components/messages/${messageName(definition)}` } },
    ...(personal !== '' && { description: `Sealed on the bus with the conversation's key: ${personal}` }),
  };
};

const messageOf = (definition: EventDefinition): Record<string, unknown> => ({
  name: cloudEventType(definition.type, definition.version),
  contentType: 'application/json',
  headers: { schemaFormat: JSON_SCHEMA, schema: headersOf(definition) },
  payload: { schemaFormat: JSON_SCHEMA, schema: eventJsonSchema(definition) },
  examples: [{ payload: definition.example }],
});

const STAFF_NOTIFICATION = {
  name: 'staff_notification',
  contentType: 'application/json',
  payload: {
    schemaFormat: JSON_SCHEMA,
    schema: {
      type: 'object',
      required: ['id', 'type', 'data'],
      properties: {
        id: { ...STRING, description: 'The cursor: opaque, for the next connection' },
        type: { enum: [...NOTIFICATION_TYPES] },
        data: { type: 'object' },
      },
    },
  },
};

/** Everything Baton says by itself: its events on the bus, and what staff are told of them. */
export const asyncApiDocument = (version: string): Record<string, unknown> => {
  const events = EVENT_DEFINITIONS.map((definition) => [messageName(definition), definition] as const);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Baton',
      version,
      description: 'Events are CloudEvents 1.0 in binary mode on NATS JetStream.',
    },
    defaultContentType: 'application/json',
    channels: {
      ...Object.fromEntries(events.map(([name, definition]) => [name, channelOf(definition)])),
      staff: {
        address: '/ws/staff',
        description: 'WebSocket with a ticket; the same over SSE at /api/v1/staff/stream',
        messages: { staff_notification: { $ref: '#/components/messages/staff_notification' } },
      },
    },
    operations: Object.fromEntries(
      [...events.map(([name]) => name), 'staff'].map((name) => [
        `hear_${name}`,
        { action: 'send', channel: { $ref: `#/channels/${name}` } },
      ]),
    ),
    components: {
      messages: {
        ...Object.fromEntries(events.map(([name, definition]) => [name, messageOf(definition)])),
        staff_notification: STAFF_NOTIFICATION,
      },
    },
  };
};
