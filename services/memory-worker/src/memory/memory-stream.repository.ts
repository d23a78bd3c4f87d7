import { type EventMetadata, type MemoryEvent, type RecordedEvent, SYSTEM_ACTOR } from '@baton/contracts';
import {
  EventStore,
  type InboxMark,
  type Outcome,
  StreamQueue,
  type StreamRef,
  withRetry,
} from '@baton/event-store';
import { Clock } from '@baton/service';
import { Inject, Injectable } from '@nestjs/common';

import { VECTOR_STORE, type VectorStore } from '../retrieval/vector-store.js';
import { MemoryMetrics } from '../telemetry/memory-metrics.js';
import type { MemoryCommand } from './memory.commands.js';
import { memoryDecider } from './memory.decider.js';
import { memoryRows } from './memory.projection.js';
import type { MemoryState } from './memory.state.js';

/** Conversations whose state is kept: a turn of one of these needs no read. A few hundred bytes each. */
const KNOWN_CONVERSATIONS = 5000;
const SNAPSHOT_EVERY = 32;
const CONFLICTS_END_MS = 10_000;

export interface Loaded {
  readonly state: MemoryState;
  readonly version: number;
}

export interface Change {
  readonly tenantId: string;
  readonly conversationId: string;
  readonly command: MemoryCommand;
  /** The position that moves with it, where an event led here. */
  readonly mark?: InboxMark;
  readonly cause?: RecordedEvent;
}

/** A conversation's memory stream: load, decide, append with the read model's rows. */
@Injectable()
export class MemoryStreamRepository {
  private readonly known = new Map<string, Loaded>();

  constructor(
    private readonly store: EventStore,
    private readonly queue: StreamQueue,
    private readonly clock: Clock,
    private readonly metrics: MemoryMetrics,
    @Inject(VECTOR_STORE) private readonly vectors: VectorStore,
  ) {}

  /** State and version, from this process's own last change where there is one. */
  async load(tenantId: string, conversationId: string): Promise<Loaded> {
    return this.known.get(keyOf(tenantId, conversationId)) ?? this.loadNow(tenantId, conversationId);
  }

  /** State and version as the log has them: another replica may have written since. */
  async loadNow(tenantId: string, conversationId: string): Promise<Loaded> {
    const loaded = await this.store.load(streamOf(tenantId, conversationId), memoryDecider);
    this.keep(tenantId, conversationId, loaded);
    return loaded;
  }

  /** Nothing is remembered of a conversation whose first event was just seen: its first turn needs no read. */
  assumeNew(tenantId: string, conversationId: string): void {
    if (this.known.has(keyOf(tenantId, conversationId))) return;
    this.keep(tenantId, conversationId, { state: memoryDecider.initialState(), version: 0 });
  }

  /**
   * Decides the command on the state as it is and writes what follows, the rows and the mark, in one
   * transaction; again where others came between.
   */
  change(change: Change): Promise<Outcome> {
    const ref = streamOf(change.tenantId, change.conversationId);
    return this.queue.run(ref, async () => {
      const { outcome } = await withRetry(
        this.clock.now().getTime() + CONFLICTS_END_MS,
        async () => ({
          outcome: await this.attempt(ref, change),
        }),
        { nowMs: () => this.clock.now().getTime() },
      );
      return outcome;
    });
  }

  /** Moves the position and writes nothing: there was nothing to remember. */
  async markOnly(tenantId: string, mark: InboxMark): Promise<Outcome> {
    return this.store.transact({ tenantId, now: this.clock.nowIso(), inbox: mark, appends: [] });
  }

  private async attempt(ref: StreamRef, change: Change): Promise<Outcome> {
    // 1. load
    const { state, version } = await this.load(change.tenantId, change.conversationId);
    // 2. decide
    const events = memoryDecider.decide(change.command, state);
    if (events.length === 0 && !change.mark) return { kind: 'committed', events: [] };
    const now = this.clock.nowIso();
    const recorded = events.map((event, index) => ({
      ...event,
      version: version + index + 1,
      occurred_at: now,
    }));
    const next = recorded.reduce<MemoryState>(
      (current, event) => memoryDecider.evolve(current, event),
      state,
    );
    // 3. append, with the rows and the mark
    const outcome = await this.store
      .transact({
        tenantId: change.tenantId,
        now,
        ...(change.mark && { inbox: change.mark }),
        appends: events.length === 0 ? [] : [this.append(ref, version, events, next, change.cause)],
        rows: memoryRows(change.tenantId, recorded, (embedding) => this.vectors.rowValue(embedding)),
      })
      .catch((error: unknown) => {
        // Whether it was written is not known.
        this.known.delete(keyOf(change.tenantId, change.conversationId));
        throw error;
      });
    // 4. remember where the stream stands
    if (outcome.kind === 'committed') {
      this.keep(change.tenantId, change.conversationId, { state: next, version: version + events.length });
      this.metrics.committed(events.map((event) => event.type));
    } else {
      this.known.delete(keyOf(change.tenantId, change.conversationId));
    }
    return outcome;
  }

  private append(
    ref: StreamRef,
    version: number,
    events: readonly MemoryEvent[],
    next: MemoryState,
    cause: RecordedEvent | undefined,
  ) {
    const through = version + events.length;
    const forgotten = next.status === 'FORGOTTEN';
    return {
      ref,
      expectedVersion: version,
      events,
      metadata: metadataOf(cause),
      // The key of what is forgotten is destroyed, and nothing personal is left to seal.
      ...(!forgotten && { keyId: `conversation/${ref.streamId}` }),
      ...((forgotten || Math.floor(through / SNAPSHOT_EVERY) > Math.floor(version / SNAPSHOT_EVERY)) && {
        snapshot: next,
      }),
    };
  }

  private keep(tenantId: string, conversationId: string, loaded: Loaded): void {
    const key = keyOf(tenantId, conversationId);
    this.known.delete(key);
    this.known.set(key, loaded);
    if (this.known.size <= KNOWN_CONVERSATIONS) return;
    const oldest = this.known.keys().next().value;
    if (oldest !== undefined) this.known.delete(oldest);
  }
}

const keyOf = (tenantId: string, conversationId: string): string => `${tenantId}/${conversationId}`;

export const streamOf = (tenantId: string, conversationId: string): StreamRef => ({
  tenantId,
  streamType: 'memory',
  streamId: conversationId,
});

const metadataOf = (cause: RecordedEvent | undefined): EventMetadata => ({
  actor: SYSTEM_ACTOR,
  ...(cause && { causation_id: cause.event_id }),
  ...(cause?.metadata.correlation_id !== undefined && { correlation_id: cause.metadata.correlation_id }),
});
