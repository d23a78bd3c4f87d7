import type { NatsConnection } from '@nats-io/transport-node';

import type { BusClient } from './bus-client.js';
import { ensureDurableConsumer, retireDurableConsumer } from './durable-consumer.js';
import type { Durable } from './durables.js';
import { type EventHandler, EventWorker } from './event-worker.js';
import { PullLoop } from './pull-loop.js';

const DEFAULT_MAX_IN_FLIGHT = 64;

/** One durable consumer as this process reads it: pulls as much as its handler has places for. */
export class PullConsumer {
  private readonly loop: PullLoop;
  private readonly worker: EventWorker;

  constructor(
    private readonly bus: BusClient,
    private readonly durable: Durable,
    handler: EventHandler,
  ) {
    const { name, maxInFlight = DEFAULT_MAX_IN_FLIGHT } = durable;
    bus.durables.add(name);
    this.worker = new EventWorker(bus, name, maxInFlight, handler, () => this.loop.schedule());
    this.loop = new PullLoop(bus, {
      consumer: name,
      free: () => this.worker.free,
      onMessage: (msg, info) => this.worker.receive(msg, info),
      ensure: () => this.ensure(),
    });
  }

  start(nats: NatsConnection): void {
    this.loop.listen(nats);
    this.bus.connection.afterReconnect(() => {
      this.loop.restart();
      void this.worker.resume();
    });
    this.bus.streams.onEpoch(async () => {
      this.worker.forgetAll();
      await this.ensure();
      this.loop.restart();
    });
  }

  /** Takes no more and resolves when the handlers under way have settled. */
  async drain(): Promise<void> {
    await this.loop.drain();
    await this.worker.drain();
  }

  /** Gives back what is still being worked on, so that another replica need not wait for ack_wait. */
  abandon(): void {
    this.worker.abandon();
  }

  private async ensure(): Promise<void> {
    const manager = await this.bus.streams.jetstream();
    const { name, subject, replaces } = this.durable;
    await ensureDurableConsumer(manager, name, subject);
    if (replaces !== undefined) await retireDurableConsumer(manager, replaces);
  }
}
