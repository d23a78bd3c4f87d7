import {
  type conversationHandedOver,
  type EventOf,
  type RecordedEvent,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import { type InboxMark, isSealed, type Outcome, StreamQueue } from '@baton/event-store';
import { newId } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import { AssignmentSweep } from '../assignment/assignment-sweep.js';
import { assignmentTurn } from '../assignment/assignment-turn.js';
import { chooseAgents } from '../assignment/choose-agents.js';
import { matchItems } from '../assignment/match.js';
import { seekingOf } from '../assignment/seeking.js';
import { type OnlineAgents, Roster } from '../human-agent/roster.js';
import type { QueuePolicy } from '../log/consequences.js';
import { QUEUE_POLICY, QueueLog } from '../log/queue-log.js';
import type { Work } from '../log/work.js';
import type { Handover } from './queue-item.commands.js';
import { type BeforeEnqueue, QueueItemReads } from './queue-item.reads.js';

type HandedOver = EventOf<typeof conversationHandedOver>['data'];

const RETRY_MS = 10_000;
/** A newcomer behind more than these is not offered at once: the sweep serves the others first. */
const HEAD_SIZE = 20;

/**
 * `conversation.handed_over` → in the queue and, where somebody is free, offered: one look, one commit. The agents
 * are known from memory; the agent's expected version tells if they were known wrong.
 */
@Injectable()
export class EnqueueHandoverHandler {
  constructor(
    private readonly log: QueueLog,
    private readonly queue: StreamQueue,
    private readonly items: QueueItemReads,
    private readonly roster: Roster,
    private readonly sweep: AssignmentSweep,
    @Inject(QUEUE_POLICY) private readonly policy: QueuePolicy,
  ) {}

  handle(event: RecordedEvent, mark: InboxMark): Promise<Outcome> {
    const { tenant_id: tenantId } = event;
    return this.queue.run(assignmentTurn(tenantId), async () => {
      let isFirstTry = true;
      const { outcome, work } = await this.log.settle(this.log.deadlineIn(RETRY_MS), async () => {
        const result = await this.attempt(event, mark, isFirstTry);
        isFirstTry = false;
        if (result.outcome.kind === 'conflict') this.roster.forget(tenantId);
        return result;
      });
      if (outcome.kind === 'committed') await this.lookAgain(work, event.data as HandedOver);
      return outcome;
    });
  }

  private async attempt(
    event: RecordedEvent,
    mark: InboxMark,
    isFirstTry: boolean,
  ): Promise<{ readonly outcome: Outcome; readonly work: Work }> {
    const { tenant_id: tenantId, stream_id: conversationId } = event;
    const handover = handoverOf(conversationId, event.data as HandedOver);
    // 1. Load: what stands in the way, who is there. The item itself is new, as a rule.
    const work = this.log.begin(tenantId);
    if (isFirstTry) work.knowItem(handover.handover_id, { state: { status: 'ABSENT' }, version: 0 });
    const [before, online, known_agent_ids] = await Promise.all([
      this.items.beforeEnqueue(tenantId, conversationId, HEAD_SIZE),
      this.roster.online(tenantId),
      this.items.knowingAgents(tenantId, conversationId, handover.routing.customer_key),
    ]);
    // 2. Decide
    await this.closeEarlier(work, handover, before);
    await work.tellItem(handover.handover_id, {
      type: 'Enqueue',
      handover: { ...handover, ...(known_agent_ids.length > 0 && { known_agent_ids }) },
      asked_at: event.occurred_at,
    });
    // A supervisor who takes a conversation hands it over and has it in one append: ask nobody else meanwhile.
    if (handover.reason === 'staff') this.sweep.requestSoon(tenantId);
    else await this.offerAtOnce(work, handover, before, online);
    // 3. Append
    const outcome = await this.log.commit(work, {
      actor: SYSTEM_ACTOR,
      causationId: event.event_id,
      ...(event.metadata.correlation_id !== undefined && { correlationId: event.metadata.correlation_id }),
      inbox: mark,
      evenIfEmpty: true,
    });
    return { outcome, work };
  }

  /** Whoever became free between our look and our commit found nothing to sweep: the item was not there yet. */
  private async lookAgain(work: Work, { handover_id, reason }: HandedOver): Promise<void> {
    const item = await work.item(handover_id);
    if (item.status !== 'WAITING' || reason === 'staff') return;
    const seeking = seekingOf(item);
    const { list } = await this.roster.online(work.tenantId);
    const wanted = seeking.parallel - seeking.offered_to.length;
    const chosen = chooseAgents(seeking, list, work.now, wanted, this.policy.assignment);
    if (chosen.length > 0) this.sweep.request(work.tenantId);
  }

  /** A conversation waits once: its newest handover counts (an approval's may be widened by a request for a person). */
  private async closeEarlier(work: Work, handover: Handover, before: BeforeEnqueue): Promise<void> {
    for (const handoverId of before.unfinished) {
      if (handoverId !== handover.handover_id)
        await work.tellItem(handoverId, { type: 'Close', cause: 'cancelled' });
    }
  }

  /** Offers it to whom the whole head of the queue, with the newcomer in its place, leaves for it. */
  private async offerAtOnce(
    work: Work,
    { handover_id }: Handover,
    before: BeforeEnqueue,
    online: OnlineAgents,
  ): Promise<void> {
    const item = await work.item(handover_id);
    if (item.status !== 'WAITING' || online.free.length === 0) return;
    const others = before.head.filter((each) => each.handover_id !== handover_id);
    const matches = matchItems([...others, seekingOf(item)], online.list, work.now, this.policy.assignment);
    if (matches.some((match) => match.item.handover_id !== handover_id)) this.sweep.request(work.tenantId);
    const mine = matches.find((match) => match.item.handover_id === handover_id);
    for (const agent_id of mine?.agentIds ?? []) {
      work.knowAgent(agent_id, online.loaded(agent_id));
      await work.tellItem(handover_id, { type: 'Offer', offer_id: newId('offer'), agent_id, now: work.now });
    }
  }
}

const handoverOf = (conversationId: string, data: HandedOver): Handover => ({
  handover_id: data.handover_id,
  conversation_id: conversationId,
  queue: data.queue,
  reason: data.reason,
  priority: data.priority,
  required_skills: data.required_skills,
  routing: data.routing,
  // Only ciphertext is carried on: what were plain text here would stay behind when the conversation is erased.
  handover_context: isSealed(data.context) ? data.context : null,
});
