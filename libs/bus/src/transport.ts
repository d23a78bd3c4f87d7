import { Logger } from '@nestjs/common';
import { type CustomTransportStrategy, type MessageHandler, Server } from '@nestjs/microservices';

import type { BusClient } from './bus-client.js';
import type { EventsExtras, RequestExtras } from './decorators.js';
import { durablesOf } from './durables.js';
import { PullConsumer } from './pull-consumer.js';
import { RequestServer } from './request-server.js';

/** How long `app.close()` waits where nobody called `drain` before. */
const CLOSE_TIMEOUT_MS = 8_000;

/** Handlers are called without Nest's rxjs pipeline: what it would await, we await. */
type DirectHandler = (...args: unknown[]) => Promise<never>;

/**
 * Baton's bus as a Nest transport: `@HandleRequest` methods answer requests as one of the service's
 * queue group, `@HandleEvents` methods read durable consumers. Listening does not wait for NATS.
 */
export class BatonTransport extends Server implements CustomTransportStrategy {
  /** A failed event handler is ours to report and to repeat. */
  override readonly propagatesEventHandlerErrors = true;
  private readonly log = new Logger('Transport');
  private readonly requests: RequestServer[] = [];
  private readonly consumers: PullConsumer[] = [];
  private drained: Promise<boolean> | undefined;

  constructor(private readonly bus: BusClient) {
    super();
  }

  listen(callback: () => void): void {
    for (const [pattern, handler] of this.messageHandlers) this.add(pattern, handler);
    this.bus.connection.whenReady((nats) => {
      if (this.drained) return;
      for (const server of this.requests) server.start(nats);
      for (const consumer of this.consumers) consumer.start(nats);
    });
    callback();
  }

  /**
   * Takes nothing new and waits for what is under way; what is not done after `timeoutMs` is given back
   * to JetStream. Resolves to true when everything was finished.
   */
  drain(timeoutMs: number): Promise<boolean> {
    this.drained ??= this.drainWithin(timeoutMs);
    return this.drained;
  }

  async close(): Promise<void> {
    await this.drain(CLOSE_TIMEOUT_MS);
  }

  on(): never {
    throw new Error('BatonTransport has no events of its own; watch BusClient.connection');
  }

  unwrap<T>(): T {
    return this.bus.nats as T;
  }

  private add(pattern: string, handler: MessageHandler): void {
    const { batonRequest, batonEvents } = (handler.extras ?? {}) as Partial<RequestExtras & EventsExtras>;
    const call = handler as unknown as DirectHandler;
    if (handler.next) throw new Error(`Two handlers share ${pattern}`);
    if (batonRequest) this.requests.push(new RequestServer(this.bus, batonRequest, call));
    else if (batonEvents)
      for (const durable of durablesOf(batonEvents))
        this.consumers.push(new PullConsumer(this.bus, durable, call));
    else throw new Error(`${pattern} is not marked with @HandleRequest or @HandleEvents`);
  }

  private async drainWithin(timeoutMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
    });
    const work = Promise.all([...this.requests, ...this.consumers].map((each) => each.drain()));
    const finished = await Promise.race([work.then(() => true as const), late]);
    clearTimeout(timer);
    if (!finished) {
      this.log.warn('Not everything was finished in time: the rest goes back to JetStream');
      for (const consumer of this.consumers) consumer.abandon();
    }
    return finished;
  }
}
