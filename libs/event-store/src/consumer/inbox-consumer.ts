import { type LogPage, type RecordedEvent, toWireError } from '@baton/contracts';

import { crashPoint } from '../crash-point.js';
import type { Keyring } from '../keyring.js';
import { type StreamRef, streamKey, streamOf } from '../stream-ref.js';
import { StreamQueue } from '../stream-queue.js';
import type { InboxMark, Outcome } from '../transaction.js';
import type { InboxRepository } from './inbox-repository.js';

export interface InboxConsumerOptions {
  /** Its durable name: what positions, failures and dead letters are kept under. */
  readonly consumer: string;
  readonly streamTypes: readonly string[];
  /** The event types that have an effect here; the others only move the position. */
  readonly types: ReadonlySet<string>;
  /**
   * One event, opened, in the order of its stream. Its transaction carries `mark`; `skipped` where there is
   * nothing to write.
   */
  readonly handle: (event: RecordedEvent, mark: InboxMark) => Promise<Outcome | 'skipped'>;
  /** Reads the owner's log: one stream behind a version, or all of it behind a cursor. */
  readonly readStream: (
    ref: StreamRef,
    afterVersion: number,
    limit: number,
  ) => Promise<readonly RecordedEvent[]>;
  readonly readLog: (after: string | null, limit: number) => Promise<LogPage>;
  readonly onError: (error: unknown, event: RecordedEvent | undefined) => void;
  readonly onDeadLetter: (event: RecordedEvent, reason: string) => void;
  /** After this many failures the stream is parked in this consumer, and only there. */
  readonly maxFailures?: number;
  readonly sweepMs?: number;
}

interface Position {
  /** What the database says was handled. */
  stored: number;
  /** Up to here this process has seen every event. */
  seen: number;
  parked: boolean;
}

const KNOWN_STREAMS = 50_000;
const PAGE = 500;

/**
 * A durable consumer that is exactly once in its effects: a message only says that an event exists. Each
 * stream is taken in order; a gap is read from the owner of the log, a repeat is skipped; the position moves
 * in the transaction of the effect. What never came by the bus is found by the sweep, which reads the log
 * itself: JetStream may lose everything and nothing is lost.
 */
export class InboxConsumer {
  private readonly positions = new Map<string, Position>();
  private readonly queue = new StreamQueue();
  private sweeping: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: InboxConsumerOptions,
    private readonly repository: InboxRepository,
    private readonly keyring: Keyring,
  ) {}

  start(): void {
    const everyMs = this.options.sweepMs ?? 30_000;
    this.timer ??= setInterval(() => this.catchUp(), everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Handles a message of the bus; throws where it should come again. */
  receive(event: RecordedEvent): Promise<void> {
    const ref = streamOf(event);
    return this.queue.run(ref, () => this.receiveInTurn(ref, event));
  }

  /** Reads the owner's log from where this consumer last did, now. */
  catchUp(): void {
    this.sweeping ??= this.sweep()
      .catch((error: unknown) => this.options.onError(error, undefined))
      .finally(() => (this.sweeping = undefined));
  }

  /** Forgets what this process knows of a stream: a dead letter was replayed or dropped. */
  forget(ref: StreamRef): void {
    this.positions.delete(streamKey(ref));
  }

  private async receiveInTurn(ref: StreamRef, event: RecordedEvent): Promise<void> {
    let position = await this.position(ref, event.version);
    while (!position.parked && event.version > position.seen) {
      position = await this.bringTo(ref, event, position);
    }
  }

  /** One pass: the gap before the event, then the event; again where another replica was quicker. */
  private async bringTo(ref: StreamRef, event: RecordedEvent, from: Position): Promise<Position> {
    let position = from;
    while (event.version > position.seen + 1) {
      const missed = await this.options.readStream(ref, position.seen, PAGE);
      if (missed.length === 0)
        throw new Error(`${streamKey(ref)} has no event behind version ${position.seen}`);
      for (const each of missed) {
        if (each.version >= event.version) break;
        if (each.version <= position.seen) continue;
        position = await this.take(ref, each, position);
        if (position.parked) return position;
      }
    }
    return event.version > position.seen ? this.take(ref, event, position) : position;
  }

  private async take(ref: StreamRef, event: RecordedEvent, position: Position): Promise<Position> {
    if (!this.options.types.has(event.type)) {
      position.seen = event.version;
      return position;
    }
    const mark: InboxMark = {
      consumer: this.options.consumer,
      source: ref,
      expected: position.stored,
      version: event.version,
    };
    let outcome: Outcome | 'skipped';
    try {
      crashPoint(`${this.options.consumer}.before_handle`);
      outcome = await this.options.handle(await this.keyring.openEvent(event), mark);
      crashPoint(`${this.options.consumer}.after_handle`);
      if (outcome !== 'skipped' && outcome.kind === 'conflict') throw new Error('version conflict');
    } catch (error) {
      return this.failed(ref, event, position, error);
    }
    if (outcome !== 'skipped' && outcome.kind === 'handled-already') {
      // Another replica was here: believe the database.
      this.positions.delete(streamKey(ref));
      return this.position(ref);
    }
    if (outcome !== 'skipped') position.stored = event.version;
    position.seen = event.version;
    return position;
  }

  private async failed(
    ref: StreamRef,
    event: RecordedEvent,
    position: Position,
    error: unknown,
  ): Promise<Position> {
    this.options.onError(error, event);
    const wire = toWireError(error);
    // What is down is nobody's poison: it waits, uncounted.
    if (wire.code === 'unavailable' || wire.code === 'deadline-exceeded') throw error;
    const reason = error instanceof Error ? `${wire.code}: ${error.message}` : wire.code;
    const failures = await this.repository.countFailure(this.options.consumer, event, reason);
    if (failures < (this.options.maxFailures ?? 5)) throw error;
    await this.repository.park(this.options.consumer, event, reason, failures);
    this.options.onDeadLetter(event, reason);
    position.parked = true;
    return position;
  }

  private async position(ref: StreamRef, version?: number): Promise<Position> {
    const key = streamKey(ref);
    const known = this.positions.get(key);
    if (known) return known;
    // A stream that begins was not handled before. If it was, and this is a repeat, the first effect finds out.
    const stored =
      version === 1
        ? { version: 0, parked: false }
        : await this.repository.position(this.options.consumer, ref);
    const position: Position = { stored: stored.version, seen: stored.version, parked: stored.parked };
    if (this.positions.size >= KNOWN_STREAMS) {
      const oldest = this.positions.keys().next().value;
      if (oldest !== undefined) this.positions.delete(oldest);
    }
    this.positions.set(key, position);
    return position;
  }

  private async sweep(): Promise<void> {
    let cursor = await this.repository.watermark(this.options.consumer);
    for (;;) {
      const page = await this.options.readLog(cursor, PAGE);
      const due = page.events.filter((event) => this.options.types.has(event.type));
      const behind = await this.repository.behind(this.options.consumer, due);
      const results = await Promise.allSettled(behind.map((event) => this.receive(event)));
      // A failure is counted where it happened; the watermark waits for it.
      const failed = results.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      if (page.next !== null && page.next !== cursor) {
        await this.repository.saveWatermark(this.options.consumer, page.next);
      }
      cursor = page.next;
      if (page.events.length === 0) return;
    }
  }
}
