import { EVENTS_STREAM, type RecordedEvent } from '@baton/contracts';
import { AckPolicy, DeliverPolicy, JetStreamApiCodes, ReplayPolicy } from '@nats-io/jetstream';
import { Logger } from '@nestjs/common';
import {
  createInbox,
  type Msg,
  nanos,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';

import { backoffMs } from './backoff.js';
import type { BusClient } from './bus-client.js';
import { type CallContext, runWithCallContext } from './call-context.js';
import { decodeEvent } from './cloud-events.js';
import type { Deferral, Delivery, EventsOptions } from './decorators.js';
import { deliveryInfo } from './delivery.js';
import type { EventOutcome } from './observer.js';
import { isCode } from './streams.js';

/** How long JetStream waits for a word about a message; recovery after a crash waits as long. */
const ACK_WAIT_MS = 10_000;
const WORKING_EVERY_MS = Math.floor(ACK_WAIT_MS / 3);
/** A pull that the server forgot delays events by this much at most. */
const PULL_EXPIRES_MS = 5_000;
const PULL_LOST_MS = PULL_EXPIRES_MS + 2_000;
const RETRY_PULL_MS = 250;
const DEFAULT_MAX_IN_FLIGHT = 64;
const MAX_ACK_PENDING = 20_000;
/** Another replica may have ended a message that failed here: its count is forgotten in time. */
const MAX_FAILURES_KNOWN = 10_000;

type Handler = (event: RecordedEvent, delivery: Delivery) => Promise<Deferral | undefined | void>;
type Verdict = { readonly outcome: EventOutcome; readonly word: string };

/** A message whose handler runs here. */
interface InFlight {
  readonly epoch: string | undefined;
  /** Of the connection, when its epoch was last known to be the stream's. */
  generation: number;
  readonly since: number;
  /** Where to settle it: the latest delivery's subject. */
  reply: string;
}

/**
 * Reads one durable pull consumer: asks for as many messages as there are free places, runs the handler
 * on each, and settles each by itself. Nothing waits in this process, so nothing ages unseen.
 */
export class PullConsumer {
  private readonly logger: Logger;
  private readonly inbox = createInbox();
  private readonly maxInFlight: number;
  private readonly inFlight = new Map<number, InFlight>();
  /** Failures in a row by stream sequence: what the back-off grows with. Deferrals are none. */
  private readonly failures = new Map<number, number>();
  private running = 0;
  private expected = 0;
  private pullId = 0;
  private pullTimer: NodeJS.Timeout | undefined;
  private workingTimer: NodeJS.Timeout | undefined;
  private isPullScheduled = false;
  private isReady = false;
  private isDraining = false;
  private subscription: Subscription | undefined;
  private onIdle: (() => void) | undefined;

  constructor(
    private readonly bus: BusClient,
    private readonly options: EventsOptions,
    private readonly handler: Handler,
  ) {
    this.logger = new Logger(`Consumer ${options.consumer}`);
    this.maxInFlight = options.maxInFlight ?? DEFAULT_MAX_IN_FLIGHT;
  }

  start(nats: NatsConnection): void {
    this.subscription = nats.subscribe(`${this.inbox}.*`, {
      callback: (error, msg) => {
        if (error) this.logger.error(error.message);
        else this.receive(msg);
      },
    });
    this.workingTimer = setInterval(() => this.sayWorking(), WORKING_EVERY_MS);
    this.bus.connection.afterReconnect(() => void this.resume());
    this.bus.streams.onEpoch(() => this.begin());
  }

  /** Takes no more and resolves when the handlers under way have settled. */
  async drain(): Promise<void> {
    this.isDraining = true;
    clearTimeout(this.pullTimer);
    // What the server had sent before it heard of this still arrives, and goes back at once.
    await this.subscription?.drain();
    if (this.running > 0) await new Promise<void>((resolve) => (this.onIdle = resolve));
    clearInterval(this.workingTimer);
  }

  /** Gives back what is still being worked on, so that another replica need not wait for ack_wait. */
  abandon(): void {
    for (const message of this.inFlight.values()) this.say(message.reply, '-NAK');
    clearInterval(this.workingTimer);
  }

  private async begin(): Promise<void> {
    // Another life of the stream: its sequence numbers mean other messages.
    this.inFlight.clear();
    this.failures.clear();
    await this.ensureConsumer();
    this.isReady = true;
    this.pullAnew();
  }

  /** After a reconnection: messages of the same life of the stream are still ours to work on and to settle. */
  private async resume(): Promise<void> {
    this.pullAnew();
    try {
      const epoch = await this.bus.streams.currentEpoch();
      const { generation } = this.bus.connection;
      for (const message of this.inFlight.values()) {
        if (message.epoch === epoch) message.generation = generation;
      }
    } catch (error) {
      this.logger.warn(`Not sure of the stream yet: ${(error as Error).message}`);
    }
  }

  private async ensureConsumer(): Promise<void> {
    const manager = await this.bus.streams.jetstream();
    const { consumer, subject } = this.options;
    const settings = {
      durable_name: consumer,
      filter_subject: subject,
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      replay_policy: ReplayPolicy.Instant,
      ack_wait: nanos(ACK_WAIT_MS),
      max_deliver: -1,
      max_ack_pending: MAX_ACK_PENDING,
    };
    try {
      const { config } = await manager.consumers.info(EVENTS_STREAM, consumer);
      if (config.filter_subject === subject) {
        if (config.ack_wait === settings.ack_wait && config.max_ack_pending === MAX_ACK_PENDING) return;
        await manager.consumers.update(EVENTS_STREAM, consumer, {
          ack_wait: settings.ack_wait,
          max_ack_pending: MAX_ACK_PENDING,
        });
        return;
      }
      // It reads something else now: begin again, the inbox drops what was done.
      await manager.consumers.delete(EVENTS_STREAM, consumer);
    } catch (error) {
      if (!isCode(error, JetStreamApiCodes.ConsumerNotFound)) throw error;
    }
    await manager.consumers.add(EVENTS_STREAM, settings);
  }

  private pullAnew(): void {
    this.expected = 0;
    this.schedulePull();
  }

  /** One pull for all places that became free in this round of the event loop. */
  private schedulePull(): void {
    if (this.isPullScheduled) return;
    this.isPullScheduled = true;
    setImmediate(() => {
      this.isPullScheduled = false;
      this.pull();
    });
  }

  private pull(): void {
    const free = this.maxInFlight - this.running;
    if (this.expected > 0 || free <= 0 || this.isDraining || !this.isReady) return;
    if (!this.bus.connected) return;
    this.expected = free;
    this.pullId += 1;
    this.bus.nats.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${EVENTS_STREAM}.${this.options.consumer}`,
      JSON.stringify({ batch: free, expires: nanos(PULL_EXPIRES_MS) }),
      { reply: `${this.inbox}.${this.pullId}` },
    );
    clearTimeout(this.pullTimer);
    this.pullTimer = setTimeout(() => this.pullAnew(), PULL_LOST_MS);
  }

  private receive(msg: Msg): void {
    const info = msg.reply ? deliveryInfo(msg.reply) : undefined;
    if (!info) return this.receiveStatus(msg);
    if (this.expected > 0) this.expected -= 1;
    if (this.isDraining) return this.say(msg.reply as string, '-NAK');
    const known = this.inFlight.get(info.streamSequence);
    if (known && known.generation === this.bus.connection.generation) {
      // It came again while we still work on it: settle the newer delivery, run nothing twice.
      known.reply = msg.reply as string;
      return this.schedulePull();
    }
    void this.work(msg, info.streamSequence, info.deliveryCount > 1);
    if (this.expected === 0) this.schedulePull();
  }

  /** The server's word that a pull is over: it expired, or there is nothing to pull from. */
  private receiveStatus(msg: Msg): void {
    const code = msg.headers?.code ?? 0;
    if (code === 100 || !msg.subject.endsWith(`.${this.pullId}`)) return;
    this.expected = 0;
    if (code === 408 || code === 404) return this.schedulePull();
    this.logger.warn(`JetStream: ${msg.headers?.status ?? code}`);
    clearTimeout(this.pullTimer);
    this.pullTimer = setTimeout(() => void this.recover(), RETRY_PULL_MS);
  }

  /** The consumer or its stream is gone; the stream's keeper brings the stream back. */
  private async recover(): Promise<void> {
    if (this.isDraining) return;
    try {
      await this.ensureConsumer();
    } catch (error) {
      this.logger.warn(`Not there yet: ${(error as Error).message}`);
      this.pullTimer = setTimeout(() => void this.recover(), RETRY_PULL_MS);
      return;
    }
    this.pullAnew();
  }

  private async work(msg: Msg, sequence: number, redelivered: boolean): Promise<void> {
    const message: InFlight = {
      epoch: this.bus.streams.knownEpoch,
      generation: this.bus.connection.generation,
      since: performance.now(),
      reply: msg.reply as string,
    };
    this.inFlight.set(sequence, message);
    this.running += 1;
    const verdict = await this.judge(msg, sequence, redelivered);
    const outcome = await this.settle(message, verdict);
    if (this.inFlight.get(sequence) === message) this.inFlight.delete(sequence);
    this.running -= 1;
    const { observer } = this.bus;
    observer.eventHandled(this.options.consumer, outcome, performance.now() - message.since);
    observer.inFlight(this.options.consumer, this.running);
    if (this.running === 0) this.onIdle?.();
    this.schedulePull();
  }

  private async judge(msg: Msg, sequence: number, redelivered: boolean): Promise<Verdict> {
    let event: RecordedEvent;
    try {
      event = decodeEvent(msg.headers, msg.string());
    } catch (error) {
      return this.bury(msg, sequence, error as Error);
    }
    try {
      const deferral = await runWithCallContext(callContextOf(event), () =>
        this.handler(event, { redelivered }),
      );
      this.failures.delete(sequence);
      return deferral
        ? { outcome: 'deferred', word: nak(deferral.deferMs) }
        : { outcome: 'done', word: '+ACK' };
    } catch (error) {
      const { message, stack } = error as Error;
      this.logger.error(`${event.type} ${event.event_id}: ${message}`, stack);
      return { outcome: 'failed', word: nak(this.countFailure(sequence)) };
    }
  }

  /** What is no event can never be handled: it is put where a person finds it. */
  private async bury(msg: Msg, sequence: number, error: Error): Promise<Verdict> {
    this.logger.error(`${msg.subject} cannot be read: ${error.message}`);
    try {
      await this.bus.publishDeadLetter({
        consumer: this.options.consumer,
        reason: `It cannot be read: ${error.message}`,
        key: `${this.options.consumer}/${this.bus.streams.knownEpoch}/${sequence}`,
        subject: msg.subject,
        raw: { headers: Object.fromEntries(msg.headers ?? []), payload: msg.string() },
      });
      return { outcome: 'undecodable', word: '+TERM' };
    } catch (cause) {
      this.logger.error(`Its dead letter was not stored: ${(cause as Error).message}`);
      return { outcome: 'failed', word: nak(this.countFailure(sequence)) };
    }
  }

  private countFailure(sequence: number): number {
    const failures = (this.failures.get(sequence) ?? 0) + 1;
    this.failures.set(sequence, failures);
    if (this.failures.size > MAX_FAILURES_KNOWN) {
      this.failures.delete(this.failures.keys().next().value as number);
    }
    return backoffMs(failures);
  }

  /**
   * Says the verdict, unless the stream has begun another life since: there the same sequence number is
   * another message, and our word about the old one would settle it unhandled.
   */
  private async settle(message: InFlight, verdict: Verdict): Promise<EventOutcome> {
    const { connection, streams } = this.bus;
    if (message.generation !== connection.generation || !connection.connected) {
      try {
        await streams.currentEpoch();
      } catch (error) {
        this.logger.warn(`Not settled, it will come again: ${(error as Error).message}`);
        return 'stale';
      }
    }
    if (message.epoch !== streams.knownEpoch) return 'stale';
    this.say(message.reply, verdict.word);
    return verdict.outcome;
  }

  private sayWorking(): void {
    if (!this.bus.connected) return;
    const young = performance.now() - WORKING_EVERY_MS / 2;
    for (const { since, reply, generation } of this.inFlight.values()) {
      if (since < young && generation === this.bus.connection.generation) this.say(reply, '+WPI');
    }
  }

  private say(reply: string, word: string): void {
    if (this.bus.connected) this.bus.nats.publish(reply, word);
  }
}

const nak = (delayMs: number): string => `-NAK {"delay": ${nanos(Math.max(1, Math.round(delayMs)))}}`;

const callContextOf = ({ tenant_id, stream_type, stream_id, data, metadata }: RecordedEvent): CallContext => {
  const conversation = stream_type === 'conversation' ? stream_id : data['conversation_id'];
  return {
    tenant_id,
    ...(typeof conversation === 'string' && { conversation_id: conversation }),
    ...(metadata.traceparent !== undefined && { traceparent: metadata.traceparent }),
  };
};
