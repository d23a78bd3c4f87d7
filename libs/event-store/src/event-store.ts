import type { RecordedEvent } from '@baton/contracts';
import {
  BATON_ATTRIBUTES,
  DB_ATTRIBUTES,
  isTracing,
  type OpenSpan,
  spanned,
  type SpanSettings,
} from '@baton/service';

import { Committer } from './committer.js';
import { crashPoint } from './crash-point.js';
import type { Decider } from './decider.js';
import type { Keyring } from './keyring.js';
import type { LogDatabase } from './log-database.js';
import { LogReader, type ReadOptions } from './log-reader.js';
import { Recorder } from './recorder.js';
import { isSealed } from './sealing.js';
import { stamped, toRecorded } from './stored-event.js';
import { openKey, StreamLoader } from './stream-loader.js';
import type { StreamRef } from './stream-ref.js';
import type { Outcome, Transaction } from './transaction.js';

export interface EventStoreOptions {
  readonly newEventId: () => string;
  /** Wraps the data keys that this log makes; absent where another service keeps the keys. */
  readonly kek?: Buffer;
  /** Told after each commit that left something to publish. */
  readonly onCommitted?: (events: readonly RecordedEvent[], dueTimers: readonly string[]) => void;
}

/** The append-only log of one service: append with expected versions, load, read. */
export class EventStore {
  private readonly recorder: Recorder;
  private readonly committer: Committer;
  private readonly loader: StreamLoader;
  /** Pages, sealed as they are stored. */
  readonly sealed: LogReader;
  private readonly listeners: ((events: readonly RecordedEvent[]) => void)[] = [];

  constructor(
    private readonly database: LogDatabase,
    readonly keyring: Keyring,
    private readonly options: EventStoreOptions,
  ) {
    this.recorder = new Recorder(keyring, options.newEventId, options.kek);
    this.committer = new Committer(database);
    this.loader = new StreamLoader(database);
    this.sealed = new LogReader(database);
  }

  /** Hears of each commit of this process; personal fields are sealed. */
  whenCommitted(listener: (events: readonly RecordedEvent[]) => void): void {
    this.listeners.push(listener);
  }

  /**
   * Writes a transaction in one statement and one commit, shared with other callers' where they come together.
   * @throws BatonError `validation-failed` for an event that breaks its schema (a bug), `erased` where the data
   * key was destroyed, `unavailable` where the database did not say whether it committed
   */
  async transact(transaction: Transaction): Promise<Outcome> {
    if (!isTracing()) return this.commitOne(transaction);
    return spanned('commit', { attributes: this.spanAttributes(transaction) }, (span) =>
      this.commitOne(transaction, span),
    );
  }

  private async commitOne(transaction: Transaction, span?: OpenSpan): Promise<Outcome> {
    const { item, recorded } = await this.recorder.prepare(transaction);
    crashPoint('store.before_commit');
    const verdict = await this.committer.commit(item);
    crashPoint('store.after_commit');
    span?.set({ [BATON_ATTRIBUTES.verdict]: verdict.kind });
    for (const append of transaction.appends) {
      if (append.keyId === undefined) continue;
      if (verdict.kind === 'committed') this.keyring.saved(transaction.tenantId, append.keyId);
      else if (this.keyring.unsavedKey(transaction.tenantId, append.keyId))
        this.keyring.forget(transaction.tenantId, append.keyId);
    }
    if (verdict.kind !== 'committed') return verdict;
    const events = recorded.map((event, index) => ({
      ...event,
      global_position: verdict.positions[index] as number,
    }));
    for (const listener of this.listeners) listener(events);
    this.options.onCommitted?.(
      events,
      (transaction.timers?.set ?? []).map((timer) => timer.dueAt),
    );
    return { kind: 'committed', events };
  }

  private spanAttributes({ tenantId, appends, inbox }: Transaction): NonNullable<SpanSettings['attributes']> {
    return {
      [DB_ATTRIBUTES.system]: 'postgresql',
      [DB_ATTRIBUTES.operation]: 'commit_batch',
      [DB_ATTRIBUTES.namespace]: this.database.schema,
      [BATON_ATTRIBUTES.tenant]: tenantId,
      [BATON_ATTRIBUTES.events]: appends.flatMap(({ events }) => events.map(({ type }) => type)),
      ...(inbox && { [BATON_ATTRIBUTES.inbox]: inbox.consumer }),
    };
  }

  /** State and version of a stream: its snapshot and the events behind it, in a round trip shared with other callers'. */
  async load<E, S>(
    ref: StreamRef,
    decider: Pick<Decider<never, E, S>, 'initialState' | 'evolve'>,
    options: { readonly keyId?: string } = {},
  ): Promise<{ readonly state: S; readonly version: number }> {
    const loaded = await this.loader.load({
      tenant: ref.tenantId,
      stream_type: ref.streamType,
      stream_id: ref.streamId,
      key_id: options.keyId ?? null,
    });
    if (options.keyId !== undefined && this.options.kek) {
      this.keyring.prime(
        ref.tenantId,
        options.keyId,
        loaded.key === null ? undefined : openKey(loaded.key.wrapped, this.options.kek),
      );
    }
    let state = decider.initialState();
    let version = 0;
    if (loaded.snapshot) {
      state = (await this.keyring.open(ref.tenantId, loaded.snapshot.state)) as S;
      version = loaded.snapshot.version;
      // The key of a sealed snapshot is gone: its events still tell everything but the personal fields.
      if (isSealed(loaded.snapshot.state) && typeof state === 'string') {
        return this.foldWhole(ref, decider);
      }
    }
    for (const stored of loaded.events) {
      const event = await this.keyring.openEvent(toRecorded(stored));
      state = decider.evolve(state, stamped<E>(event));
      version = event.version;
    }
    return { state, version };
  }

  /** A page of one stream, oldest first, personal fields in plain text (`[erased]` where the key is gone). */
  async readStream(ref: StreamRef, options: ReadOptions = {}): Promise<RecordedEvent[]> {
    const events = await this.sealed.stream(ref, options);
    return Promise.all(events.map((event) => this.keyring.openEvent(event)));
  }

  private async foldWhole<E, S>(
    ref: StreamRef,
    decider: Pick<Decider<never, E, S>, 'initialState' | 'evolve'>,
  ): Promise<{ readonly state: S; readonly version: number }> {
    let state = decider.initialState();
    let version = 0;
    for (;;) {
      const events = await this.readStream(ref, { afterVersion: version, limit: 1000 });
      for (const event of events) state = decider.evolve(state, stamped<E>(event));
      version = events.at(-1)?.version ?? version;
      if (events.length < 1000) return { state, version };
    }
  }
}
