import { type RecordedEvent, subjects } from '@baton/contracts';

import type { FaultPlan } from './faults.js';
import type { Kernel } from './kernel.js';
import { fits } from './subject.js';

/** Who takes a message of a durable consumer: one life of a process. */
export interface Taker {
  readonly isAlive: boolean;
  readonly isStalled: boolean;
  /** The message is being handled, or waits in the process to be handled again. */
  hasMessage(key: string): boolean;
  take(consumer: string, message: Message): void;
}

export interface Message {
  readonly key: string;
  readonly sequence: number;
  readonly epoch: number;
  readonly event: RecordedEvent;
  readonly deliveries: number;
}

interface Consumer {
  readonly name: string;
  readonly subject: string;
  /** Sequence → deliveries; gone when acknowledged. */
  readonly pending: Map<number, number>;
  readonly takers: () => readonly Taker[];
}

const ACK_WAIT_MS = 10_000;
const DEDUP_WINDOW_MS = 600_000;
const NO_TAKER_MS = 500;

/** One stream and its durable consumers: at least once, in any order, and now and then all gone. */
export class JetStream {
  epoch = 1;
  private messages: { readonly event: RecordedEvent; readonly subject: string }[] = [];
  private readonly consumers = new Map<string, Consumer>();
  private seen = new Map<string, number>();
  private readonly taps: ((event: RecordedEvent, epoch: number) => void)[] = [];

  constructor(
    private readonly kernel: Kernel,
    private readonly faults: FaultPlan,
  ) {}

  /** Told of every event that is stored, repeats that the window drops left out. */
  onStored(tap: (event: RecordedEvent, epoch: number) => void): void {
    this.taps.push(tap);
  }

  ensureConsumer(name: string, subject: string, takers: () => readonly Taker[]): void {
    if (this.consumers.has(name)) return;
    const consumer: Consumer = { name, subject, pending: new Map(), takers };
    this.consumers.set(name, consumer);
    this.messages.forEach((message, index) => this.offer(consumer, index + 1, message.subject));
  }

  store(event: RecordedEvent): void {
    const known = this.seen.get(event.event_id);
    if (known !== undefined && this.kernel.nowMs - known < DEDUP_WINDOW_MS) return;
    this.seen.set(event.event_id, this.kernel.nowMs);
    const subject = subjects.event(event);
    this.messages.push({ event, subject });
    for (const tap of this.taps) tap(event, this.epoch);
    for (const consumer of this.consumers.values()) this.offer(consumer, this.messages.length, subject);
  }

  /** A power cut took it all: another life of the stream begins. */
  lose(): void {
    this.epoch += 1;
    this.messages = [];
    this.seen = new Map();
    for (const consumer of this.consumers.values()) consumer.pending.clear();
  }

  ack(name: string, { sequence, epoch }: Message): void {
    if (epoch === this.epoch) this.consumers.get(name)?.pending.delete(sequence);
  }

  nak(name: string, message: Message, delayMs: number): void {
    const consumer = this.consumers.get(name);
    if (consumer) this.deliverAfter(consumer, message.sequence, message.epoch, delayMs);
  }

  /** How many messages nobody has acknowledged. */
  get unsettled(): number {
    return [...this.consumers.values()].reduce((sum, { pending }) => sum + pending.size, 0);
  }

  private offer(consumer: Consumer, sequence: number, subject: string): void {
    if (!fits(consumer.subject, subject)) return;
    consumer.pending.set(sequence, 0);
    // A lost delivery comes again when the patience of the server ends.
    this.deliverAfter(consumer, sequence, this.epoch, this.transit());
    if (this.faults.strikes('message-duplicated'))
      this.deliverAfter(consumer, sequence, this.epoch, this.transit() * this.kernel.random.between(1, 300));
  }

  private transit(): number {
    const { random } = this.kernel;
    if (this.faults.strikes('message-delayed')) return random.between(10, 20_000);
    return 0.2 + random.next() * 3;
  }

  private deliverAfter(consumer: Consumer, sequence: number, epoch: number, ms: number): void {
    this.kernel.after(ms, null, () => this.deliver(consumer, sequence, epoch));
  }

  private deliver(consumer: Consumer, sequence: number, epoch: number): void {
    const deliveries = consumer.pending.get(sequence);
    const stored = this.messages[sequence - 1];
    if (epoch !== this.epoch || deliveries === undefined || !stored) return;
    const takers = consumer.takers();
    if (takers.length === 0) return this.deliverAfter(consumer, sequence, epoch, NO_TAKER_MS);
    const taker = this.kernel.random.pick(takers);
    consumer.pending.set(sequence, deliveries + 1);
    const message: Message = {
      key: `${consumer.name}/${epoch}/${sequence}`,
      sequence,
      epoch,
      event: stored.event,
      deliveries: deliveries + 1,
    };
    if (!this.faults.strikes('message-lost')) taker.take(consumer.name, message);
    this.watch(consumer, message, taker);
  }

  /** Redelivered unless it is acknowledged, or a process says that it works on it. */
  private watch(consumer: Consumer, message: Message, taker: Taker): void {
    this.kernel.after(ACK_WAIT_MS, null, () => {
      if (message.epoch !== this.epoch || !consumer.pending.has(message.sequence)) return;
      if (taker.isAlive && !taker.isStalled && taker.hasMessage(message.key))
        this.watch(consumer, message, taker);
      else if (consumer.pending.get(message.sequence) === message.deliveries)
        this.deliver(consumer, message.sequence, message.epoch);
    });
  }
}
