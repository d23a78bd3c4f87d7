/** What the store sends to `transact`, one item of a batch. */
export interface Item {
  readonly tenant: string;
  readonly now: string;
  readonly idempotency?: readonly {
    readonly scope: string;
    readonly bodyHash: string;
    readonly answer: unknown;
    readonly subject?: string;
    readonly keepMs?: number;
  }[];
  readonly inbox?: InboxKey & { readonly expected: number; readonly version: number };
  readonly appends: readonly {
    readonly streamType: string;
    readonly streamId: string;
    readonly partition: number;
    readonly expectedVersion: number;
    readonly events: readonly {
      readonly version: number;
      readonly eventId: string;
      readonly type: string;
      readonly schemaVersion: number;
      readonly data: Record<string, unknown>;
      readonly metadata: Record<string, unknown>;
    }[];
    readonly snapshot?: { readonly version: number; readonly state: unknown };
  }[];
  readonly keys?: readonly { readonly keyId: string; readonly wrapped: string }[];
  readonly rows?: Readonly<Record<string, readonly Record<string, unknown>[]>>;
  readonly timers?: {
    readonly set?: readonly {
      readonly timerId: string;
      readonly kind: string;
      readonly dueAt: string;
      readonly payload: Record<string, unknown>;
    }[];
    readonly cancel?: readonly string[];
  };
}

export interface InboxKey {
  readonly consumer: string;
  readonly streamType: string;
  readonly streamId: string;
}

export type Verdict =
  | { readonly kind: 'committed'; readonly positions: readonly number[] }
  | { readonly kind: 'conflict'; readonly stream: string; readonly version: number }
  | {
      readonly kind: 'replayed';
      readonly scope: string;
      readonly bodyHash: string;
      readonly answer: unknown;
    }
  | { readonly kind: 'handled-already'; readonly version: number };

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
