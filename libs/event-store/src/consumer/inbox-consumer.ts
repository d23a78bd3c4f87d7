import { type LogPage, type RecordedEvent, toWireError } from '@baton/contracts';

import { crashPoint } from '../crash-point.js';
import type { Keyring } from '../keyring.js';
import { type StreamRef, streamKey, streamOf } from '../stream-ref.js';
import { StreamQueue } from '../stream-queue.js';
import type { InboxMark, Outcome } from '../transaction.js';
import type { InboxRepository } from './inbox-repository.js';
import { asItsConsequence } from './consequence.js';
import { refuseUnreadable } from './unreadable.js';

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
  /** Reads these types in the owner's log: of one stream behind a version, or of all behind a cursor. */
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
const RETRY_MS = 250;

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
  private resuming: Promise<void> | undefined;
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
    await Promise.all([this.sweeping, this.resuming]);
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

  /** Takes on, now, the streams that a person let go: their dead letter was replayed or dropped. */
  resumeReleased(): void {
    this.resuming ??= this.resumeAll()
      .catch((error: unknown) => this.options.onError(error, undefined))
      .finally(() => (this.resuming = undefined));
  }

  private async receiveInTurn(ref: StreamRef, event: RecordedEvent): Promise<void> {
    let position = await this.position(ref, event.version);
    while (!position.parked && event.version > position.seen) {
      // What has no effect here is worth no reading of what is missing before it.
      if (!this.options.types.has(event.type) && event.version > position.seen + 1) return;
      position = await this.bringTo(ref, event, position);
    }
  }

  /** One pass: the gap before the event, then the event; again where another replica was quicker. */
  private async bringTo(ref: StreamRef, event: RecordedEvent, from: Position): Promise<Position> {
    let position = from;
    while (event.version > position.seen + 1) {
      const missed = await this.options.readStream(ref, position.seen, PAGE);
      // The event itself is among them, or the log is not its owner's.
      if (missed.length === 0)
        throw new Error(`${streamKey(ref)} has no event behind version ${position.seen}`);
      for (const each of missed) {
        if (each.version >= event.version) {
          position.seen = Math.max(position.seen, event.version - 1);
          break;
        }
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
      refuseUnreadable(event);
      outcome = await asItsConsequence(this.options.consumer, event, async () =>
        this.options.handle(await this.keyring.openEvent(event), mark),
      );
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
    if (isOutage(error)) throw error;
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
    // Parked streams are let go from outside, maybe while this process heard nothing.
    if (known && !known.parked) return known;
    // A stream that begins was not handled before. If it was, and this is a repeat, the first effect finds out.
    const stored =
      version === 1 && !known
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

  private async resumeAll(): Promise<void> {
    const released = await this.repository.released(this.options.consumer);
    const results = await Promise.allSettled(released.map((ref) => this.resume(ref)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** The event that was parked and all that waited behind it, in order; parked again where it fails as often again. */
  private resume(ref: StreamRef): Promise<void> {
    return this.queue.run(ref, async () => {
      this.positions.delete(streamKey(ref));
      for (let tries = 0; ; tries += 1) {
        try {
          const position = await this.readOn(ref);
          return await this.repository.settle(this.options.consumer, ref, position.parked);
        } catch (error) {
          // A part that is down: the letter stays pending, and the next sweep takes the stream on.
          if (isOutage(error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS * 2 ** Math.min(tries, 5)));
        }
      }
    });
  }

  private async readOn(ref: StreamRef): Promise<Position> {
    let position = await this.position(ref);
    for (;;) {
      const behind = await this.options.readStream(ref, position.seen, PAGE);
      if (behind.length === 0) return position;
      for (const event of behind) {
        if (position.parked) return position;
        if (event.version > position.seen) position = await this.take(ref, event, position);
      }
    }
  }

  private async sweep(): Promise<void> {
    await this.resumeAll();
    let cursor = await this.repository.watermark(this.options.consumer);
    let failure: PromiseRejectedResult | undefined;
    for (;;) {
      const page = await this.options.readLog(cursor, PAGE);
      const due = page.events.filter((event) => this.options.types.has(event.type));
      const behind = await this.repository.behind(this.options.consumer, due);
      const results = await Promise.allSettled(behind.map((event) => this.receive(event)));
      for (const result of results) {
        if (result.status === 'fulfilled') continue;
        if (isOutage(result.reason)) throw result.reason;
        failure ??= result;
      }
      // A failure is counted where it happened: the watermark waits for it, the events behind it do not.
      if (failure === undefined && page.next !== null && page.next !== cursor) {
        await this.repository.saveWatermark(this.options.consumer, page.next);
      }
      cursor = page.next;
      // While turns go on there always is a next event: what came since comes by the bus.
      if (page.isEnd ?? page.events.length === 0) break;
    }
    if (failure) throw failure.reason;
  }
}

/** What is down is nobody's poison: it waits, uncounted. */
const isOutage = (error: unknown): boolean => {
  const { code } = toWireError(error);
  return code === 'unavailable' || code === 'deadline-exceeded';
};
