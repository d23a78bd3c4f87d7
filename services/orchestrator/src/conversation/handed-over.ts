import type { ConversationEvent } from '@baton/contracts';

import type { HandoverRequest } from './conversation.commands.js';
import type { LiveConversation } from './conversation.state.js';

/** A person is asked for. */
export const handedOver = (
  handover: HandoverRequest,
  turn_number: number | null,
  state: LiveConversation,
): ConversationEvent => ({
  type: 'conversation.handed_over',
  data: {
    handover_id: handover.handover_id,
    reason: handover.reason,
    note: handover.note,
    required_skills: handover.required_skills,
    priority: handover.priority,
    queue: handover.queue,
    turn_number,
    customer_id: state.customer?.id ?? null,
    context: handover.context,
    routing: handover.routing,
  },
});
