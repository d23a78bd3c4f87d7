/** What the store sends to `commit_batch`: the rows of one tenant's items. */
export interface Part {
  readonly tenant: string;
  readonly now: string;
  readonly idempotency?: readonly {
    readonly item: number;
    readonly at: string;
    readonly scope: string;
    readonly body_hash: string;
    readonly answer: unknown;
    readonly subject: string | null;
    readonly expires_at: string | null;
  }[];
  readonly inbox?: readonly (InboxKey & {
    readonly item: number;
    readonly expected: number;
    readonly version: number;
  })[];
  readonly streams?: readonly {
    readonly item: number;
    readonly stream_type: string;
    readonly stream_id: string;
    readonly expected: number;
  }[];
  readonly events?: readonly Omit<MemoryEvent, 'global_position' | 'tenant_id' | 'xid'>[];
  /** Of each event. */
  readonly partitions?: readonly number[];
  readonly data_keys?: readonly { readonly key_id: string; readonly wrapped: string }[];
  readonly snapshots?: readonly {
    readonly stream_type: string;
    readonly stream_id: string;
    readonly version: number;
    readonly state: unknown;
  }[];
  readonly timers?: readonly {
    readonly timer_id: string;
    readonly kind: string;
    readonly due_at: string;
    readonly payload: Record<string, unknown>;
  }[];
  readonly timers_cancelled?: readonly string[];
  readonly rows?: Readonly<Record<string, readonly Record<string, unknown>[]>>;
}

export interface InboxKey {
  readonly consumer: string;
  readonly stream_type: string;
  readonly stream_id: string;
}

export type Refusal = { readonly item: number } & (
  | { readonly kind: 'conflict' }
  | {
      readonly kind: 'replayed';
      readonly scope: string;
      readonly bodyHash: string;
      readonly answer: unknown;
    }
  | { readonly kind: 'handled-already'; readonly version: number }
);

/** Everything was written, or nothing and for whose sake. */
export type Answer = { readonly positions: readonly number[] } | { readonly refused: readonly Refusal[] };

/** A row of `events`. */
export interface MemoryEvent {
  readonly global_position: number;
  readonly tenant_id: string;
  readonly stream_type: string;
  readonly stream_id: string;
  readonly version: number;
  readonly event_id: string;
  readonly type: string;
  readonly schema_version: number;
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly occurred_at: string;
  readonly xid: number;
}

export interface MemoryTimer {
  readonly tenant: string;
  readonly timerId: string;
  readonly kind: string;
  readonly payload: Record<string, unknown>;
  readonly dueAt: number;
  readonly attempts: number;
  /** Milliseconds since 1970, made unlike any other claim. */
  readonly claimedUntil: number | null;
}

/** As node-pg throws it. */
export class SqlError extends Error {
  override readonly name = 'SqlError';

  constructor(
    /** SQLSTATE. */
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}
