import type { EventMetadata, RecordedEvent } from '@baton/contracts';

import type { DomainEvent } from './decider.js';
import type { StreamRef } from './stream-ref.js';

/** How long an `Idempotency-Key` is kept; a conversation's turn ids are kept for ever. */
export const IDEMPOTENCY_KEEP_MS = 24 * 60 * 60 * 1000;

export interface IdempotencyRecord {
  /** What the key is unique within: tenant is implied; route, caller and key, or conversation and turn id. */
  readonly scope: string;
  readonly bodyHash: string;
  /** Given again for the same key and body; never personal content unless `subject` says whose. */
  readonly answer: unknown;
  /** Data key id of the stream whose erasure deletes this row. */
  readonly subject?: string;
  /** Absent: kept for ever. */
  readonly keepMs?: number;
}

/** Where a consumer stands in one source stream; moved in the transaction of its effect. */
export interface InboxMark {
  readonly consumer: string;
  readonly source: StreamRef;
  /** The version this consumer handled last. */
  readonly expected: number;
  readonly version: number;
}

export interface Append {
  readonly ref: StreamRef;
  /** 0: the stream must be new. */
  readonly expectedVersion: number;
  readonly events: readonly DomainEvent[];
  /** One for all, or one for each event. */
  readonly metadata: EventMetadata | ((event: DomainEvent, index: number) => EventMetadata);
  /** Data key that seals the personal fields; without it an event with personal fields is refused. */
  readonly keyId?: string;
  /** The state after these events, to read the stream faster; sealed with the data key where there is one. */
  readonly snapshot?: unknown;
}

export interface TimerRequest {
  /** Setting a timer with an id that is there moves it. */
  readonly timerId: string;
  readonly kind: string;
  readonly dueAt: string;
  readonly payload: Record<string, unknown>;
}

/** Everything that one decision changes: written in one commit, or not at all. */
export interface Transaction {
  readonly tenantId: string;
  /** When it happened, by the database's clock: `occurred_at` of each event. */
  readonly now: string;
  readonly idempotency?: readonly IdempotencyRecord[];
  readonly inbox?: InboxMark;
  readonly appends: readonly Append[];
  /** Full rows of read models, upserted by the service's `apply_rows`. */
  readonly rows?: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly timers?: { readonly set?: readonly TimerRequest[]; readonly cancel?: readonly string[] };
}

export type Outcome =
  | { readonly kind: 'committed'; readonly events: readonly RecordedEvent[] }
  /** A stream is at another version: load, decide again. */
  | { readonly kind: 'conflict' }
  /** An idempotency key was used before; nothing was written. */
  | { readonly kind: 'replayed'; readonly scope: string; readonly bodyHash: string; readonly answer: unknown }
  /** This consumer is past that event; nothing was written. */
  | { readonly kind: 'handled-already'; readonly version: number };
