import type { HumanAgentEvent, QueueItemEvent } from '@baton/contracts';
import { type DomainEvent, fold, type Stamped, type Transaction } from '@baton/event-store';

import { DEFAULT_ASSIGNMENT_POLICY } from '../assignment/assignment-policy.js';
import { humanAgentDecider } from '../human-agent/human-agent.decider.js';
import type { HumanAgent } from '../human-agent/human-agent.state.js';
import type { QueuePolicy } from '../log/consequences.js';
import { type Loaded, type StreamReader, Work } from '../log/work.js';
import { queueItemDecider } from '../queue-item/queue-item.decider.js';
import type { QueueItem } from '../queue-item/queue-item.state.js';

export const POLICY: QueuePolicy = {
  wrapUpMs: 30_000,
  missedOffersLimit: 3,
  assignment: DEFAULT_ASSIGNMENT_POLICY,
};

/** The log of one tenant in memory, with the expected versions that the real one holds to. */
export class MemoryLog implements StreamReader {
  private readonly streams = new Map<string, Stamped<DomainEvent>[]>();

  constructor(private readonly policy = POLICY) {}

  begin(now: string): Work {
    return new Work(this, 'acme', now, this.policy);
  }

  commit(work: Work): Transaction {
    const transaction = work.transaction({ actor: { type: 'system', id: 'test' } });
    for (const { ref, expectedVersion, events } of transaction.appends) {
      const stream = this.stream(ref.streamType, ref.streamId);
      if (stream.length !== expectedVersion) throw new Error(`${ref.streamId} is at ${stream.length}`);
      stream.push(...events.map((event) => ({ ...event, occurred_at: transaction.now })));
    }
    return transaction;
  }

  loadItem(_tenantId: string, handoverId: string): Promise<Loaded<QueueItem>> {
    return Promise.resolve({
      state: this.item(handoverId),
      version: this.stream('queue_item', handoverId).length,
    });
  }

  loadAgent(_tenantId: string, agentId: string): Promise<Loaded<HumanAgent>> {
    return Promise.resolve({
      state: this.agent(agentId),
      version: this.stream('human_agent', agentId).length,
    });
  }

  item(handoverId: string): QueueItem {
    return fold(
      queueItemDecider,
      this.stream('queue_item', handoverId) as unknown as Stamped<QueueItemEvent>[],
    );
  }

  agent(agentId: string): HumanAgent {
    return fold(
      humanAgentDecider,
      this.stream('human_agent', agentId) as unknown as Stamped<HumanAgentEvent>[],
    );
  }

  private stream(type: string, id: string): Stamped<DomainEvent>[] {
    const key = `${type}/${id}`;
    const known = this.streams.get(key) ?? [];
    this.streams.set(key, known);
    return known;
  }
}
