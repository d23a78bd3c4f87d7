import { currentCallContext } from '@baton/bus';
import type { Actor, EventMetadata, RecordedEvent } from '@baton/contracts';
import {
  EventStore,
  type IdempotencyRecord,
  type InboxMark,
  type Outcome,
  type TimerRequest,
  withRetry,
} from '@baton/event-store';
import { Clock } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import { humanAgentDecider } from '../human-agent/human-agent.decider.js';
import type { HumanAgent } from '../human-agent/human-agent.state.js';
import { queueItemDecider } from '../queue-item/queue-item.decider.js';
import type { QueueItem } from '../queue-item/queue-item.state.js';
import type { QueuePolicy } from './consequences.js';
import { agentRef, itemRef, type Loaded, type StreamReader, Work } from './work.js';

export const QUEUE_POLICY = Symbol('QUEUE_POLICY');

/** Who caused a change, and with what it is settled. */
export interface CommitOptions {
  readonly actor: Actor;
  readonly correlationId?: string;
  readonly causationId?: string;
  readonly inbox?: InboxMark;
  readonly idempotency?: readonly IdempotencyRecord[];
  /** Write the inbox position or the idempotency record even where nothing else changes. */
  readonly evenIfEmpty?: boolean;
}

export type CommitListener = (work: Work, events: readonly RecordedEvent[]) => void;

/** The log of items and agents: units of work begin, read and are committed here. */
@Injectable()
export class QueueLog implements StreamReader {
  private readonly listeners: CommitListener[] = [];

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    @Inject(QUEUE_POLICY) private readonly policy: QueuePolicy,
  ) {}

  /** Told after each commit of this process, before the caller goes on. */
  onCommitted(listener: CommitListener): void {
    this.listeners.push(listener);
  }

  begin(tenantId: string): Work {
    return new Work(this, tenantId, this.clock.nowIso(), this.policy);
  }

  nowIso(): string {
    return this.clock.nowIso();
  }

  /** Epoch milliseconds; for deadlines of work that no caller waits for. */
  deadlineIn(ms: number): number {
    return this.clock.nowMs() + ms;
  }

  /** Begins anew for as long as others get in between; see `withRetry`. */
  settle<T extends { readonly outcome: Outcome }>(deadline: number, attempt: () => Promise<T>) {
    return withRetry(deadline, attempt, { nowMs: () => this.clock.nowMs() });
  }

  async commit(work: Work, options: CommitOptions): Promise<Outcome> {
    if (work.isEmpty && !options.evenIfEmpty) return { kind: 'committed', events: [] };
    const outcome = await this.store.transact(
      work.transaction(metadataOf(options), {
        ...(options.inbox && { inbox: options.inbox }),
        ...(options.idempotency && { idempotency: options.idempotency }),
      }),
    );
    if (outcome.kind === 'committed') {
      for (const listener of this.listeners) listener(work, outcome.events);
    }
    return outcome;
  }

  /** Sets a timer for which nothing happened. */
  async remind(tenantId: string, timer: TimerRequest): Promise<void> {
    await this.store.transact({
      tenantId,
      now: this.clock.nowIso(),
      appends: [],
      timers: { set: [timer] },
    });
  }

  loadItem(tenantId: string, handoverId: string): Promise<Loaded<QueueItem>> {
    return this.store.load(itemRef(tenantId, handoverId), queueItemDecider);
  }

  loadAgent(tenantId: string, agentId: string): Promise<Loaded<HumanAgent>> {
    return this.store.load(agentRef(tenantId, agentId), humanAgentDecider);
  }
}

const metadataOf = (options: CommitOptions): EventMetadata => {
  const traceparent = currentCallContext()?.traceparent;
  return {
    actor: options.actor,
    ...(options.correlationId !== undefined && { correlation_id: options.correlationId }),
    ...(options.causationId !== undefined && { causation_id: options.causationId }),
    ...(traceparent !== undefined && { traceparent }),
  };
};
