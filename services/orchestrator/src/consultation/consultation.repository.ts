import { type Actor, type ConsultationEvent, type RecordedEvent, SYSTEM_ACTOR } from '@baton/contracts';
import type {
  Append,
  EventStore,
  IdempotencyRecord,
  Outcome,
  StreamRef,
  TimerRequest,
} from '@baton/event-store';

import { conversationKeyId } from '../conversation/conversation-ref.js';
import { consultationDecider } from './consultation.decider.js';
import { consultationRow } from './consultation.projection.js';
import type { Consultation, KnownConsultation } from './consultation.state.js';
import { type TimerChanges, timersOf } from './consultation.timers.js';

/** A snapshot each so many events: one of 10,000 messages is loaded like one of ten. */
const SNAPSHOT_EVERY = 40;

export interface LoadedConsultation {
  readonly state: Consultation;
  readonly version: number;
}

/** A consultation's part of a commit, which others may share. */
export interface ConsultationAppend {
  readonly append: Append;
  readonly rows: Rows;
  readonly timers: TimerChanges;
  readonly state: KnownConsultation;
  readonly version: number;
}

export interface ConsultationCommit {
  readonly tenantId: string;
  readonly part: ConsultationAppend;
  readonly now: string;
  readonly idempotency?: readonly IdempotencyRecord[] | undefined;
  /** What belongs to the same decision in other streams. */
  readonly with?: readonly Contribution[];
}

/** What another stream's part of a decision writes. */
export interface Contribution {
  readonly appends: readonly Append[];
  readonly rows: Rows;
  readonly timers: { readonly set?: readonly TimerRequest[]; readonly cancel?: readonly string[] };
}

type Rows = Readonly<Record<string, readonly Record<string, unknown>[]>>;

export const consultationRef = (tenantId: string, consultationId: string): StreamRef => ({
  tenantId,
  streamType: 'consultation',
  streamId: consultationId,
});

/** What is said about a conversation or a run is sealed with what it is about: one key, destroyed with it. */
export const consultationKeyId = (about: {
  readonly run_id: string | null;
  readonly conversation_id: string | null;
}): string =>
  about.conversation_id === null ? `run/${about.run_id ?? ''}` : conversationKeyId(about.conversation_id);

/** Consultations in the log: the only file of this folder that stores them. */
export class ConsultationRepository {
  constructor(private readonly store: Pick<EventStore, 'load' | 'transact' | 'readStream'>) {}

  load(tenantId: string, consultationId: string): Promise<LoadedConsultation> {
    return this.store.load(consultationRef(tenantId, consultationId), consultationDecider);
  }

  /** The consultation's part of a commit. */
  append(
    tenantId: string,
    before: LoadedConsultation,
    events: readonly ConsultationEvent[],
    now: string,
    actor: Actor = SYSTEM_ACTOR,
  ): ConsultationAppend {
    const state = events.reduce<Consultation>(
      (current, event) => consultationDecider.evolve(current, { ...event, occurred_at: now }),
      before.state,
    ) as KnownConsultation;
    const version = before.version + events.length;
    const isDue = Math.floor(version / SNAPSHOT_EVERY) > Math.floor(before.version / SNAPSHOT_EVERY);
    // Where the key was destroyed nothing personal is said, and nothing needs it.
    const isSealed = events.some(({ type }) => type === 'consultation.message');
    return {
      append: {
        ref: consultationRef(tenantId, state.consultation_id),
        expectedVersion: before.version,
        events,
        metadata: { actor },
        ...(isSealed && { keyId: consultationKeyId(state) }),
        ...(isDue && isSealed && { snapshot: state }),
      },
      rows: { consultations: [consultationRow(tenantId, state, version)] },
      timers: timersOf(state, now),
      state,
      version,
    };
  }

  commit({ tenantId, part, now, idempotency, with: others = [] }: ConsultationCommit): Promise<Outcome> {
    return this.store.transact({
      tenantId,
      now,
      ...(idempotency && { idempotency }),
      // In the order of every commit that they share: two of them never wait for each other.
      appends: [...others.flatMap(({ appends }) => appends), part.append],
      rows: rowsOf([part, ...others]),
      timers: {
        set: [...part.timers.set, ...others.flatMap(({ timers }) => timers.set ?? [])],
        cancel: [...part.timers.cancel, ...others.flatMap(({ timers }) => timers.cancel ?? [])],
      },
    });
  }

  /** Messages behind a version, oldest first; `[erased]` where the key is gone. */
  messages(
    tenantId: string,
    consultationId: string,
    afterVersion: number,
    limit: number,
  ): Promise<RecordedEvent[]> {
    return this.store.readStream(consultationRef(tenantId, consultationId), {
      afterVersion,
      limit,
      types: ['consultation.message'],
    });
  }
}

/** The rows of several parts, table by table. */
export const rowsOf = (parts: readonly { readonly rows: Rows }[]): Rows => {
  const together: Record<string, Record<string, unknown>[]> = {};
  for (const { rows } of parts)
    for (const [table, list] of Object.entries(rows)) (together[table] ??= []).push(...list);
  return together;
};
