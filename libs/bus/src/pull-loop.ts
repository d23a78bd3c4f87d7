import { EVENTS_STREAM } from '@baton/contracts';
import { Logger } from '@nestjs/common';
import {
  createInbox,
  type Msg,
  nanos,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';

import type { BusClient } from './bus-client.js';
import { type DeliveryInfo, deliveryInfo } from './delivery.js';

/** A pull that the server forgot delays events by this much at most. */
const PULL_EXPIRES_MS = 5_000;
const PULL_LOST_MS = PULL_EXPIRES_MS + 2_000;
const RETRY_MS = 250;

const STATUS = { heartbeat: 100, noMessages: 404, expired: 408 } as const;

export interface PullLoopOptions {
  /** The durable consumer to pull from. */
  readonly consumer: string;
  /** How many messages may come now. */
  readonly free: () => number;
  readonly onMessage: (msg: Msg, info: DeliveryInfo) => void;
  /** Brings back a consumer that is gone. */
  readonly ensure: () => Promise<void>;
}

/**
 * Asks a pull consumer for as many messages as there are free places, one request at a time, and never
 * stops asking: through reconnections, lost requests and a consumer that was deleted.
 */
export class PullLoop {
  private readonly logger: Logger;
  private readonly inbox = createInbox();
  private subscription: Subscription | undefined;
  private timer: NodeJS.Timeout | undefined;
  private pullId = 0;
  /** Messages that the latest pull may still bring. */
  private expected = 0;
  private isScheduled = false;
  private isOpen = false;
  private isDraining = false;

  constructor(
    private readonly bus: BusClient,
    private readonly options: PullLoopOptions,
  ) {
    this.logger = new Logger(`Consumer ${options.consumer}`);
  }

  listen(nats: NatsConnection): void {
    this.subscription = nats.subscribe(`${this.inbox}.*`, {
      callback: (error, msg) => {
        if (error) this.logger.error(error.message);
        else this.receive(msg);
      },
    });
  }

  /** The consumer is there: pull, and forget any pull before. */
  restart(): void {
    this.isOpen = true;
    this.expected = 0;
    this.schedule();
  }

  /** One pull for all places that became free in this round of the event loop. */
  schedule(): void {
    if (this.isScheduled || this.expected > 0) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.pull();
    });
  }

  /** Pulls no more. What the server had sent before it heard of this still arrives, and is given back. */
  async drain(): Promise<void> {
    this.isDraining = true;
    clearTimeout(this.timer);
    await this.subscription?.drain();
  }

  private pull(): void {
    const free = this.options.free();
    if (this.expected > 0 || free <= 0 || this.isDraining || !this.isOpen || !this.bus.connected) return;
    this.expected = free;
    this.pullId += 1;
    this.bus.nats.publish(
      `$JS.API.CONSUMER.MSG.NEXT.${EVENTS_STREAM}.${this.options.consumer}`,
      JSON.stringify({ batch: free, expires: nanos(PULL_EXPIRES_MS) }),
      { reply: `${this.inbox}.${this.pullId}` },
    );
    this.after(PULL_LOST_MS, () => this.restart());
  }

  private receive(msg: Msg): void {
    const info = msg.reply ? deliveryInfo(msg.reply) : undefined;
    if (!info) return this.receiveStatus(msg);
    if (this.expected > 0) this.expected -= 1;
    if (this.isDraining) msg.respond('-NAK');
    else this.options.onMessage(msg, info);
    this.schedule();
  }

  /** The server's word that the latest pull is over: it expired, or there is nothing to pull from. */
  private receiveStatus(msg: Msg): void {
    const code = msg.headers?.code;
    if (code === STATUS.heartbeat || !msg.subject.endsWith(`.${this.pullId}`)) return;
    this.expected = 0;
    if (code === STATUS.expired || code === STATUS.noMessages) return this.schedule();
    this.logger.warn(`JetStream: ${msg.headers?.status ?? 'a message without delivery'}`);
    this.after(RETRY_MS, () => void this.recover());
  }

  private async recover(): Promise<void> {
    try {
      await this.options.ensure();
      this.restart();
    } catch (error) {
      this.logger.warn(`The consumer is not there yet: ${(error as Error).message}`);
      this.after(RETRY_MS, () => void this.recover());
    }
  }

  private after(ms: number, next: () => void): void {
    clearTimeout(this.timer);
    if (!this.isDraining) this.timer = setTimeout(next, ms);
  }
}
