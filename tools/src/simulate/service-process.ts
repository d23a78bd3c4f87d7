import { BusClient } from '@baton/bus';
import type { RecordedEvent } from '@baton/contracts';
import { CONFIG, Database, Guards, Health, Leases, Metrics, SERVICE_NAME } from '@baton/service';

import { type RequestLike, type Serve, SimulatedBus } from './bus.js';
import { SimulatedDatabase } from './database.js';
import { Injector } from './injector.js';
import type { Message, Taker } from './jetstream.js';
import { SimulatedLeases } from './leases.js';
import type { Process } from './kernel.js';
import type { ServiceDefinition, SimulatedService } from './services.js';
import type { World } from './world.js';

type Handle = (event: RecordedEvent, delivery: { redelivered: boolean }) => Promise<unknown>;
interface Consuming {
  readonly subject: string;
  readonly handle: Handle;
}

const EXTRAS = 'microservices:pattern_extras';
/** Metrics of a simulation are nobody's: whatever is asked of them does nothing. */
const quiet: object = new Proxy(() => undefined, {
  get: (_target, name) => (name === 'then' ? undefined : (): object => quiet),
  apply: () => quiet,
});
const NO_METRICS = quiet as Metrics;
const HEALTHY: object = new Proxy(() => undefined, {
  get: (_target, name) =>
    name === 'drainSignal' ? new AbortController().signal : (Reflect.get(quiet, name) as unknown),
});

/** One life of a process: the service's own modules, wired anew, with the simulated outside. */
export class ServiceProcess implements Taker {
  readonly requests = new Map<string, Serve>();
  readonly consumers = new Map<string, Consuming>();
  isReady = false;
  private readonly messages = new Set<string>();
  private readonly failures = new Map<string, number>();

  constructor(
    private readonly world: World,
    readonly service: SimulatedService,
    private readonly definition: ServiceDefinition,
    readonly process: Process,
    private readonly port: number,
  ) {}

  get isAlive(): boolean {
    return this.process.isAlive;
  }

  get isStalled(): boolean {
    return this.process.stalledUntil > this.world.kernel.nowMs;
  }

  async boot(): Promise<void> {
    const { world, definition, port } = this;
    const bus = new SimulatedBus(world.network, this.process, this.service);
    const injector = new Injector(definition.modules(port), this.given(bus), definition.without);
    await injector.make();
    await definition.beforeStart?.(injector, world.options);
    await injector.begin();
    for (const controller of injector.controllers) this.read(controller);
    for (const { consumer, subject, handle } of (await definition.afterBoot?.(injector)) ?? [])
      this.consumers.set(consumer, { subject, handle });
    this.isReady = true;
    world.joined(this);
  }

  hasMessage(key: string): boolean {
    return this.messages.has(key);
  }

  take(consumer: string, message: Message): void {
    if (this.messages.has(message.key)) return;
    this.messages.add(message.key);
    this.world.kernel.after(0, this.process, () => void this.work(consumer, message));
  }

  private async work(consumer: string, message: Message): Promise<void> {
    const { world, process } = this;
    const { stream, mutants } = world.network;
    if (mutants.has('ack-before-commit')) stream.ack(consumer, message);
    try {
      const result = await this.consumers.get(consumer)?.handle(message.event, {
        redelivered: message.deliveries > 1,
      });
      const { deferMs } = (result ?? {}) as { deferMs?: number };
      if (deferMs !== undefined) {
        world.kernel.after(deferMs, process, () => void this.work(consumer, message));
        return;
      }
      this.messages.delete(message.key);
      this.failures.delete(message.key);
      if (world.faults.strikes('ack-lost')) return;
      world.kernel.after(world.network.transit(), null, () => stream.ack(consumer, message));
    } catch (error) {
      world.noteError(this.service, error);
      this.messages.delete(message.key);
      const failures = (this.failures.get(message.key) ?? 0) + 1;
      this.failures.set(message.key, failures);
      const delay = world.kernel.random.next() * Math.min(10_000, 250 * 2 ** (failures - 1));
      world.kernel.after(world.network.transit(), null, () => stream.nak(consumer, message, delay));
    }
  }

  private given(bus: SimulatedBus): Map<unknown, unknown> {
    const { world, process, definition, port } = this;
    const { kernel, faults, network } = world;
    const publishEarly = network.mutants.has('publish-before-commit')
      ? (events: readonly RecordedEvent[]): void => {
          for (const event of events) network.stream.store(event);
        }
      : undefined;
    const memory = world.databases[this.service];
    return new Map<unknown, unknown>([
      [
        Database,
        new SimulatedDatabase(
          kernel,
          faults,
          process,
          memory,
          publishEarly,
          () => world.leases.flush(),
          (events) => {
            for (const { event_id } of events) world.writers.set(event_id, process.name);
          },
        ),
      ],
      [BusClient, bus],
      [Leases, new SimulatedLeases(world.leases, kernel, process)],
      [Metrics, NO_METRICS],
      // Nobody drains here: a process that ends is killed.
      [Health, HEALTHY],
      [Guards, new Guards(NO_METRICS)],
      [CONFIG, definition.config(port)],
      [SERVICE_NAME, this.service],
      ...(definition.given?.(bus) ?? []),
    ]);
  }

  /** What Nest's transport would find: the methods that are marked as answering a request or hearing events. */
  private read(controller: object): void {
    const prototype = Object.getPrototypeOf(controller) as Record<string, unknown>;
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const method = prototype[name];
      if (name === 'constructor' || typeof method !== 'function') continue;
      const { batonRequest, batonEvents } = (Reflect.getMetadata(EXTRAS, method) ?? {}) as {
        batonRequest?: RequestLike;
        batonEvents?: { consumer: string; subject: string | readonly string[] };
      };
      if (batonRequest)
        this.requests.set(batonRequest.pattern, (request) =>
          Promise.resolve(method.call(controller, request)),
        );
      if (batonEvents) {
        const handle: Handle = (event, delivery) => Promise.resolve(method.call(controller, event, delivery));
        // Each of several subjects is a durable of its own.
        for (const subject of [batonEvents.subject].flat())
          this.consumers.set(`${batonEvents.consumer} ${subject}`, { subject, handle });
      }
    }
  }
}
