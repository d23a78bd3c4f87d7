import { type ConversationEvent, type RecordedEvent, SYSTEM_ACTOR } from '@baton/contracts';
import { type InboxMark, isSealed, type Outcome, StreamQueue, type StreamRef } from '@baton/event-store';
import { Injectable } from '@nestjs/common';

import { inTurn } from '../log/in-turn.js';
import { QueueLog } from '../log/queue-log.js';
import { agentRef, itemRef } from '../log/work.js';
import type { QueueItemCommand } from './queue-item.commands.js';
import { QueueItemReads } from './queue-item.reads.js';

const RETRY_MS = 10_000;

interface Told {
  readonly handoverId: string;
  readonly command: QueueItemCommand;
}

/**
 * What the conversation's log says of a handover, told to its item: the conversation is the arbiter, so nothing here
 * is refused. What is known already changes nothing.
 */
@Injectable()
export class FollowConversationHandler {
  constructor(
    private readonly log: QueueLog,
    private readonly queue: StreamQueue,
    private readonly items: QueueItemReads,
  ) {}

  async handle(event: RecordedEvent, mark: InboxMark): Promise<Outcome | 'skipped'> {
    const told = await this.toldBy(event);
    if (told.length === 0) return 'skipped';
    const settled = await inTurn(this.queue, streamsOf(event, told), () =>
      this.log.settle(this.log.deadlineIn(RETRY_MS), () => this.attempt(event, mark, told)),
    );
    return settled.isKnown ? 'skipped' : settled.outcome;
  }

  private async attempt(
    event: RecordedEvent,
    mark: InboxMark,
    told: readonly Told[],
  ): Promise<{ readonly outcome: Outcome; readonly isKnown: boolean }> {
    // 1. Load, 2. decide
    const work = this.log.begin(event.tenant_id);
    for (const { handoverId, command } of told) await work.tellItem(handoverId, command);
    // 3. Append
    const outcome = await this.log.commit(work, {
      actor: event.metadata.actor.type === 'human_agent' ? event.metadata.actor : SYSTEM_ACTOR,
      causationId: event.event_id,
      ...(event.metadata.correlation_id !== undefined && { correlationId: event.metadata.correlation_id }),
      inbox: mark,
    });
    return { outcome, isKnown: work.isEmpty };
  }

  private async toldBy(event: RecordedEvent): Promise<readonly Told[]> {
    if (event.type === 'conversation.erased') {
      const items = await this.items.ofConversation(event.tenant_id, event.stream_id);
      return items.map((item) => ({
        handoverId: item.handover_id,
        command: { type: 'Close', cause: 'erased' },
      }));
    }
    const command = commandOf(event as unknown as ConversationEvent);
    return command ? [{ handoverId: event.data['handover_id'] as string, command }] : [];
  }
}

const commandOf = (event: ConversationEvent): QueueItemCommand | undefined => {
  switch (event.type) {
    case 'conversation.assigned':
      return {
        type: 'Assign',
        agent_id: event.data.agent_id,
        offer_id: event.data.offer_id,
        told_by: 'conversation',
      };
    case 'conversation.released':
      return {
        type: 'Requeue',
        cause: event.data.cause ?? 'released',
        from_agent_id: event.data.agent_id,
        to_agent_id: null,
        required_skills: null,
        ...carried(event.data.context),
      };
    case 'conversation.transferred':
      return {
        type: 'Requeue',
        cause: 'transferred',
        from_agent_id: event.data.from_agent_id,
        to_agent_id: event.data.to_agent_id,
        required_skills: event.data.required_skills,
        ...carried(event.data.context),
      };
    case 'conversation.resolved':
      return { type: 'Close', cause: event.data.cause ?? 'resolved' };
    case 'conversation.returned_to_ai':
      return { type: 'Close', cause: 'returned_to_ai' };
    case 'conversation.handover_cancelled':
      return event.data.cause === 'callback'
        ? { type: 'Defer', until: event.data.opens_at ?? null }
        : { type: 'Close', cause: 'cancelled' };
    case 'conversation.callback_cancelled':
      return { type: 'Close', cause: 'cancelled' };
    default:
      return undefined;
  }
};

const streamsOf = (event: RecordedEvent, told: readonly Told[]): StreamRef[] => [
  ...told.map(({ handoverId }) => itemRef(event.tenant_id, handoverId)),
  ...['agent_id', 'from_agent_id']
    .map((field) => event.data[field])
    .filter((agentId) => typeof agentId === 'string')
    .map((agentId) => agentRef(event.tenant_id, agentId)),
];

/** Only ciphertext is carried on. */
const carried = (context: unknown): { handover_context?: unknown } =>
  isSealed(context) ? { handover_context: context } : {};
