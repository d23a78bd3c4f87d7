import type { HumanAgentEvent, QueueItemEvent } from '@baton/contracts';

import type { AssignmentPolicy } from '../assignment/assignment-policy.js';
import type { HumanAgentCommand } from '../human-agent/human-agent.commands.js';
import {
  type HumanAgent,
  isRegistered,
  offeredHandovers,
  type RegisteredAgent,
  takenSlots,
} from '../human-agent/human-agent.state.js';
import { type QueueItem, weightOf } from '../queue-item/queue-item.state.js';

export interface QueuePolicy {
  /** How long a wrap-up may hold the slot; 0: none is held. */
  readonly wrapUpMs: number;
  /** So many offers missed in a row, and the agent is AWAY. */
  readonly missedOffersLimit: number;
  readonly assignment: AssignmentPolicy;
}

export interface ToAgent {
  readonly agentId: string;
  readonly command: HumanAgentCommand;
}

/**
 * What an item's event means for agents' slots. Item and agents change in one transaction, by this one rule, so
 * that an open offer or an owned conversation without its slot (or the other way round) can't be.
 */
export const slotCommandsAfter = (
  event: QueueItemEvent,
  before: QueueItem,
  policy: QueuePolicy,
): readonly ToAgent[] => {
  const { handover_id } = event.data;
  switch (event.type) {
    case 'queue_item.offer_created':
      return [
        {
          agentId: event.data.agent_id,
          command: { type: 'ReserveSlot', handover_id, weight: weightIn(before) },
        },
      ];
    case 'queue_item.offer_declined':
      return [
        { agentId: event.data.agent_id, command: { type: 'FreeSlot', handover_id, cause: 'declined' } },
      ];
    case 'queue_item.offer_timed_out':
      return [
        {
          agentId: event.data.agent_id,
          command: { type: 'MissOffer', handover_id, limit: policy.missedOffersLimit },
        },
      ];
    case 'queue_item.offer_withdrawn':
      return [
        { agentId: event.data.agent_id, command: { type: 'FreeSlot', handover_id, cause: 'withdrawn' } },
      ];
    case 'queue_item.assigned':
      return [
        ...(before.status === 'ASSIGNED'
          ? [
              {
                agentId: before.agent_id,
                command: { type: 'FreeSlot', handover_id, cause: 'transferred' } as const,
              },
            ]
          : []),
        {
          agentId: event.data.agent_id,
          command: { type: 'TakeSlot', handover_id, weight: weightIn(before) },
        },
      ];
    case 'queue_item.requeued':
      return [
        {
          agentId: event.data.from_agent_id,
          command: {
            type: 'FreeSlot',
            handover_id,
            cause: event.data.cause === 'transferred' ? 'transferred' : 'released',
          },
        },
      ];
    case 'queue_item.closed':
      return before.status === 'ASSIGNED'
        ? [{ agentId: before.agent_id, command: onClosed(event, policy) }]
        : [];
    case 'queue_item.enqueued':
    case 'queue_item.offer_accepted':
    case 'queue_item.relaxed':
    case 'queue_item.rerouted':
    case 'queue_item.sla_warned':
    case 'queue_item.sla_breached':
    case 'queue_item.deferred':
      return [];
    default:
      return event satisfies never;
  }
};

const weightIn = (item: QueueItem): number => (item.status === 'ABSENT' ? 1 : weightOf(item));

/** Only what was resolved is written up; what goes back to the AI is not finished. */
const onClosed = (
  { data }: QueueItemEvent & { type: 'queue_item.closed' },
  policy: QueuePolicy,
): HumanAgentCommand =>
  data.cause === 'resolved' && policy.wrapUpMs > 0
    ? { type: 'StartWrapUp', handover_id: data.handover_id, conversation_id: data.conversation_id }
    : { type: 'FreeSlot', handover_id: data.handover_id, cause: 'closed' };

/**
 * The handovers whose open offer to this agent ends with the event: all where the agent goes away; one where the
 * log of a conversation gave them more than they have room for (an offer that is not answered yet makes room).
 */
export const offersToWithdraw = (event: HumanAgentEvent, agent: HumanAgent): readonly string[] => {
  if (!isRegistered(agent)) return [];
  if (event.type === 'human_agent.presence_changed') {
    return event.data.status === 'ONLINE' ? [] : offeredHandovers(agent);
  }
  const isOverfull =
    event.type === 'human_agent.capacity_taken' &&
    event.data.cause === 'assigned' &&
    takenSlots(agent) > agent.profile.max_concurrent;
  return isOverfull ? lastOffersOver(agent, takenSlots(agent) - agent.profile.max_concurrent) : [];
};

/** The newest offers that make room for so much. */
const lastOffersOver = (agent: RegisteredAgent, over: number): readonly string[] => {
  const ended: string[] = [];
  let missing = over;
  for (const handoverId of offeredHandovers(agent).reverse()) {
    if (missing <= 0) break;
    ended.push(handoverId);
    missing -= agent.slots[handoverId]?.weight ?? 1;
  }
  return ended;
};
