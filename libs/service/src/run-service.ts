import 'reflect-metadata';

import { setTimeout as delay } from 'node:timers/promises';

import { BatonTransport, BusClient } from '@baton/bus';
import { type DynamicModule, Logger, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';

import { releaseBootMemory } from './boot-memory.js';
import { type BaseConfig, ConfigError, loadConfig } from './config.js';
import { Database } from './database.js';
import { Health } from './health.js';
import { hideMetrics, listenForManagement } from './management-port.js';
import { awaitSchema } from './schema-gate.js';
import { type Migrations, SchemaVersion } from './schema-version.js';
import { ServiceLogger } from './service-logger.js';
import { schemaOf, type ServiceName } from './service-name.js';

/**
 * A service's own configuration: the base and more. `PORT`, when there is one, is where it listens, and
 * `BATON_SERVICE_PORT` beside it a management port.
 */
export type ServiceConfig = BaseConfig & {
  readonly PORT?: number | undefined;
  /** How long a process with a `PORT` goes on taking what comes after it has said that it is not ready. */
  readonly BATON_DRAIN_DELAY_SECONDS?: number | undefined;
};

export interface RunServiceOptions<S extends z.ZodType<ServiceConfig>> {
  readonly name: ServiceName;
  readonly configSchema: S;
  /** The application's module; it imports `ServiceModule.forRoot` and `BusModule.forRoot`. */
  readonly module: (config: z.output<S>) => Type | DynamicModule;
  /** The migrations that this code was built with: it does not work on a schema that lacks one of them. */
  readonly migrations?: Migrations;
  /** More set-up of the HTTP side before it listens; only the gateway has one. */
  readonly http?: (app: NestFastifyApplication, config: z.output<S>) => Promise<void>;
}

const BODY_LIMIT_BYTES = 1024 * 1024;
/** For a whole request to arrive: who sends slower than that keeps a connection from others. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Ids have up to 128 characters; the router would refuse more than 100 as not found. */
const LONGEST_PATH_PARAMETER = 512;
/** From the end of the delay behind SIGTERM to the end of the process. */
const DRAIN_LIMIT_MS = 10_000;
/** Of that, what handlers under way may take. */
const HANDLERS_LIMIT_MS = 8_000;
/** After the start, until what it loads late has been loaded. */
const SETTLED_MS = 2_000;

/**
 * Runs a service until it is told to stop: reads its configuration (or ends with 1, naming each bad
 * variable), starts HTTP and the bus, and on SIGTERM or SIGINT says that it is not ready, stops taking work
 * once who balances the load has had time to see that, finishes what it has and ends with 0. An error nobody caught is logged with its stack and ends the process with 1.
 */
export const runService = async <S extends z.ZodType<ServiceConfig>>(
  options: RunServiceOptions<S>,
): Promise<void> => {
  process.title = `baton-${options.name}`;
  const config = readConfig(options);
  const logger = new ServiceLogger(options.name, config.LOG_LEVEL);
  Logger.overrideLogger(logger);
  dieLoudly(logger);
  try {
    const app = await start(options, config, logger);
    logger.log(`baton-${options.name} is ready on ${await app.getUrl()}`, 'Service');
    setTimeout(releaseBootMemory, SETTLED_MS).unref();
  } catch (error) {
    logger.fatal(error, 'Service');
    process.exit(1);
  }
};

const readConfig = <S extends z.ZodType<ServiceConfig>>(options: RunServiceOptions<S>): z.output<S> => {
  try {
    return loadConfig(options.configSchema);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`baton-${options.name}: ${error.message}\n`);
    process.exit(1);
  }
};

const dieLoudly = (logger: ServiceLogger): void => {
  for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
    process.on(event, (error: unknown) => {
      logger.fatal(error instanceof Error ? error : new Error(String(error)), event);
      process.exit(1);
    });
  }
};

const start = async <S extends z.ZodType<ServiceConfig>>(
  options: RunServiceOptions<S>,
  config: z.output<S>,
  logger: ServiceLogger,
): Promise<NestFastifyApplication> => {
  const { migrations } = options;
  if (migrations) await awaitOwnSchema(options.name, migrations, config, logger);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // What came before the end is answered.
    return503OnClosing: false,
    routerOptions: { maxParamLength: LONGEST_PATH_PARAMETER },
  });
  const app = await NestFactory.create<NestFastifyApplication>(options.module(config), adapter, {
    logger,
    abortOnError: false,
  });
  if (migrations) app.get(Health).expectSchema(new SchemaVersion(app.get(Database), migrations));
  if (config.PORT !== undefined) sendAwayWhileDraining(app);
  const transport = new BatonTransport(app.get(BusClient));
  app.connectMicroservice({ strategy: transport });
  await options.http?.(app, config);
  stopOnSignal(app, transport, logger, delayMsOf(config));
  await app.startAllMicroservices();
  const managementPort = config.PORT === undefined ? 0 : config.BATON_SERVICE_PORT;
  if (managementPort > 0) hideMetrics(app);
  await app.listen(config.PORT ?? config.BATON_SERVICE_PORT, config.BATON_HOST);
  if (managementPort > 0) await listenForManagement(app, managementPort, config.BATON_HOST);
  return app;
};

const awaitOwnSchema = async (
  name: ServiceName,
  migrations: Migrations,
  config: ServiceConfig,
  logger: ServiceLogger,
): Promise<void> => {
  const database = new Database({
    url: config.DATABASE_URL,
    systemUrl: config.DATABASE_SYSTEM_URL,
    schema: schemaOf(name),
    applicationName: `baton-${name}`,
  });
  try {
    await awaitSchema(new SchemaVersion(database, migrations), {
      port: config.PORT ?? config.BATON_SERVICE_PORT,
      host: config.BATON_HOST,
      logger,
    });
  } finally {
    await database.close();
  }
};

/** Only who listens for others than operators is sent anything until a load balancer has looked again. */
const delayMsOf = ({ PORT, BATON_DRAIN_DELAY_SECONDS }: ServiceConfig): number =>
  PORT === undefined ? 0 : (BATON_DRAIN_DELAY_SECONDS ?? 0) * 1_000;

/** Who keeps a connection opens the next one elsewhere, before this process has none any more. */
const sendAwayWhileDraining = (app: NestFastifyApplication): void => {
  const health = app.get(Health);
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (_request, reply, done) => {
      if (health.draining) void reply.header('connection', 'close');
      done();
    });
};

const stopOnSignal = (
  app: NestFastifyApplication,
  transport: BatonTransport,
  logger: ServiceLogger,
  delayMs: number,
): void => {
  let isStopping = false;
  const stop = async (signal: string): Promise<void> => {
    // Asked twice: somebody is in a hurry.
    if (isStopping) process.exit(1);
    isStopping = true;
    logger.log(`${signal}: draining`, 'Service');
    app.get(Health).drain();
    await delay(delayMs);
    setTimeout(() => {
      logger.warn(`Not drained within ${DRAIN_LIMIT_MS} ms`, 'Service');
      process.exit(1);
    }, DRAIN_LIMIT_MS).unref();
    await transport.drain(HANDLERS_LIMIT_MS);
    // HTTP finishes what it has; then the pools end and NATS drains.
    await app.close();
    logger.log('Drained', 'Service');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));
};
