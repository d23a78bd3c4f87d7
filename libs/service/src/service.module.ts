import { BusClient } from '@baton/bus';
import { type DynamicModule, Global, Module, type Provider } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';

import { instrumentBus } from './bus-telemetry.js';
import { Clock } from './clock.js';
import type { BaseConfig } from './config.js';
import { Database } from './database.js';
import { HealthController } from './health.controller.js';
import { Health } from './health.js';
import { Leases } from './lease.js';
import { Metrics } from './metrics.js';
import type { Entities } from './orm.js';
import { RedisClient } from './redis.js';
import { ProcessReporter } from './report/process-reporter.js';
import { guardRequests, type RequestRule } from './resilience/guard-requests.js';
import { Guards } from './resilience/guards.js';
import { schemaOf, type ServiceName } from './service-name.js';
import { BUS_TRACER } from './telemetry/bus-tracer.js';
import { dependencyMetrics } from './telemetry/dependency-metrics.js';
import { OpenTelemetry } from './telemetry/open-telemetry.js';
import { sendTracesTo } from './telemetry/outgoing.js';

/** The parsed configuration, as `runService` gave it to the application's module. */
export const CONFIG = Symbol('CONFIG');
/** The {@link ServiceName} of this process. */
export const SERVICE_NAME = Symbol('SERVICE_NAME');

export interface ServiceModuleOptions {
  readonly name: ServiceName;
  readonly config: BaseConfig;
  /** TypeORM entities that `Database.tenant` may use. */
  readonly entities?: Entities;
  /** What stands before requests to other services. */
  readonly requests?: readonly RequestRule[];
}

/**
 * What makes a process a good citizen, for the whole application: {@link Database}, {@link Clock},
 * {@link Guards}, {@link Leases}, {@link Metrics}, {@link RedisClient}, {@link Health} and its routes.
 */
@Global()
@Module({})
export class ServiceModule {
  static forRoot(options: ServiceModuleOptions): DynamicModule {
    const { name, config } = options;
    const providers: Provider[] = [
      { provide: CONFIG, useValue: config },
      { provide: SERVICE_NAME, useValue: name },
      { provide: Metrics, useFactory: () => new Metrics(name) },
      {
        provide: OpenTelemetry,
        useFactory: () => {
          sendTracesTo(config.BATON_TRACEPARENT_TO);
          return new OpenTelemetry(name, config.OTEL_EXPORTER_OTLP_ENDPOINT);
        },
      },
      { provide: Database, useFactory: () => openDatabase(options) },
      { provide: RedisClient, useFactory: () => new RedisClient(config.REDIS_URL, `baton-${name}`) },
      { provide: Clock, useFactory: (database: Database) => new Clock(database), inject: [Database] },
      {
        provide: Leases,
        useFactory: (redis: RedisClient, metrics: Metrics) => new Leases(redis, metrics),
        inject: [RedisClient, Metrics],
      },
      { provide: Guards, useFactory: (metrics: Metrics) => new Guards(metrics), inject: [Metrics] },
      HEALTH,
      BUS_TELEMETRY,
      DEPENDENCY_METRICS,
      REPORTER,
      requestGuards(options.requests ?? []),
    ];
    return {
      module: ServiceModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController],
      providers,
      exports: [
        CONFIG,
        SERVICE_NAME,
        Metrics,
        Database,
        RedisClient,
        Clock,
        Guards,
        Leases,
        Health,
        OpenTelemetry,
        ProcessReporter,
      ],
    };
  }
}

const HEALTH: Provider = {
  provide: Health,
  useFactory: (
    checks: HealthCheckService,
    indicators: HealthIndicatorService,
    database: Database,
    redis: RedisClient,
    bus?: BusClient,
  ) => new Health(checks, indicators, database, redis, bus),
  inject: [
    HealthCheckService,
    HealthIndicatorService,
    Database,
    RedisClient,
    { token: BusClient, optional: true },
  ],
};

/** Nobody injects it: it is there so that the bus is counted before its first message. */
const BUS_TELEMETRY: Provider = {
  provide: Symbol('BUS_TELEMETRY'),
  useFactory: (metrics: Metrics, clock: Clock, traces: OpenTelemetry, bus?: BusClient) => {
    if (bus) instrumentBus(bus, metrics, clock);
    if (traces.isOn) bus?.useTracer(BUS_TRACER);
    return null;
  },
  inject: [Metrics, Clock, OpenTelemetry, { token: BusClient, optional: true }],
};

/** Nobody injects it either. */
const DEPENDENCY_METRICS: Provider = {
  provide: Symbol('DEPENDENCY_METRICS'),
  useFactory: (metrics: Metrics, database: Database, redis: RedisClient) => {
    dependencyMetrics(metrics, database, redis);
    return null;
  },
  inject: [Metrics, Database, RedisClient],
};

/** Nobody injects it either: it answers who asks on the bus. */
const REPORTER: Provider = {
  provide: ProcessReporter,
  useFactory: (service: ServiceName, health: Health, metrics: Metrics, bus?: BusClient) =>
    new ProcessReporter(service, health, metrics, bus),
  inject: [SERVICE_NAME, Health, Metrics, { token: BusClient, optional: true }],
};

/** Nobody injects it either. */
const requestGuards = (rules: readonly RequestRule[]): Provider => ({
  provide: Symbol('REQUEST_GUARDS'),
  useFactory: (guards: Guards, bus?: BusClient) => {
    if (bus && rules.length > 0) guardRequests(bus, guards, rules);
    return null;
  },
  inject: [Guards, { token: BusClient, optional: true }],
});

const openDatabase = ({ name, config, entities }: ServiceModuleOptions): Database =>
  new Database({
    url: config.DATABASE_URL,
    systemUrl: config.DATABASE_SYSTEM_URL,
    schema: schemaOf(name),
    applicationName: `baton-${name}`,
    poolSize: config.DATABASE_POOL_SIZE,
    ...(entities && { entities }),
  });
