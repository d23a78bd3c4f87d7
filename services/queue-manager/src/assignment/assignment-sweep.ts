import { isBatonError, type RecordedEvent, SYSTEM_ACTOR } from '@baton/contracts';
import { StreamQueue } from '@baton/event-store';
import { newId } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { Roster } from '../human-agent/roster.js';
import type { QueuePolicy } from '../log/consequences.js';
import { QUEUE_POLICY, QueueLog } from '../log/queue-log.js';
import { QueueItemReads, type RankedSeeking } from '../queue-item/queue-item.reads.js';
import { assignmentTurn } from './assignment-turn.js';
import { chooseAgents, holdFor } from './choose-agents.js';
import { meets, requirementOf } from './needs.js';
import { type Seeking, seekingOf } from './seeking.js';

/** What no event announced, or nobody heard, is found by looking. */
const LOOK_EVERY_MS = 10_000;
/** A release is followed at once by an assignment where a supervisor takes over: let it come first. */
const SOON_MS = 50;
const PAGE = 100;

interface Sweeping {
  again: boolean;
}

/**
 * Tries the waiting items again, in their order: when somebody comes online, gets a free slot or another skill, or when
 * an item is back or asks for less. One sweep at a time per tenant; what comes meanwhile makes it run once more.
 */
@Injectable()
export class AssignmentSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('AssignmentSweep');
  private readonly sweeping = new Map<string, Sweeping>();
  private readonly underWay = new Set<Promise<void>>();
  private readonly soon = new Map<string, NodeJS.Timeout>();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly log: QueueLog,
    private readonly queue: StreamQueue,
    private readonly items: QueueItemReads,
    private readonly roster: Roster,
    @Inject(QUEUE_POLICY) private readonly policy: QueuePolicy,
  ) {
    log.onCommitted(({ tenantId }, events) => {
      if (events.some((event) => event.type === 'queue_item.requeued')) this.requestSoon(tenantId);
      else if (events.some(makesRoom)) this.request(tenantId);
    });
    // The replica that made room may have swept before our newest item was there.
    roster.onHeard((event) => {
      if (makesRoom(event)) this.request(event.tenant_id);
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    for (const timer of this.soon.values()) clearTimeout(timer);
    await Promise.all(this.underWay);
  }

  request(tenantId: string): void {
    const sweeping = this.sweeping.get(tenantId);
    if (sweeping) sweeping.again = true;
    else if (!this.isStopped) this.start(tenantId);
  }

  requestSoon(tenantId: string): void {
    if (this.soon.has(tenantId) || this.isStopped) return;
    const timer = setTimeout(() => {
      this.soon.delete(tenantId);
      this.request(tenantId);
    }, SOON_MS);
    this.soon.set(tenantId, timer);
  }

  private start(tenantId: string): void {
    const mine: Sweeping = { again: true };
    this.sweeping.set(tenantId, mine);
    const run = this.run(tenantId, mine).finally(() => {
      this.sweeping.delete(tenantId);
      this.underWay.delete(run);
    });
    this.underWay.add(run);
  }

  private async run(tenantId: string, mine: Sweeping): Promise<void> {
    while (mine.again && !this.isStopped) {
      mine.again = false;
      try {
        await this.sweep(tenantId);
      } catch (error) {
        // The next look tries again; nothing is lost by waiting for it.
        this.logger.warn({ err: error, tenant_id: tenantId }, 'Could not offer the waiting items');
      }
    }
  }

  private async look(): Promise<void> {
    try {
      for (const tenantId of await this.items.waitingTenants()) this.request(tenantId);
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not look for waiting items');
    }
  }

  private async sweep(tenantId: string): Promise<void> {
    const sought = await this.items.soughtNeeds(tenantId);
    if (sought.length === 0) return;
    const held = new Set<string>();
    let last: RankedSeeking | undefined;
    for (;;) {
      const { free } = await this.roster.online(tenantId);
      if (free.length === 0) return;
      const able = {
        requirements: sought.filter((needs) => free.some((agent) => meets(agent, needs))).map(requirementOf),
        targets: free.map((agent) => agent.agent_id),
      };
      const page = await this.items.seekingPage(tenantId, able, last, PAGE);
      for (const { item } of page) await this.offer(tenantId, item, held);
      if (page.length < PAGE || this.isStopped) return;
      last = page.at(-1);
    }
  }

  private async offer(tenantId: string, item: Seeking, held: Set<string>): Promise<void> {
    const { assignment } = this.policy;
    const { list } = await this.roster.online(tenantId);
    const now = this.log.nowIso();
    // A look before the turn is taken: most items of a page find nobody.
    if (chooseAgents(item, list, now, wantedBy(item), assignment, held).length === 0) {
      const hold = holdFor(item, list, now, assignment, held);
      if (hold !== undefined) held.add(hold);
      return;
    }
    await this.queue.run(assignmentTurn(tenantId), () => this.offerInTurn(tenantId, item, held));
  }

  private async offerInTurn(tenantId: string, item: Seeking, held: ReadonlySet<string>): Promise<void> {
    // 1. Load
    const work = this.log.begin(tenantId);
    const current = await work.item(item.handover_id);
    const online = await this.roster.online(tenantId);
    if (current.status !== 'WAITING') return;
    // 2. Decide
    try {
      const { assignment } = this.policy;
      for (const { agent_id } of chooseAgents(
        seekingOf(current),
        online.list,
        work.now,
        wantedBy(item),
        assignment,
        held,
      )) {
        work.knowAgent(agent_id, online.loaded(agent_id));
        await work.tellItem(item.handover_id, {
          type: 'Offer',
          offer_id: newId('offer'),
          agent_id,
          now: work.now,
        });
      }
    } catch (error) {
      // The item moved on since the page was read.
      if (isBatonError(error, 'conflict')) return;
      throw error;
    }
    // 3. Append
    const outcome = await this.log.commit(work, { actor: SYSTEM_ACTOR });
    if (outcome.kind !== 'conflict') return;
    this.roster.forget(tenantId);
    this.request(tenantId);
  }
}

const wantedBy = (item: Seeking): number => item.parallel - item.offered_to.length;

const makesRoom = ({ type, data }: RecordedEvent): boolean =>
  type === 'human_agent.capacity_freed' ||
  type === 'human_agent.updated' ||
  type === 'queue_item.relaxed' ||
  type === 'queue_item.rerouted' ||
  (type === 'human_agent.presence_changed' && data['status'] === 'ONLINE');
