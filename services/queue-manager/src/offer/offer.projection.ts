import type { QueueItemEvent } from '@baton/contracts';
import type { Stamped } from '@baton/event-store';

import type { QueueItem } from '../queue-item/queue-item.state.js';

export const OFFER_STATUSES = ['OPEN', 'ACCEPTED', 'DECLINED', 'TIMED_OUT', 'WITHDRAWN'] as const;
export type OfferStatus = (typeof OFFER_STATUSES)[number];

/** A row of `offers`. The sealed context is there while the offer is open, and only then. */
export interface OfferRow {
  readonly tenant_id: string;
  readonly offer_id: string;
  readonly handover_id: string;
  readonly conversation_id: string;
  readonly agent_id: string;
  readonly status: OfferStatus;
  readonly created_at: string;
  readonly expires_at: string;
  readonly ended_at: string | null;
  readonly handover_context: unknown;
}

const ENDED_BY: Partial<Record<QueueItemEvent['type'], OfferStatus>> = {
  'queue_item.offer_accepted': 'ACCEPTED',
  'queue_item.offer_declined': 'DECLINED',
  'queue_item.offer_timed_out': 'TIMED_OUT',
  'queue_item.offer_withdrawn': 'WITHDRAWN',
};

/** The row that an event of an item makes or changes; `before` is the item without the event. */
export const offerRow = (
  tenantId: string,
  event: Stamped<QueueItemEvent>,
  before: QueueItem,
): OfferRow | undefined => {
  if (event.type === 'queue_item.offer_created') {
    const { offer_id, handover_id, conversation_id, agent_id, expires_at, handover_context } = event.data;
    return {
      tenant_id: tenantId,
      offer_id,
      handover_id,
      conversation_id,
      agent_id,
      status: 'OPEN',
      created_at: event.occurred_at,
      expires_at,
      ended_at: null,
      handover_context,
    };
  }
  const status = ENDED_BY[event.type];
  if (!status || before.status !== 'WAITING') return undefined;
  const offerId = (event.data as { offer_id: string }).offer_id;
  const open = before.offers[offerId];
  if (!open) return undefined;
  return {
    tenant_id: tenantId,
    offer_id: offerId,
    handover_id: before.handover_id,
    conversation_id: before.conversation_id,
    ...open,
    status,
    ended_at: event.occurred_at,
    handover_context: null,
  };
};
