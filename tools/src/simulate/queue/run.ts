import { createHash, type Hash } from 'node:crypto';

import { type HumanAgentEvent, PRIORITIES, type QueueItemEvent } from '@baton/contracts';

import { Checks, isEligible } from './checks.js';
import { type Arrival, arrivals, Behaviour, type Colleague, DAY_MS, shiftMs, team } from './day.js';
import { Measures } from './measures.js';
import type { TriedPolicy } from './policy-file.js';
import type { Agent, QueueCode, WaitingItem } from './queue-code.js';
import { type Observer, VirtualQueue } from './virtual-queue.js';

export interface Load {
  readonly items: number;
  readonly seed: number;
  readonly staff: number;
  readonly perDay: number;
}

export interface Result {
  readonly policy: TriedPolicy;
  readonly measures: Measures;
  readonly checks: Checks;
  /** Of everything that happened, in its order: the same for the same seed. */
  readonly digest: string;
  readonly days: number;
}

/** The epoch of the virtual clock: a Monday. */
const START_MS = Date.parse('2026-01-05T00:00:00.000Z');
/** Of so many offers one is held against the whole queue before it. */
const ORDER_CHECKED_EVERY = 20;
/** Behind the last arrival, so long until whoever still waits has been forgotten. */
const PATIENCE_DAYS = 14;

/** One policy through all the days that it takes. */
export const runQueue = async (code: QueueCode, policy: TriedPolicy, load: Load): Promise<Result> => {
  const run = new Run(code, policy, load);
  return run.toTheEnd();
};

class Run implements Observer {
  private readonly measures = new Measures();
  private readonly checks = new Checks();
  private readonly hash: Hash = createHash('sha256');
  private readonly behaviour: Behaviour;
  private readonly queue: VirtualQueue;
  private readonly coming: Generator<Arrival, undefined>;
  private readonly open = new Map<string, { readonly arrival: Arrival; startedAt: number }>();
  private readonly lastWith = new Map<number, string>();
  private readonly busySince = new Map<string, { since: number; busy: number; online: number }>();
  private readonly colleagues: readonly Colleague[];
  private isComing = true;
  private lastArrivalAt = 0;
  private offers = 0;

  constructor(
    private readonly code: QueueCode,
    private readonly policy: TriedPolicy,
    load: Load,
  ) {
    this.behaviour = new Behaviour(load.seed);
    this.queue = new VirtualQueue(code, policy.queue, this);
    this.coming = arrivals(load.items, load.perDay, load.seed);
    this.colleagues = team(load.staff, load.seed);
  }

  async toTheEnd(): Promise<Result> {
    for (const colleague of this.colleagues) {
      await this.queue.tell((work) =>
        work.tellAgent(colleague.id, {
          type: 'RegisterAgent',
          agent_id: colleague.id,
          profile: colleague.profile,
        }),
      );
      this.planShift(colleague, 0);
    }
    this.planArrival();
    while (this.isComing || this.open.size > 0) {
      if (!(await this.queue.step()) || this.isTooLate()) break;
    }
    const never = [...this.open.values()].filter(({ startedAt }) => startedAt === 0).length;
    if (never > 0) this.checks.starved(never);
    return {
      policy: this.policy,
      measures: this.measures,
      checks: this.checks,
      digest: this.hash.digest('hex').slice(0, 16),
      days: Math.ceil((this.queue.now - START_MS) / DAY_MS),
    };
  }

  onOffer(item: WaitingItem, agent: Agent): void {
    this.checks.offered(item, agent, this.queue.nowIso);
    this.offers += 1;
    if (this.offers % ORDER_CHECKED_EVERY === 0) this.checkOrder(item, agent);
    this.measures.note('offers');
    const arrival = this.open.get(item.handover_id)?.arrival;
    const knower = arrival && this.lastWith.get(arrival.customer);
    const known = knower === undefined ? undefined : this.queue.agents.get(knower)?.state;
    const isFresh = Object.keys(item.passes).length === 0 && Object.keys(item.offers).length === 0;
    if (known && isFresh && known.status === 'ONLINE' && isEligible(item, known.profile)) {
      this.measures.known.could += 1;
      if (known.agent_id === agent.agent_id) this.measures.known.did += 1;
    }
    const { language } = item.routing;
    if (language !== undefined && language !== 'en') {
      this.measures.language.could += 1;
      if (agent.profile.languages?.includes(language)) this.measures.language.did += 1;
    }
  }

  onAgent(before: Agent | undefined, after: Agent): void {
    this.checks.capacity(after);
    const meter = this.busySince.get(after.agent_id);
    if (meter) {
      const elapsed = this.queue.now - meter.since;
      this.measures.onlineMs += elapsed * meter.online;
      this.measures.busyMs += elapsed * meter.busy;
    }
    const busy = Object.values(after.slots)
      .filter((slot) => slot.holds !== 'offer')
      .reduce((sum, slot) => sum + (slot.weight ?? 1), 0);
    // Who went home with a conversation still open is there for it, and for nothing else.
    const online = after.status === 'ONLINE' ? after.profile.max_concurrent : busy;
    this.busySince.set(after.agent_id, { since: this.queue.now, busy, online });
    if (before?.status === 'ONLINE' && after.status === 'AWAY') this.comeBackSoon(after.agent_id);
  }

  onEvent(event: QueueItemEvent | HumanAgentEvent): void {
    const { handover_id, agent_id } = event.data as { handover_id?: string; agent_id?: string };
    this.hash.update(`${event.type}|${handover_id ?? ''}|${agent_id ?? ''}|${this.queue.now}\n`);
    switch (event.type) {
      case 'queue_item.offer_created':
        return this.onOffered(event.data);
      case 'queue_item.assigned':
        return this.onAssigned(event.data);
      case 'human_agent.wrap_up_started':
        return this.onWrapUp(event.data);
      case 'human_agent.presence_changed':
        if (event.data.cause === 'missed_offers') this.measures.note('set AWAY');
        return;
      case 'queue_item.offer_declined':
        return this.measures.note('declined');
      case 'queue_item.offer_timed_out':
        return this.measures.note('missed');
      case 'queue_item.offer_withdrawn':
        return this.measures.note('withdrawn');
      case 'queue_item.relaxed':
        return this.measures.note('relaxation steps');
      case 'queue_item.sla_warned':
        return this.measures.note('SLA warnings');
      case 'queue_item.sla_breached':
        return this.measures.note('SLA breaches');
      default:
    }
  }

  private planArrival(): void {
    const next = this.coming.next();
    if (next.done === true) {
      this.isComing = false;
      return;
    }
    this.lastArrivalAt = START_MS + next.value.at;
    this.queue.at(this.lastArrivalAt, () => this.arrive(next.value));
  }

  private async arrive(arrival: Arrival): Promise<void> {
    this.planArrival();
    const handover_id = `ho_${String(arrival.index).padStart(8, '0')}`;
    this.open.set(handover_id, { arrival, startedAt: 0 });
    const knower = this.lastWith.get(arrival.customer);
    const { routing, isLanguageRequired } = this.policy;
    await this.queue.enqueue(
      {
        handover_id,
        ...{ conversation_id: `conv_${arrival.index}`, queue: 'default', reason: 'explicit_request' },
        priority: arrival.priority,
        required_skills: arrival.required_skills,
        routing: {
          ...routing,
          relax: Object.keys(arrival.required_skills).length > 0 || isLanguageRequired ? routing.relax : [],
          weight: arrival.weight,
          ...(arrival.language && { language: arrival.language }),
          ...(isLanguageRequired && arrival.language !== 'en' && { language_required: true }),
        },
        handover_context: null,
        ...(knower !== undefined && { known_agent_ids: [knower] }),
      },
      this.queue.nowIso,
    );
  }

  private onOffered({
    handover_id,
    offer_id,
    agent_id,
  }: {
    handover_id: string;
    offer_id: string;
    agent_id: string;
  }): void {
    const arrival = this.open.get(handover_id)?.arrival;
    if (!arrival || this.policy.routing.offer.mode === 'auto_accept') return;
    const passes = this.passesOf(handover_id);
    const { how, afterMs } = this.behaviour.answer(arrival.index, agent_id, passes);
    if (how === 'miss') return;
    this.queue.at(this.queue.now + afterMs, () => this.queue.answer(handover_id, offer_id, how));
  }

  private onAssigned({ handover_id, agent_id }: { handover_id: string; agent_id: string }): void {
    const open = this.open.get(handover_id);
    const agent = this.queue.agents.get(agent_id)?.state;
    if (!open || !agent) return;
    const { arrival } = open;
    this.checks.assigned(handover_id, agent, Math.min(arrival.weight, agent.profile.max_concurrent));
    open.startedAt = this.queue.now;
    const waitedMs = this.queue.now - (START_MS + arrival.at);
    const isInTime = waitedMs <= this.policy.routing.sla.first_response_ms;
    this.measures.waited(arrival, waitedMs / 1000, isInTime);
    this.lastWith.set(arrival.customer, agent_id);
    this.queue.at(this.queue.now + this.behaviour.handlingMs(arrival, agent.profile), async () => {
      this.checks.ended(handover_id, agent);
      this.open.delete(handover_id);
      await this.queue.tell((work) => work.tellItem(handover_id, { type: 'Close', cause: 'resolved' }));
    });
  }

  private onWrapUp({ handover_id, agent_id }: { handover_id: string; agent_id: string }): void {
    const afterMs = this.behaviour.wrapUpMs(Number(handover_id.slice('ho_'.length)));
    this.queue.at(this.queue.now + afterMs, () =>
      this.queue.tell((work) => work.tellAgent(agent_id, { type: 'EndWrapUp', handover_id })),
    );
  }

  private passesOf(handoverId: string): number {
    const item = this.queue.items.get(handoverId)?.state;
    return item?.status === 'WAITING' ? Object.keys(item.passes).length : 0;
  }

  private planShift(colleague: Colleague, day: number): void {
    const { start, end } = shiftMs(colleague);
    const midnight = START_MS + day * DAY_MS;
    this.presenceAt(midnight + start, colleague.id, 'ONLINE');
    this.queue.at(midnight + end, async () => {
      await this.setPresence(colleague.id, 'OFFLINE');
      if (this.isComing || this.open.size > 0) this.planShift(colleague, day + 1);
    });
  }

  /** Set AWAY for what they missed, they notice. */
  private comeBackSoon(agentId: string): void {
    this.queue.at(this.queue.now + 300_000, async () => {
      if (this.queue.agents.get(agentId)?.state.status === 'AWAY') await this.setPresence(agentId, 'ONLINE');
    });
  }

  private presenceAt(ms: number, agentId: string, status: 'ONLINE' | 'OFFLINE'): void {
    this.queue.at(ms, () => this.setPresence(agentId, status));
  }

  private setPresence(agentId: string, status: 'ONLINE' | 'OFFLINE'): Promise<void> {
    return this.queue.tell((work) => work.tellAgent(agentId, { type: 'SetPresence', status }));
  }

  /**
   * Was anybody older and as urgent passed over whom the same agent could have taken, with nothing in the way? Said
   * without the product's word for the order, so that a wrong one is seen.
   */
  private checkOrder(item: WaitingItem, agent: Agent): void {
    const could = (needs: Parameters<QueueCode['meets']>[1]): boolean => this.code.meets(agent, needs);
    for (const { id, seeking } of this.queue.waiting.inOrder(could)) {
      const other = this.queue.items.get(id)?.state;
      if (other?.status !== 'WAITING' || !isBefore(other, item)) continue;
      const isInTheWay =
        other.passes[agent.agent_id] !== undefined ||
        seeking.known_until !== null ||
        seeking.offered_to.includes(agent.agent_id) ||
        seeking.weight > this.code.freeSlots(agent);
      if (!isInTheWay && isEligible(other, agent.profile)) {
        this.checks.overtaken(item.handover_id, id, agent.agent_id);
      }
    }
  }

  private isTooLate(): boolean {
    return !this.isComing && this.queue.now > this.lastArrivalAt + PATIENCE_DAYS * DAY_MS;
  }
}

const isBefore = (other: WaitingItem, item: WaitingItem): boolean =>
  other.enqueued_at < item.enqueued_at &&
  PRIORITIES.indexOf(other.priority) >= PRIORITIES.indexOf(item.priority);
