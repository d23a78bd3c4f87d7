import { BusClient } from '@baton/bus';
import { type HumanAgentEvent, type RecordedEvent, subjects } from '@baton/contracts';
import { stamped } from '@baton/event-store';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';

import { QueueLog } from '../log/queue-log.js';
import type { Loaded } from '../log/work.js';
import { humanAgentDecider } from './human-agent.decider.js';
import { HumanAgentReads } from './human-agent.reads.js';
import { freeSlots, type HumanAgent, isRegistered, type RegisteredAgent } from './human-agent.state.js';

/** Longer than this without a look at the table, and it is read again. */
const STALE_AFTER_MS = 10_000;
const KNOWN_TENANTS = 1_000;

interface TenantRoster {
  readonly agents: Map<string, Loaded<HumanAgent>>;
  readonly loadedAt: number;
}

/**
 * Who is there, by tenant, in memory: the choice among a thousand agents costs no round trip. It follows this
 * process's own commits and, over the bus, the others'; where it is old after all, the expected version of the
 * agent's stream refuses the choice and the table is read again.
 */
@Injectable()
export class Roster implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly rosters = new Map<string, TenantRoster>();
  private readonly loading = new Map<string, Promise<TenantRoster>>();
  private readonly listeners: ((event: RecordedEvent) => void)[] = [];
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly reads: HumanAgentReads,
    private readonly bus: BusClient,
    log: QueueLog,
  ) {
    log.onCommitted((work) => {
      for (const { agentId, state, version } of work.changedAgents()) {
        this.learn(work.tenantId, agentId, { state, version });
      }
    });
  }

  /** Told of each change of an agent that another process made. */
  onHeard(listener: (event: RecordedEvent) => void): void {
    this.listeners.push(listener);
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.bus.subscribeEvents(subjects.eventsOf('human_agent'), (event) =>
      this.hear(event),
    );
  }

  beforeApplicationShutdown(): void {
    this.unsubscribe?.();
  }

  async online(tenantId: string): Promise<OnlineAgents> {
    const known = this.rosters.get(tenantId);
    const isFresh = known !== undefined && performance.now() - known.loadedAt < STALE_AFTER_MS;
    return new OnlineAgents((isFresh ? known : await this.load(tenantId)).agents);
  }

  /** The next look reads the table: something here was old. */
  forget(tenantId: string): void {
    this.rosters.delete(tenantId);
  }

  private load(tenantId: string): Promise<TenantRoster> {
    const loading =
      this.loading.get(tenantId) ?? this.read(tenantId).finally(() => this.loading.delete(tenantId));
    this.loading.set(tenantId, loading);
    return loading;
  }

  private async read(tenantId: string): Promise<TenantRoster> {
    const agents = await this.reads.loadAll(tenantId);
    // What was learnt while the statement ran is newer than what it read.
    for (const [agentId, loaded] of this.rosters.get(tenantId)?.agents ?? []) {
      if (isNewer(loaded, agents.get(agentId))) agents.set(agentId, loaded);
    }
    const roster = { agents, loadedAt: performance.now() };
    this.rosters.delete(tenantId);
    this.rosters.set(tenantId, roster);
    if (this.rosters.size > KNOWN_TENANTS) this.forget(this.rosters.keys().next().value ?? '');
    return roster;
  }

  private learn(tenantId: string, agentId: string, loaded: Loaded<HumanAgent>): void {
    const agents = this.rosters.get(tenantId)?.agents;
    if (agents && isNewer(loaded, agents.get(agentId))) agents.set(agentId, loaded);
  }

  private hear(event: RecordedEvent): void {
    const agents = this.rosters.get(event.tenant_id)?.agents;
    if (!agents) return;
    const known = agents.get(event.stream_id) ?? { state: humanAgentDecider.initialState(), version: 0 };
    if (event.version <= known.version) return;
    if (event.version > known.version + 1) this.forget(event.tenant_id);
    else {
      const state = humanAgentDecider.evolve(known.state, stamped<HumanAgentEvent>(event));
      agents.set(event.stream_id, { state, version: event.version });
    }
    for (const listener of this.listeners) listener(event);
  }
}

const isNewer = (loaded: Loaded<HumanAgent>, known: Loaded<HumanAgent> | undefined): boolean =>
  loaded.version > (known?.version ?? 0);

/** The agents of a tenant at one moment. */
export class OnlineAgents {
  readonly list: readonly RegisteredAgent[];
  readonly free: readonly RegisteredAgent[];

  constructor(private readonly agents: ReadonlyMap<string, Loaded<HumanAgent>>) {
    this.list = [...agents.values()]
      .map(({ state }) => state)
      .filter((state): state is RegisteredAgent => isRegistered(state) && state.status === 'ONLINE');
    this.free = this.list.filter((agent) => freeSlots(agent) > 0);
  }

  loaded(agentId: string): Loaded<HumanAgent> {
    const loaded = this.agents.get(agentId);
    if (!loaded) throw new Error(`${agentId} is not in this roster`);
    return loaded;
  }
}
