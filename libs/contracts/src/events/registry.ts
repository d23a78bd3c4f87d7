import { z } from 'zod';

import { approvalEvents } from './approval.js';
import { budgetEvents } from './budget.js';
import { connectionEvents } from './connection.js';
import { consultationEvents } from './consultation.js';
import { conversationEvents } from './conversation.js';
import type { EventDefinition } from './define-event.js';
import { humanAgentEvents } from './human-agent.js';
import { llmCallEvents } from './llm-call.js';
import { memoryEvents } from './memory.js';
import { queueItemEvents } from './queue-item.js';
import { queueEvents } from './queue.js';
import { runEvents } from './run.js';

/** Every event type there is, current version only. */
export const EVENT_DEFINITIONS: readonly EventDefinition[] = [
  ...conversationEvents,
  ...runEvents,
  ...approvalEvents,
  ...consultationEvents,
  ...humanAgentEvents,
  ...queueItemEvents,
  ...queueEvents,
  ...memoryEvents,
  ...llmCallEvents,
  ...budgetEvents,
  ...connectionEvents,
];

const byType = new Map(EVENT_DEFINITIONS.map((definition) => [definition.type, definition]));

/** The current definition of an event type; undefined for a type of a newer or foreign writer. */
export const eventDefinition = (type: string): EventDefinition | undefined => byType.get(type);

/** One event's data as JSON Schema (draft 2020-12): for AsyncAPI and for other languages. */
export const eventJsonSchema = (definition: EventDefinition): Record<string, unknown> =>
  z.toJSONSchema(definition.schema, { unrepresentable: 'any' });

/** The CloudEvents `type` of an event: `baton.<stream>.<event>.v<n>`. */
export const cloudEventType = (type: string, version: number): string => `baton.${type}.v${version}`;
