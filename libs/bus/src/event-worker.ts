import { isBatonError, type RecordedEvent } from '@baton/contracts';
import { Logger } from '@nestjs/common';
import { type Msg, nanos } from '@nats-io/transport-node';
import { isObservable, lastValueFrom } from 'rxjs';

import { backoffMs } from './backoff.js';
import type { BusClient } from './bus-client.js';
import { type CallContext, runWithCallContext } from './call-context.js';
import { decodeEvent, publishedIn } from './cloud-events.js';
import type { DeadLetter } from './dead-letter.js';
import type { Deferral, Delivery } from './decorators.js';
import type { DeliveryInfo } from './delivery.js';
import { ACK_WAIT_MS } from './durable-consumer.js';
import type { EventOutcome } from './observer.js';

const WORKING_EVERY_MS = Math.floor(ACK_WAIT_MS / 3);
/** Deferred messages that this process keeps; more go back to JetStream. */
const MAX_HELD = 10_000;
/** Another replica may have ended a message that failed here: its count is forgotten in time. */
const MAX_FAILURES_KNOWN = 10_000;
/** Who asks for more is asked again after this: the message may have found another way by then. */
const LONGEST_ASKED_MS = 60_000;

export type EventHandler = (event: RecordedEvent, delivery: Delivery) => Promise<Deferral | undefined | void>;

/** A message that is this process's to settle. */
interface Message {
  readonly msg: Msg;
  readonly sequence: number;
  /** Which life of the stream it came from. */
  readonly epoch: string | undefined;
  /** Of the connection, when that epoch was last known to be the stream's. */
  generation: number;
  /** Where to settle it: the latest delivery's subject. */
  reply: string;
  isRedelivered: boolean;
  /** When JetStream last heard of it. */
  heardOf: number;
  /** Set while it waits to be handled again. */
  held?: NodeJS.Timeout;
}

type Verdict =
  | { readonly outcome: Exclude<EventOutcome, 'deferred'>; readonly word: string }
  | { readonly outcome: 'deferred'; readonly deferMs: number };

/**
 * Runs a handler on the messages of one consumer, a bounded number at once, and settles each by itself;
 * JetStream hears of every one in time, running or waiting.
 *
 * A deferred message waits here, not in JetStream: nats-server 2.9 starts its timer for delayed naks
 * anew with each nak. At 500 deferrals of 300 ms a second they came back 337 ms late in the middle and
 * 1.3 s at p99; from here it is 0.1 ms and 0.9 ms.
 */
export class EventWorker {
  private readonly logger: Logger;
  /** By stream sequence: all that are ours, running, ready or held. */
  private readonly messages = new Map<number, Message>();
  private readonly ready: Message[] = [];
  /** Failures in a row by stream sequence: what the back-off grows with. */
  private readonly failures = new Map<number, number>();
  private readonly workingTimer: NodeJS.Timeout;
  private running = 0;
  private held = 0;
  private isDraining = false;
  private onIdle: (() => void) | undefined;

  constructor(
    private readonly bus: BusClient,
    private readonly consumer: string,
    private readonly maxInFlight: number,
    private readonly handler: EventHandler,
    private readonly onFree: () => void,
  ) {
    this.logger = new Logger(`Consumer ${consumer}`);
    this.workingTimer = setInterval(() => this.sayWorking(), WORKING_EVERY_MS).unref();
  }

  /** How many more messages could be handled now. */
  get free(): number {
    return this.maxInFlight - this.running - this.ready.length;
  }

  receive(msg: Msg, info: DeliveryInfo): void {
    const reply = msg.reply as string;
    const known = this.messages.get(info.streamSequence);
    if (known && known.generation === this.bus.connection.generation) {
      // It came again while it is still ours: settle the newer delivery, run nothing twice.
      known.reply = reply;
      return;
    }
    if (known) this.release(known);
    const message: Message = {
      msg,
      sequence: info.streamSequence,
      epoch: this.bus.streams.knownEpoch,
      generation: this.bus.connection.generation,
      reply,
      isRedelivered: info.deliveryCount > 1,
      heardOf: performance.now(),
    };
    this.messages.set(message.sequence, message);
    this.ready.push(message);
    this.dispatch();
  }

  /** The stream began another life: its sequence numbers mean other messages now. */
  forgetAll(): void {
    for (const message of this.messages.values()) this.release(message);
    this.messages.clear();
    this.ready.length = 0;
    this.failures.clear();
  }

  /** After a reconnection: messages of the same life of the stream are still ours. */
  async resume(): Promise<void> {
    try {
      const epoch = await this.bus.streams.currentEpoch();
      const { generation } = this.bus.connection;
      for (const message of this.messages.values()) {
        if (message.epoch === epoch) message.generation = generation;
      }
    } catch (error) {
      this.logger.warn(`Not sure of the stream yet: ${(error as Error).message}`);
    }
  }

  /** Gives back what is not running and resolves when what runs has settled. */
  async drain(): Promise<void> {
    this.isDraining = true;
    const waiting = [...this.messages.values()].filter(({ held }) => held);
    for (const message of [...this.ready.splice(0), ...waiting]) {
      this.release(message);
      this.end(message, '-NAK');
    }
    if (this.running > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    clearInterval(this.workingTimer);
  }

  /** Gives back what still runs too, so that another replica need not wait for ack_wait. */
  abandon(): void {
    for (const message of this.messages.values()) this.say(message.reply, '-NAK');
    // Another's now: what their handlers still say here would settle them there.
    this.messages.clear();
    clearInterval(this.workingTimer);
  }

  private dispatch(): void {
    while (this.running < this.maxInFlight && this.ready.length > 0) {
      void this.work(this.ready.shift() as Message);
    }
  }

  private async work(message: Message): Promise<void> {
    const began = performance.now();
    this.running += 1;
    const verdict = await this.judge(message);
    const outcome =
      verdict.outcome === 'deferred'
        ? this.hold(message, verdict.deferMs)
        : await this.settle(message, verdict);
    this.running -= 1;
    const { observer } = this.bus;
    observer.eventHandled(
      this.consumer,
      outcome,
      performance.now() - began,
      publishedIn(message.msg.headers),
    );
    observer.inFlight(this.consumer, this.running);
    if (this.running === 0) this.onIdle?.();
    this.dispatch();
    this.onFree();
  }

  private async judge(message: Message): Promise<Verdict> {
    const { msg } = message;
    let event: RecordedEvent;
    try {
      event = decodeEvent(msg.headers, utf8(msg.data));
    } catch (error) {
      return this.bury(message, error as Error);
    }
    const context = callContextOf(event, publishedIn(msg.headers));
    return runWithCallContext(context, () => this.handle(message, event));
  }

  private async handle({ sequence, isRedelivered }: Message, event: RecordedEvent): Promise<Verdict> {
    try {
      const deferral = await this.bus.tracer.handling(this.consumer, event, async () => {
        const settled: unknown = await this.handler(event, { redelivered: isRedelivered });
        // Nest hands a failure back as an observable that fails.
        return (isObservable(settled) ? await lastValueFrom(settled) : settled) as Deferral | undefined;
      });
      this.failures.delete(sequence);
      if (!deferral)
        this.bus.observer.eventLag(this.consumer, this.bus.now() - Date.parse(event.occurred_at));
      return deferral
        ? { outcome: 'deferred', deferMs: deferral.deferMs }
        : { outcome: 'done', word: '+ACK' };
    } catch (err) {
      this.logger.error({ err, event_id: event.event_id }, `${event.type} failed`);
      return { outcome: 'failed', word: nak(this.countFailure(sequence, err)) };
    }
  }

  /** What is no event can never be handled: it is put where a person finds it. */
  private async bury({ msg, sequence }: Message, error: Error): Promise<Verdict> {
    this.logger.error(`${msg.subject} cannot be read: ${error.message}`);
    try {
      await this.bus.publishDeadLetter({
        consumer: this.consumer,
        reason: `It cannot be read: ${error.message}`,
        key: `${this.consumer}/${this.bus.streams.knownEpoch}/${sequence}`,
        subject: msg.subject,
        raw: { headers: Object.fromEntries(msg.headers ?? []), ...rawPayload(msg.data) },
      });
      return { outcome: 'undecodable', word: '+TERM' };
    } catch (cause) {
      this.logger.error(`Its dead letter was not stored: ${(cause as Error).message}`);
      return { outcome: 'failed', word: nak(this.countFailure(sequence, cause)) };
    }
  }

  private countFailure(sequence: number, error: unknown): number {
    const failures = (this.failures.get(sequence) ?? 0) + 1;
    this.failures.set(sequence, failures);
    if (this.failures.size > MAX_FAILURES_KNOWN) {
      this.failures.delete(this.failures.keys().next().value as number);
    }
    const asked = isBatonError(error) ? (error.retryAfterMs ?? 0) : 0;
    return backoffMs(failures, { retryAfterMs: Math.min(asked, LONGEST_ASKED_MS) });
  }

  private hold(message: Message, deferMs: number): EventOutcome {
    if (!this.isOurs(message)) return 'stale';
    if (this.isDraining || this.held >= MAX_HELD) {
      this.end(message, nak(deferMs));
      return 'deferred';
    }
    this.held += 1;
    message.held = setTimeout(() => {
      this.release(message);
      message.isRedelivered = true;
      this.ready.push(message);
      this.dispatch();
    }, deferMs);
    return 'deferred';
  }

  private release(message: Message): void {
    if (!message.held) return;
    clearTimeout(message.held);
    delete message.held;
    this.held -= 1;
  }

  /**
   * Says the verdict, unless the stream has begun another life since: there the same sequence number is
   * another message, and our word about the old one would settle it unhandled.
   */
  private async settle(
    message: Message,
    verdict: { outcome: EventOutcome; word: string },
  ): Promise<EventOutcome> {
    const { connection, streams } = this.bus;
    if (message.generation !== connection.generation || !connection.connected) {
      try {
        await streams.currentEpoch();
      } catch (error) {
        this.logger.warn(`Not settled, it will come again: ${(error as Error).message}`);
        if (this.messages.get(message.sequence) === message) this.messages.delete(message.sequence);
        return 'stale';
      }
    }
    if (!this.isOurs(message)) return 'stale';
    this.end(message, verdict.word);
    return verdict.outcome;
  }

  private isOurs(message: Message): boolean {
    return this.messages.get(message.sequence) === message && message.epoch === this.bus.streams.knownEpoch;
  }

  private end(message: Message, word: string): void {
    this.messages.delete(message.sequence);
    this.say(message.reply, word);
  }

  private sayWorking(): void {
    const now = performance.now();
    for (const message of this.messages.values()) {
      if (message.generation !== this.bus.connection.generation) continue;
      if (now - message.heardOf < WORKING_EVERY_MS / 2) continue;
      message.heardOf = now;
      this.say(message.reply, '+WPI');
    }
  }

  private say(reply: string, word: string): void {
    if (this.bus.connected) this.bus.nats.publish(reply, word);
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** @throws TypeError where it is no UTF-8: read loosely, it would say something else than was sent */
const utf8 = (bytes: Uint8Array): string => UTF8.decode(bytes);

const rawPayload = (bytes: Uint8Array): Pick<NonNullable<DeadLetter['raw']>, 'payload' | 'encoding'> => {
  try {
    return { payload: utf8(bytes), encoding: 'utf8' };
  } catch {
    return { payload: Buffer.from(bytes).toString('base64'), encoding: 'base64' };
  }
};

const nak = (delayMs: number): string => `-NAK {"delay": ${nanos(Math.max(1, Math.round(delayMs)))}}`;

const callContextOf = (
  { tenant_id, stream_type, stream_id, data, metadata }: RecordedEvent,
  traceparent = metadata.traceparent,
): CallContext => {
  const conversation = stream_type === 'conversation' ? stream_id : data['conversation_id'];
  return {
    tenant_id,
    ...(typeof conversation === 'string' && { conversation_id: conversation }),
    ...(traceparent !== undefined && { traceparent }),
  };
};
