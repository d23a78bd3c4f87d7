import { hostname } from 'node:os';

import { BusClient } from '@baton/bus';
import { subjects } from '@baton/contracts';
import { Database, Metrics, newId } from '@baton/service';
import {
  type DynamicModule,
  Global,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type BeforeApplicationShutdown,
} from '@nestjs/common';

import { InboxConsumers } from './consumer/inbox-consumers.js';
import { InboxRepository } from './consumer/inbox-repository.js';
import { deadLetterController } from './dead-letters/dead-letter.controller.js';
import { TenantDeadLetters } from './dead-letters/tenant-dead-letters.js';
import { EventStore } from './event-store.js';
import { LocalKeySource, RemoteKeySource } from './key-sources.js';
import { Keyring } from './keyring.js';
import { LogMetrics } from './log-metrics.js';
import { OutboxRelay } from './outbox-relay.js';
import { StreamQueue } from './stream-queue.js';
import { Timers } from './timers.js';

export interface EventStoreModuleOptions {
  /** Whose log it is: names the poke of its outbox. */
  readonly service: string;
  /** The key-encryption key of the service that keeps the data keys; the others ask it by request. */
  readonly kek?: Buffer;
  /** Where this replica listens: with the host's name it names the replica, the same after a restart. */
  readonly port: number;
}

const OPTIONS = Symbol('EventStoreModuleOptions');

/** Starts and stops what runs beside requests: the relay and the timers. */
class EventStoreLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly relay: OutboxRelay,
    private readonly timers: Timers,
    private readonly bus: BusClient,
    private readonly options: EventStoreModuleOptions,
  ) {}

  onApplicationBootstrap(): void {
    this.unsubscribe = this.bus.subscribe(subjects.outboxPoke(this.options.service), () => this.relay.wake());
    this.relay.start();
    this.timers.start();
  }

  /** Before the pools close, which is at `onApplicationShutdown`. */
  async beforeApplicationShutdown(): Promise<void> {
    this.unsubscribe?.();
    await Promise.all([this.relay.stop(), this.timers.stop()]);
  }
}

/** The log of a service, with its relay, timers and inbox; global. */
@Global()
@Module({})
export class EventStoreModule {
  static forRoot(options: EventStoreModuleOptions): DynamicModule {
    const logger = new Logger('EventStore');
    const report = (error: unknown, what: string): void => logger.error({ err: error }, `Could not ${what}`);
    return {
      module: EventStoreModule,
      controllers: [deadLetterController(options.service)],
      providers: [
        TenantDeadLetters,
        { provide: OPTIONS, useValue: options },
        {
          provide: Keyring,
          inject: [Database, BusClient],
          useFactory: (database: Database, bus: BusClient) =>
            new Keyring(
              options.kek
                ? new LocalKeySource(database, options.kek)
                : new RemoteKeySource(bus, () => newId('req')),
            ),
        },
        {
          provide: LogMetrics,
          inject: [Metrics, Database],
          useFactory: (metrics: Metrics, database: Database) => new LogMetrics(metrics, database),
        },
        {
          provide: OutboxRelay,
          inject: [Database, BusClient, LogMetrics],
          useFactory: (database: Database, bus: BusClient, metrics: LogMetrics) => {
            const relay = new OutboxRelay(database, bus, {
              holder: `${hostname()}:${options.port || process.pid}`,
              onError: report,
              onPublished: (count) => metrics.relayed(count),
            });
            metrics.watch(relay);
            return relay;
          },
        },
        {
          provide: Timers,
          inject: [Database],
          useFactory: (database: Database) =>
            new Timers(database, {
              onError: (error, timer) =>
                report(error, timer ? `fire the timer ${timer.timerId}` : 'look at the timers'),
            }),
        },
        {
          provide: EventStore,
          inject: [Database, Keyring, OutboxRelay, Timers, BusClient, LogMetrics],
          useFactory: (
            database: Database,
            keyring: Keyring,
            relay: OutboxRelay,
            timers: Timers,
            bus: BusClient,
            metrics: LogMetrics,
          ) =>
            new EventStore(database, keyring, {
              newEventId: () => newId('evt'),
              ...(options.kek && { kek: options.kek }),
              onCommitted: (events, dueTimers) => {
                metrics.committed(events);
                if (events.length > 0) {
                  relay.wake();
                  // Another replica may hold the partition; this one was told already.
                  if (!relay.holdsAll) bus.publish(subjects.outboxPoke(options.service), {});
                }
                if (dueTimers.length > 0) timers.wake();
              },
            }),
        },
        { provide: StreamQueue, useFactory: () => new StreamQueue() },
        {
          provide: InboxRepository,
          inject: [Database],
          useFactory: (database: Database) => new InboxRepository(database),
        },
        InboxConsumers,
        {
          provide: EventStoreLifecycle,
          inject: [OutboxRelay, Timers, BusClient, OPTIONS],
          useFactory: (relay: OutboxRelay, timers: Timers, bus: BusClient, given: EventStoreModuleOptions) =>
            new EventStoreLifecycle(relay, timers, bus, given),
        },
      ],
      exports: [Keyring, EventStore, StreamQueue, InboxRepository, InboxConsumers, Timers, OutboxRelay],
    };
  }
}
