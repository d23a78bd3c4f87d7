import type { HumanAgentEvent, QueueItemEvent } from '@baton/contracts';

import { EventQueue, type Queued } from '../event-queue.js';
import type {
  Agent,
  Item,
  Loaded,
  QueueCode,
  QueuePolicy,
  Seeking,
  WaitingItem,
  Work,
} from './queue-code.js';
import { type Entry, WaitingList } from './waiting-list.js';

const TENANT = 'simulated';
const SYSTEM = { actor: { type: 'system', id: 'simulation' } } as const;
/** As the product: a newcomer behind more than these is not offered at once, the sweep serves the others first. */
const HEAD_SIZE = 20;

type QueueEvent = QueueItemEvent | HumanAgentEvent;

/** Told of what happened, in the order in which it did. */
export interface Observer {
  /** Before an offer is made: to whom, of what, and what the queue looked like. */
  onOffer(item: WaitingItem, agent: Agent): void;
  onEvent(event: QueueEvent): void;
  /** Each agent that a commit changed, before and after. */
  onAgent(before: Agent | undefined, after: Agent): void;
}

const ofHandover = (payload: unknown): string => (payload as { handover_id: string }).handover_id;

/**
 * The queue of one tenant in virtual time: units of work, deciders, timers and the choice of agents are the product's
 * own; what is played here is its door, its tables and its clock.
 */
export class VirtualQueue {
  readonly waiting = new WaitingList();
  readonly agents = new Map<string, Loaded<Agent>>();
  readonly items = new Map<string, Loaded<Item>>();
  private readonly due = new EventQueue();
  private readonly timers = new Map<string, Queued>();
  private nowMs = 0;
  private offerCount = 0;
  private isSweepDue = false;
  private next: (() => Promise<void>) | undefined;

  constructor(
    private readonly code: QueueCode,
    private readonly policy: QueuePolicy,
    private readonly observer: Observer,
  ) {}

  /** Epoch milliseconds. */
  get now(): number {
    return this.nowMs;
  }

  get nowIso(): string {
    return new Date(this.nowMs).toISOString();
  }

  at(ms: number, happen: () => Promise<void>): Queued {
    return this.due.push(Math.max(ms, this.nowMs), null, () => (this.next = happen));
  }

  /** The next thing happens, and what follows from it at once; false where nothing is to come. */
  async step(): Promise<boolean> {
    const queued = this.due.pop();
    if (!queued) return false;
    if (queued.isCancelled) return true;
    this.nowMs = queued.at;
    queued.happen();
    await this.next?.();
    while (this.isSweepDue) {
      this.isSweepDue = false;
      await this.sweep();
    }
    return true;
  }

  async tell(decide: (work: Work) => Promise<unknown>): Promise<void> {
    const work = this.begin();
    await decide(work);
    await this.commit(work);
  }

  async enqueue(
    handover: Readonly<Record<string, unknown>> & { readonly handover_id: string },
    askedAt: string,
  ): Promise<void> {
    const work = this.begin();
    await work.tellItem(handover.handover_id, { type: 'Enqueue', handover, asked_at: askedAt });
    const item = await work.item(handover.handover_id);
    const online = this.online();
    if (item.status === 'WAITING' && online.some((agent) => this.code.freeSlots(agent) > 0)) {
      const seeking = this.code.seekingOf(item);
      const head = this.waiting.head(HEAD_SIZE).map((entry) => entry.seeking);
      const matches = this.code.matchItems([...head, seeking], online, this.nowIso, this.policy.assignment);
      const mine = matches.find((match) => match.item === seeking);
      if (matches.some((match) => match !== mine)) this.isSweepDue = true;
      for (const agentId of mine?.agentIds ?? []) await this.offer(work, item, agentId);
    }
    await this.commit(work);
  }

  /** Accepts or declines where the offer is still open; both are refused otherwise, as the product does. */
  async answer(handoverId: string, offerId: string, how: 'accept' | 'decline'): Promise<void> {
    const item = this.items.get(handoverId)?.state;
    const offer = item?.status === 'WAITING' ? item.offers[offerId] : undefined;
    if (!offer || offer.expires_at <= this.nowIso) return;
    await this.tell((work) =>
      work.tellItem(
        handoverId,
        how === 'accept'
          ? { type: 'Assign', agent_id: offer.agent_id, offer_id: offerId, told_by: 'acceptance' }
          : { type: 'DeclineOffer', offer_id: offerId, reason: null, now: this.nowIso },
      ),
    );
  }

  private online(): Agent[] {
    return [...this.agents.values()].map(({ state }) => state).filter((agent) => agent.status === 'ONLINE');
  }

  private begin(): Work {
    const reader = {
      loadItem: (_tenant: string, id: string) => Promise.resolve(this.items.get(id) ?? NO_ITEM),
      loadAgent: (_tenant: string, id: string) =>
        Promise.resolve(this.agents.get(id) ?? { state: { status: 'UNREGISTERED' } as const, version: 0 }),
    };
    return new this.code.Work(reader, TENANT, this.nowIso, this.policy);
  }

  private async offer(work: Work, item: WaitingItem, agentId: string): Promise<void> {
    const agent = this.agents.get(agentId)?.state;
    if (agent) this.observer.onOffer(item, agent);
    this.offerCount += 1;
    const offer_id = `offer_${this.offerCount}`;
    await work.tellItem(item.handover_id, { type: 'Offer', offer_id, agent_id: agentId, now: this.nowIso });
  }

  /** Every waiting item that one of the free agents could take, in the order of the queue. */
  private async sweep(): Promise<void> {
    const { code, policy } = this;
    const held = new Set<string>();
    let online = this.online();
    const isWanted = (needs: Entry['needs']): boolean =>
      online.some((agent) => code.freeSlots(agent) > 0 && code.meets(agent, needs));
    for (const { id, seeking } of this.waiting.inOrder(isWanted)) {
      if (!online.some((agent) => code.freeSlots(agent) > 0)) return;
      const chosen = code.chooseAgents(
        seeking,
        online,
        this.nowIso,
        wantedBy(seeking),
        policy.assignment,
        held,
      );
      const item = this.items.get(id)?.state;
      if (chosen.length === 0 || item?.status !== 'WAITING') {
        const hold = code.holdFor(seeking, online, this.nowIso, policy.assignment, held);
        if (hold !== undefined) held.add(hold);
        continue;
      }
      const work = this.begin();
      for (const { agent_id } of chosen) await this.offer(work, item, agent_id);
      await this.commit(work);
      online = this.online();
    }
  }

  private async commit(work: Work): Promise<void> {
    const { appends, timers } = work.transaction(SYSTEM);
    for (const { ref, expectedVersion, events } of appends) {
      const known = ref.streamType === 'queue_item' ? this.items : this.agents;
      const version = known.get(ref.streamId)?.version ?? 0;
      if (version !== expectedVersion)
        throw new Error(`${ref.streamId} is at ${version}, not ${expectedVersion}`);
      if (ref.streamType === 'queue_item') {
        const state = await work.item(ref.streamId);
        this.items.set(ref.streamId, { state, version: version + events.length });
        this.list(ref.streamId, state);
      }
    }
    for (const { agentId, state, version } of work.changedAgents()) {
      const before = this.agents.get(agentId)?.state;
      this.agents.set(agentId, { state, version });
      this.observer.onAgent(before, state);
    }
    for (const timerId of timers?.cancel ?? []) this.cancel(timerId);
    for (const { timerId, kind, dueAt, payload } of timers?.set ?? []) {
      this.cancel(timerId);
      this.timers.set(
        timerId,
        this.at(Date.parse(dueAt), () => this.onTimer(timerId, kind, payload)),
      );
    }
    for (const { events } of appends) {
      for (const event of events as readonly QueueEvent[]) {
        this.observer.onEvent(event);
        if (makesRoom(event)) this.isSweepDue = true;
        if (event.type === 'queue_item.closed') this.items.delete(event.data.handover_id);
      }
    }
  }

  private list(id: string, item: Item): void {
    const { code } = this;
    const isSeeking =
      item.status === 'WAITING' &&
      Object.keys(item.offers).length < item.routing.offer.parallel &&
      (item.held_until === null || item.held_until <= this.nowIso);
    if (!isSeeking) return this.waiting.remove(id);
    const seeking = code.seekingOf(item);
    const needs = code.needsOfSeeking(seeking);
    const rank = code.rankAt(item, this.policy.assignment);
    this.waiting.put({ id, rank, seeking, needs, requirement: code.requirementOf(needs) });
  }

  private cancel(timerId: string): void {
    const queued = this.timers.get(timerId);
    if (queued) queued.isCancelled = true;
    this.timers.delete(timerId);
  }

  private async onTimer(timerId: string, kind: string, payload: unknown): Promise<void> {
    this.timers.delete(timerId);
    if (kind === 'retry') {
      this.isSweepDue = true;
      return;
    }
    if (kind === NOT_PLAYED) return;
    const { offer_id, agent_id } = payload as { offer_id: string; agent_id: string };
    const handover_id = ofHandover(payload);
    if (kind === 'auto-accept') return this.answer(handover_id, offer_id, 'accept');
    if (kind === 'wrap-up') {
      return this.tell((work) => work.tellAgent(agent_id, { type: 'EndWrapUp', handover_id }));
    }
    const command = COMMANDS[kind];
    if (!command) throw new Error(`No timer of kind ${kind} is known here`);
    await this.tell((work) => work.tellItem(handover_id, { ...command, offer_id, now: this.nowIso }));
  }
}

const NO_ITEM: Loaded<Item> = { state: { status: 'ABSENT' }, version: 0 };

/** Whether anybody could come at all is asked of the conversation, which nobody plays here: all wait. */
const NOT_PLAYED = 'look';

const COMMANDS: Readonly<Record<string, { readonly type: string }>> = {
  'offer-timeout': { type: 'TimeOutOffer' },
  relax: { type: 'Relax' },
  sla: { type: 'BreachSla' },
  'sla-warning': { type: 'WarnSla' },
};

const wantedBy = (item: Seeking): number => item.parallel - item.offered_to.length;

const makesRoom = (event: QueueEvent): boolean =>
  event.type === 'human_agent.capacity_freed' ||
  event.type === 'queue_item.relaxed' ||
  event.type === 'queue_item.rerouted' ||
  (event.type === 'human_agent.presence_changed' && event.data.status === 'ONLINE');
