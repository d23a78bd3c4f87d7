import type { EventMetadata, HumanAgentEvent, QueueItemEvent } from '@baton/contracts';
import type {
  Append,
  DomainEvent,
  IdempotencyRecord,
  InboxMark,
  Stamped,
  StreamRef,
  TimerRequest,
  Transaction,
} from '@baton/event-store';

import type { HumanAgentCommand } from '../human-agent/human-agent.commands.js';
import { humanAgentDecider } from '../human-agent/human-agent.decider.js';
import { humanAgentRow } from '../human-agent/human-agent.projection.js';
import { type HumanAgent, isRegistered } from '../human-agent/human-agent.state.js';
import { offerRow, type OfferRow } from '../offer/offer.projection.js';
import type { QueueItemCommand } from '../queue-item/queue-item.commands.js';
import { queueItemDecider } from '../queue-item/queue-item.decider.js';
import { queueRow } from '../queue-item/queue-item.projection.js';
import type { QueueItem } from '../queue-item/queue-item.state.js';
import { offersToWithdraw, type QueuePolicy, slotCommandsAfter } from './consequences.js';
import { agentTimers, itemTimers, type TimerChanges } from './timer-policy.js';

export interface Loaded<S> {
  readonly state: S;
  readonly version: number;
}

/** Where a unit of work reads what it was not given. */
export interface StreamReader {
  loadItem(tenantId: string, handoverId: string): Promise<Loaded<QueueItem>>;
  loadAgent(tenantId: string, agentId: string): Promise<Loaded<HumanAgent>>;
}

interface Stream<S, E> {
  readonly loadedVersion: number;
  state: S;
  readonly events: E[];
}

/** A snapshot so often keeps loading an agent of many thousand offers cheap. */
const SNAPSHOT_EVERY = 50;

export const itemRef = (tenantId: string, handoverId: string): StreamRef => ({
  tenantId,
  streamType: 'queue_item',
  streamId: handoverId,
});
export const agentRef = (tenantId: string, agentId: string): StreamRef => ({
  tenantId,
  streamType: 'human_agent',
  streamId: agentId,
});

/**
 * One decision over items and agents: tell an item or an agent something, and what follows for the others (slots,
 * withdrawn offers), for the read models and for the timers is gathered into one transaction.
 */
export class Work {
  private readonly items = new Map<string, Stream<QueueItem, QueueItemEvent>>();
  private readonly agents = new Map<string, Stream<HumanAgent, HumanAgentEvent>>();
  private readonly offers = new Map<string, OfferRow>();
  private readonly timers = new Map<string, TimerRequest | null>();

  constructor(
    private readonly reader: StreamReader,
    readonly tenantId: string,
    readonly now: string,
    private readonly policy: QueuePolicy,
  ) {}

  /** Saves a load where the state is known and not changed here yet; the expected version tells if it was old. */
  knowAgent(agentId: string, { state, version }: Loaded<HumanAgent>): void {
    if (!this.agents.has(agentId)) this.agents.set(agentId, { state, loadedVersion: version, events: [] });
  }

  knowItem(handoverId: string, { state, version }: Loaded<QueueItem>): void {
    if (!this.items.has(handoverId))
      this.items.set(handoverId, { state, loadedVersion: version, events: [] });
  }

  async item(handoverId: string): Promise<QueueItem> {
    return (await this.itemStream(handoverId)).state;
  }

  async agent(agentId: string): Promise<HumanAgent> {
    return (await this.agentStream(agentId)).state;
  }

  async tellItem(handoverId: string, command: QueueItemCommand): Promise<readonly QueueItemEvent[]> {
    const stream = await this.itemStream(handoverId);
    const events = queueItemDecider.decide(command, stream.state);
    for (const event of events) await this.happenToItem(stream, { ...event, occurred_at: this.now });
    return events;
  }

  async tellAgent(agentId: string, command: HumanAgentCommand): Promise<readonly HumanAgentEvent[]> {
    const stream = await this.agentStream(agentId);
    const events = humanAgentDecider.decide(command, stream.state);
    for (const event of events)
      await this.happenToAgent(agentId, stream, { ...event, occurred_at: this.now });
    return events;
  }

  get isEmpty(): boolean {
    return this.appendsOf(this.items).length === 0 && this.appendsOf(this.agents).length === 0;
  }

  /** The agents this work changed, as they are after it. */
  changedAgents(): { readonly agentId: string; readonly state: HumanAgent; readonly version: number }[] {
    return this.appendsOf(this.agents).map(([agentId, stream]) => ({
      agentId,
      state: stream.state,
      version: stream.loadedVersion + stream.events.length,
    }));
  }

  /** An item that this work changed, as it is after it. */
  changedItem(handoverId: string): Exclude<QueueItem, { status: 'ABSENT' }> | undefined {
    const stream = this.items.get(handoverId);
    return stream && stream.events.length > 0 && stream.state.status !== 'ABSENT' ? stream.state : undefined;
  }

  transaction(
    metadata: EventMetadata,
    extras: { readonly inbox?: InboxMark; readonly idempotency?: readonly IdempotencyRecord[] } = {},
  ): Transaction {
    const items = this.appendsOf(this.items);
    const agents = this.appendsOf(this.agents);
    return {
      tenantId: this.tenantId,
      now: this.now,
      ...extras,
      // Agents before items, each by id: two transactions meet on their streams in the same order.
      appends: [
        ...agents.map(([id, stream]) => append(agentRef(this.tenantId, id), stream, metadata)),
        ...items.map(([id, stream]) => append(itemRef(this.tenantId, id), stream, metadata)),
      ],
      rows: {
        human_agents: agents.flatMap(([, { state, loadedVersion, events }]) =>
          isRegistered(state)
            ? [{ ...humanAgentRow(this.tenantId, state, loadedVersion + events.length) }]
            : [],
        ),
        agent_queue: items.flatMap(([, { state, loadedVersion, events }]) =>
          state.status === 'ABSENT'
            ? []
            : [{ ...queueRow(this.tenantId, state, loadedVersion + events.length) }],
        ),
        offers: [...this.offers.values()].map((row) => ({ ...row })),
      },
      timers: {
        set: [...this.timers.values()].filter((timer) => timer !== null),
        cancel: [...this.timers].filter(([, timer]) => timer === null).map(([timerId]) => timerId),
      },
    };
  }

  private async happenToItem(
    stream: Stream<QueueItem, QueueItemEvent>,
    event: Stamped<QueueItemEvent>,
  ): Promise<void> {
    const before = stream.state;
    stream.state = queueItemDecider.evolve(before, event);
    stream.events.push({ type: event.type, data: event.data } as QueueItemEvent);
    const row = offerRow(this.tenantId, event, before);
    if (row) this.offers.set(row.offer_id, row);
    this.note(itemTimers(event, stream.state));
    for (const { agentId, command } of slotCommandsAfter(event, before, this.policy)) {
      await this.tellAgent(agentId, command);
    }
  }

  private async happenToAgent(
    agentId: string,
    stream: Stream<HumanAgent, HumanAgentEvent>,
    event: Stamped<HumanAgentEvent>,
  ): Promise<void> {
    stream.state = humanAgentDecider.evolve(stream.state, event);
    stream.events.push({ type: event.type, data: event.data } as HumanAgentEvent);
    this.note(agentTimers(event, this.policy));
    for (const handoverId of offersToWithdraw(event, stream.state)) {
      await this.tellItem(handoverId, {
        type: 'WithdrawOffers',
        cause: 'agent_unavailable',
        agent_id: agentId,
      });
    }
  }

  private note(changes: TimerChanges): void {
    for (const timerId of changes.cancel) this.timers.set(timerId, null);
    for (const timer of changes.set) this.timers.set(timer.timerId, timer);
  }

  private async itemStream(handoverId: string): Promise<Stream<QueueItem, QueueItemEvent>> {
    const known = this.items.get(handoverId);
    if (known) return known;
    this.knowItem(handoverId, await this.reader.loadItem(this.tenantId, handoverId));
    return this.itemStream(handoverId);
  }

  private async agentStream(agentId: string): Promise<Stream<HumanAgent, HumanAgentEvent>> {
    const known = this.agents.get(agentId);
    if (known) return known;
    this.knowAgent(agentId, await this.reader.loadAgent(this.tenantId, agentId));
    return this.agentStream(agentId);
  }

  private appendsOf<S, E>(streams: ReadonlyMap<string, Stream<S, E>>): [string, Stream<S, E>][] {
    return [...streams].filter(([, stream]) => stream.events.length > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

const append = <S, E extends DomainEvent>(
  ref: StreamRef,
  stream: Stream<S, E>,
  metadata: EventMetadata,
): Append => {
  const { loadedVersion: expectedVersion, events, state } = stream;
  const crossed =
    Math.floor((expectedVersion + events.length) / SNAPSHOT_EVERY) >
    Math.floor(expectedVersion / SNAPSHOT_EVERY);
  return { ref, expectedVersion, events, metadata, ...(crossed && { snapshot: state }) };
};
