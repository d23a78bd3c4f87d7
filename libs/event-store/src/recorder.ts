import type { KeyObject } from 'node:crypto';

import {
  BatonError,
  eventDefinition,
  type EventMetadata,
  type RecordedEvent,
  toFieldErrors,
} from '@baton/contracts';
import { currentTraceparent } from '@baton/service';

import type { CommitItem } from './commit-batch.js';
import type { DomainEvent } from './decider.js';
import { type Keyring, wrapKey } from './keyring.js';
import { seal, sealPersonal } from './sealing.js';
import { type StreamRef, streamPartition } from './stream-ref.js';
import type { Append, Transaction } from './transaction.js';

/** A transaction as it is written, and its events as others will know them once their places are known. */
export interface Prepared {
  readonly item: CommitItem;
  readonly recorded: RecordedEvent[];
}

/** Makes rows of a transaction: checks its events, seals what is personal in them, and says what is to be written. */
export class Recorder {
  constructor(
    private readonly keyring: Keyring,
    private readonly newEventId: () => string,
    /** Wraps the data keys that this log makes. */
    private readonly kek: Buffer | undefined,
  ) {}

  /** @throws BatonError `internal` for an event that breaks its schema (a bug), `erased` where its key was destroyed */
  async prepare(transaction: Transaction): Promise<Prepared> {
    const { tenantId, now, inbox, timers } = transaction;
    const recorded: RecordedEvent[] = [];
    const partitions: number[] = [];
    const data_keys: { key_id: string; wrapped: string }[] = [];
    const snapshots: Record<string, unknown>[] = [];
    for (const append of transaction.appends) {
      const key = await this.keyOf(tenantId, append, data_keys);
      const partition = streamPartition(append.ref);
      for (const [index, event] of append.events.entries()) {
        recorded.push(this.record(transaction, append, event, index, key));
        partitions.push(partition);
      }
      if (append.snapshot !== undefined) {
        snapshots.push({
          ...streamColumns(append.ref),
          version: append.expectedVersion + append.events.length,
          state:
            key && append.keyId !== undefined
              ? seal(append.snapshot, tenantId, append.keyId, key)
              : append.snapshot,
        });
      }
    }
    const item: CommitItem = {
      tenant: tenantId,
      now,
      idempotency: (transaction.idempotency ?? []).map(({ scope, bodyHash, answer, subject, keepMs }) => ({
        scope,
        body_hash: bodyHash,
        answer,
        subject: subject ?? null,
        expires_at: keepMs === undefined ? null : new Date(Date.parse(now) + keepMs).toISOString(),
      })),
      inbox: inbox
        ? [
            {
              ...streamColumns(inbox.source),
              consumer: inbox.consumer,
              expected: inbox.expected,
              version: inbox.version,
            },
          ]
        : [],
      streams: transaction.appends.map(({ ref, expectedVersion }) => ({
        ...streamColumns(ref),
        expected: expectedVersion,
      })),
      events: recorded.map(({ tenant_id: _, occurred_at: __, ...columns }) => columns),
      partitions,
      data_keys,
      snapshots,
      timers: (timers?.set ?? []).map(({ timerId, kind, dueAt, payload }) => ({
        timer_id: timerId,
        kind,
        due_at: dueAt,
        payload,
      })),
      timers_cancelled: timers?.cancel ?? [],
      rows: transaction.rows ?? {},
    };
    return { item, recorded };
  }

  private async keyOf(
    tenantId: string,
    append: Append,
    dataKeys: { key_id: string; wrapped: string }[],
  ): Promise<KeyObject | undefined> {
    const { keyId } = append;
    if (keyId === undefined) return undefined;
    const key = await this.keyring.keyForSealing(tenantId, keyId);
    const unsaved = this.keyring.unsavedKey(tenantId, keyId);
    if (unsaved && this.kek && !dataKeys.some((known) => known.key_id === keyId))
      dataKeys.push({ key_id: keyId, wrapped: wrapKey(unsaved, this.kek) });
    return key;
  }

  private record(
    transaction: Transaction,
    append: Append,
    event: DomainEvent,
    index: number,
    key: KeyObject | undefined,
  ): RecordedEvent {
    const definition = eventDefinition(event.type);
    if (!definition) throw new Error(`${event.type} is not in the contracts`);
    const parsed = definition.schema.safeParse(event.data);
    if (!parsed.success) {
      throw new BatonError('internal', `${event.type} breaks its schema`, {
        errors: toFieldErrors(parsed.error),
      });
    }
    const metadata = traced(
      typeof append.metadata === 'function' ? append.metadata(event, index) : append.metadata,
    );
    return {
      event_id: this.newEventId(),
      tenant_id: transaction.tenantId,
      stream_type: append.ref.streamType,
      stream_id: append.ref.streamId,
      version: append.expectedVersion + index + 1,
      type: event.type,
      schema_version: definition.version,
      data: sealPersonal(event.type, parsed.data, (value) => {
        if (!key || append.keyId === undefined)
          throw new Error(`${event.type} has personal fields and no key`);
        return seal(value, transaction.tenantId, append.keyId, key);
      }),
      metadata: append.keyId === undefined ? metadata : { ...metadata, key_id: append.keyId },
      occurred_at: transaction.now,
    };
  }
}

/** Whoever hears of the event goes on in the trace of the work that recorded it. */
const traced = (metadata: EventMetadata): EventMetadata => {
  const traceparent = metadata.traceparent ?? currentTraceparent();
  return traceparent === undefined ? metadata : { ...metadata, traceparent };
};

const streamColumns = (ref: StreamRef): { stream_type: string; stream_id: string } => ({
  stream_type: ref.streamType,
  stream_id: ref.streamId,
});
