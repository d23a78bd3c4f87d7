import { type QueueItemEvent, type RecordedEvent } from '@baton/contracts';

import { PAUSES } from './conversation-analytics.projection.js';

/**
 * What one event of the queue says of a handover's service level. Facts only, each of them final or a minimum: in
 * whatever order they are written, the row comes out the same.
 */
export interface ServiceLevelFacts {
  readonly tenant_id: string;
  readonly handover_id: string;
  readonly conversation_id: string;
  readonly reason?: string;
  readonly skills?: readonly string[];
  readonly due_at?: string;
  /** When a human first took it. */
  readonly taken_at?: string;
  readonly agent_id?: string;
  readonly breached?: true;
  /** When it ended without a human, or was promised for later. */
  readonly given_up_at?: string;
}

export type QueueLogEvent = Pick<RecordedEvent, 'tenant_id' | 'type' | 'data' | 'occurred_at'>;

/** Undefined where the event says nothing of a service level; a pause for an approval has none. */
export const serviceLevelOf = (recorded: QueueLogEvent): ServiceLevelFacts | undefined => {
  const event = recorded as QueueLogEvent & QueueItemEvent;
  const of = (facts: Partial<ServiceLevelFacts>): ServiceLevelFacts => ({
    tenant_id: recorded.tenant_id,
    handover_id: event.data.handover_id,
    conversation_id: event.data.conversation_id,
    ...facts,
  });
  switch (event.type) {
    case 'queue_item.enqueued': {
      const { reason, required_skills, sla_due_at } = event.data;
      if (PAUSES.has(reason)) return undefined;
      return of({ reason, skills: Object.keys(required_skills).sort(), due_at: sla_due_at });
    }
    case 'queue_item.assigned':
      return of({ taken_at: recorded.occurred_at, agent_id: event.data.agent_id });
    case 'queue_item.sla_breached':
      return of({ breached: true });
    case 'queue_item.deferred':
    case 'queue_item.closed':
      return of({ given_up_at: recorded.occurred_at });
    default:
      return undefined;
  }
};
