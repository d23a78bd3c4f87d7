import { z } from 'zod';

import { TenantId } from './ids.js';
import { Timestamp } from './time.js';

/** Who caused an event: `id` names a key, a human agent, a customer or a part of Baton. */
export const Actor = z.object({
  type: z.enum(['api_key', 'human_agent', 'customer', 'ai', 'system']),
  id: z.string(),
  role: z.enum(['agent', 'senior', 'supervisor', 'admin']).optional(),
});
export type Actor = z.infer<typeof Actor>;

export const SYSTEM_ACTOR: Actor = { type: 'system', id: 'baton' };

/** What is known of an event beside its data. */
export const EventMetadata = z.object({
  actor: Actor,
  /** `ai` or the id of the agent who owned the conversation when this was true; grows `owner_epoch` with each change. */
  owner: z.string().optional(),
  owner_epoch: z.int().optional(),
  /** Which data key seals the personal fields: `<stream_type>/<stream_id>`. */
  key_id: z.string().optional(),
  correlation_id: z.string().optional(),
  causation_id: z.string().optional(),
  /** W3C Trace Context of the request that led here. */
  traceparent: z.string().optional(),
});
export type EventMetadata = z.infer<typeof EventMetadata>;

/** An event as it was recorded: one row of a log, one message of the bus. */
export const RecordedEvent = z.object({
  event_id: z.string(),
  tenant_id: TenantId,
  stream_type: z.string(),
  stream_id: z.string(),
  version: z.int().positive(),
  type: z.string(),
  schema_version: z.int().positive(),
  data: z.record(z.string(), z.unknown()),
  metadata: EventMetadata,
  occurred_at: Timestamp,
  /** Position in the log it came from; absent where only the bus was read. */
  global_position: z.int().optional(),
});
export type RecordedEvent = z.infer<typeof RecordedEvent>;
