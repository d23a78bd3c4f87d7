import type { ConversationView, EventView, MessageView, TurnRecordView } from '@baton/contracts';

import type { CustomerConversationDto } from './conversation.dto.js';

/**
 * What the customer of a conversation may see. Lists of what is shown, never of what is hidden: a field or
 * an event that is new tomorrow stays inside until somebody decides that the customer may see it.
 */
const EVENT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  'conversation.started': ['conversation_id', 'customer'],
  'conversation.message_received': ['message_id', 'turn_id', 'turn_number', 'content'],
  'conversation.turn_started': ['turn_number', 'attempt'],
  'conversation.turn_attempt_started': ['turn_number', 'attempt'],
  'conversation.turn_restarted': ['turn_number', 'attempt'],
  'conversation.turn_paused': ['turn_number', 'attempt'],
  'conversation.turn_resumed': ['turn_number', 'attempt'],
  'conversation.turn_completed': ['turn_number', 'status', 'sink', 'reply'],
  'conversation.handed_over': ['handover_id', 'reason', 'turn_number'],
  'conversation.assigned': ['handover_id'],
  'conversation.human_message_sent': ['message_id', 'turn_id', 'turn_number', 'content'],
  'conversation.released': ['handover_id'],
  'conversation.transferred': ['handover_id'],
  'conversation.resolved': ['handover_id', 'cause'],
  'conversation.returned_to_ai': ['handover_id'],
  'conversation.handover_cancelled': ['handover_id', 'cause', 'opens_at'],
  'conversation.callback_cancelled': ['handover_id'],
  'conversation.notice_sent': [
    'message_id',
    'handover_id',
    'kind',
    'content',
    'position',
    'estimated_wait_seconds',
    'estimated_wait_p90_seconds',
    'opens_at',
  ],
  'conversation.feedback_recorded': ['rating', 'comment'],
  'conversation.erased': ['conversation_id'],
};

const HUMAN = 'human';

/** An agent's id may be a name: the customer is told that it is a human. */
const maskedOwner = (owner: string): string => (owner === 'ai' || owner === '' ? owner : HUMAN);

const pick = (data: Record<string, unknown>, fields: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(fields.filter((field) => field in data).map((field) => [field, data[field]]));

export const customerConversation = (view: ConversationView): CustomerConversationDto => ({
  conversation_id: view.conversation_id,
  state: view.state,
  is_hil: view.is_hil,
  owner: maskedOwner(view.owner),
  owner_epoch: view.owner_epoch,
  customer: view.customer as CustomerConversationDto['customer'],
  version: view.version,
  turn_count: view.turn_count,
  created_at: view.created_at,
  updated_at: view.updated_at,
});

/** Its id says of a system message that it was said to the customer. */
const isNotice = ({ message_id }: MessageView): boolean => message_id.startsWith('notice_');

/** Null for what is none of the customer's: other system messages hold guidance, whispers and summaries. */
export const customerMessage = (view: MessageView): MessageView | null =>
  view.role === 'system' && !isNotice(view) ? null : { ...view, owner: maskedOwner(view.owner) };

/** Null for an event the customer does not hear of. */
export const customerEvent = (event: EventView): EventView | null => {
  const fields = Object.hasOwn(EVENT_FIELDS, event.type) ? EVENT_FIELDS[event.type] : undefined;
  if (!fields) return null;
  const { type, id } = event.actor;
  return {
    version: event.version,
    type: event.type,
    data: pick(event.data, fields),
    // Only its own id is the customer's to know.
    actor: { type, id: type === 'customer' ? id : type },
    owner: maskedOwner(event.owner),
    owner_epoch: event.owner_epoch,
    occurred_at: event.occurred_at,
  };
};

export const customerTurnRecord = (
  record: TurnRecordView,
): Pick<TurnRecordView, 'turn_number' | 'status' | 'timings'> & {
  inputs: { turn_id: string; idempotency_key: string; message_id: string }[];
} => ({
  turn_number: record.turn_number,
  inputs: record.inputs.map(({ turn_id, idempotency_key, message_id }) => ({
    turn_id,
    idempotency_key,
    message_id,
  })),
  status: record.status,
  timings: record.timings,
});
