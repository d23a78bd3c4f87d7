import { type Actor, type ConversationEvent, type RecordedEvent } from '@baton/contracts';
import type {
  Append,
  EventStore,
  IdempotencyRecord,
  InboxMark,
  Outcome,
  TimerRequest,
} from '@baton/event-store';

import { conversationDecider } from './conversation.decider.js';
import { conversationKeyId, conversationRef } from './conversation-ref.js';
import { ConversationProjection } from './conversation.projection.js';
import { AI_OWNER, type Conversation, isLive } from './conversation.state.js';
import { timersBetween } from './conversation.timers.js';
import { RecentConversations } from './recent-conversations.js';

/** A snapshot each so many events: reading a conversation of 10,000 costs what 10 do. */
const SNAPSHOT_EVERY = 40;
/** Among so many the messages of a turn that is due are looked for. */
const TRACED_EVENTS = 100;

export interface Loaded {
  readonly state: Conversation;
  readonly version: number;
}

export interface Commit {
  readonly tenantId: string;
  readonly conversationId: string;
  readonly before: Loaded;
  readonly events: readonly ConversationEvent[];
  readonly actor: Actor;
  readonly now: string;
  readonly correlationId?: string;
  readonly traceparent?: string;
  readonly idempotency?: readonly IdempotencyRecord[];
  readonly inbox?: InboxMark;
  /** What belongs to the same decision in other streams: the run's journal. */
  readonly with?: readonly Append[];
  readonly rows?: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly timers?: { readonly set?: readonly TimerRequest[]; readonly cancel?: readonly string[] };
}

/** What a conversation adds to a commit. */
export interface Part {
  readonly appends: readonly Append[];
  readonly rows: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly timers: { readonly set: readonly TimerRequest[]; readonly cancel: readonly string[] };
  readonly state: Conversation;
  readonly version: number;
  /** To be called once it is committed. */
  readonly committed: () => void;
}

/** Conversations in the log: the only file of this folder that stores them. */
export class ConversationRepository {
  private readonly recent = new RecentConversations();

  constructor(private readonly store: EventStore) {}

  /** As the log has it now. */
  async load(tenantId: string, conversationId: string): Promise<Loaded> {
    const loaded = await this.store.load(conversationRef(tenantId, conversationId), conversationDecider, {
      keyId: conversationKeyId(conversationId),
    });
    this.recent.put(tenantId, conversationId, loaded);
    return loaded;
  }

  /**
   * As this process saw it last, at `version` at least; else as the log has it. Good enough to decide on: a
   * commit on what is out of date is a conflict. Not good enough to refuse on.
   */
  async recall(tenantId: string, conversationId: string, version = 0): Promise<Loaded> {
    const known = this.recent.get(tenantId, conversationId);
    return known && known.version >= version ? known : this.load(tenantId, conversationId);
  }

  /** The traces that these messages came in, in their order; what the latest events do not tell is left out. */
  async tracesOf(
    tenantId: string,
    conversationId: string,
    version: number,
    messageIds: readonly string[],
  ): Promise<string[]> {
    const latest = await this.store.sealed.stream(conversationRef(tenantId, conversationId), {
      afterVersion: Math.max(0, version - TRACED_EVENTS),
      limit: TRACED_EVENTS,
      types: ['conversation.message_received'],
    });
    return latest.flatMap(({ data, metadata: { traceparent } }) =>
      traceparent !== undefined && messageIds.includes(data['message_id'] as string) ? [traceparent] : [],
    );
  }

  /** Appends the events and everything derived from them in one commit; on a conflict nothing is written. */
  async commit(
    commit: Commit,
  ): Promise<{ readonly outcome: Outcome; readonly state: Conversation; readonly version: number }> {
    const part = this.part(commit);
    const outcome = await this.store.transact({
      tenantId: commit.tenantId,
      now: commit.now,
      ...(commit.idempotency && { idempotency: commit.idempotency }),
      ...(commit.inbox && { inbox: commit.inbox }),
      timers: {
        set: [...(commit.timers?.set ?? []), ...part.timers.set],
        cancel: [...(commit.timers?.cancel ?? []), ...part.timers.cancel],
      },
      appends: [...part.appends, ...(commit.with ?? [])],
      rows: { ...commit.rows, ...part.rows },
    });
    if (outcome.kind === 'committed') part.committed();
    else this.recent.forget(commit.tenantId, commit.conversationId);
    return { outcome, state: part.state, version: part.version };
  }

  /** The conversation's part of a commit that another stream leads. */
  part(commit: Pick<Commit, 'tenantId' | 'conversationId' | 'before' | 'events' | 'actor' | 'now'>): Part {
    const { tenantId, conversationId, before, events } = commit;
    const projection = new ConversationProjection(before.state);
    const recorded = events.map((event, index) => this.project(projection, commit, event, index));
    const version = before.version + events.length;
    const due = Math.floor(version / SNAPSHOT_EVERY) > Math.floor(before.version / SNAPSHOT_EVERY);
    const state = projection.current;
    return {
      appends: [
        {
          ref: conversationRef(tenantId, conversationId),
          expectedVersion: before.version,
          events,
          metadata: (_event, index) => (recorded[index] as RecordedEvent).metadata,
          keyId: conversationKeyId(conversationId),
          ...(due && { snapshot: state }),
        },
      ],
      rows: { ...projection.rows() },
      timers: timersBetween(before.state, state),
      state,
      version,
      committed: () => this.recent.put(tenantId, conversationId, { state, version }),
    };
  }

  /** The event as it will be recorded, applied to the read models before it is. */
  private project(
    projection: ConversationProjection,
    commit: Omit<Commit, 'events'>,
    event: ConversationEvent,
    index: number,
  ): RecordedEvent {
    const after = conversationDecider.evolve(projection.current, { ...event, occurred_at: commit.now });
    const recorded: RecordedEvent = {
      event_id: '',
      tenant_id: commit.tenantId,
      stream_type: 'conversation',
      stream_id: commit.conversationId,
      version: commit.before.version + index + 1,
      type: event.type,
      schema_version: 1,
      data: event.data,
      metadata: {
        actor: commit.actor,
        owner: isLive(after) ? after.owner : AI_OWNER,
        owner_epoch: isLive(after) ? after.owner_epoch : 1,
        ...(commit.correlationId && { correlation_id: commit.correlationId }),
        ...(commit.traceparent && { traceparent: commit.traceparent }),
      },
      occurred_at: commit.now,
    };
    projection.apply(recorded);
    return recorded;
  }
}
