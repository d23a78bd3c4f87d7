import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BatonTransport, BusClient } from '@baton/bus';
import { Database, loadConfig, migrateService, schemaOf, serviceUrls } from '@baton/service';
import {
  createDatabase,
  knownSecrets,
  type RunningServer,
  startNats,
  startPostgres,
  startRedis,
} from '@baton/testkit';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

import { AppModule } from '../app.module.js';
import { configSchema } from '../config.js';
import { migrations } from '../migrations/index.js';
import { PlayedQueue } from './played-queue.js';
import { PlayedOrchestrator } from './played-orchestrator.js';
import { PlayedRouter } from './played-router.js';

/** memory-worker on real servers, the orchestrator and the router played. */
export class MemoryWorkerFixture {
  private readonly apps = new Set<NestFastifyApplication>();

  private constructor(
    readonly servers: { postgres: RunningServer; nats: RunningServer; redis: RunningServer },
    readonly adminUrl: string,
    readonly env: Readonly<Record<string, string>>,
    readonly orchestrator: PlayedOrchestrator,
    readonly router: PlayedRouter,
    readonly queue: PlayedQueue,
    /** A client of the tests' own. */
    readonly bus: BusClient,
    /** memory-worker's database, for looking at it. */
    readonly database: Database,
    readonly knowledgeDir: string,
  ) {}

  static async start(): Promise<MemoryWorkerFixture> {
    const [postgres, nats, redis, knowledgeDir] = await Promise.all([
      startPostgres(),
      startNats(),
      startRedis(),
      mkdtemp(join(tmpdir(), 'baton-knowledge-')),
    ]);
    const { url: adminUrl } = await createDatabase(postgres.url);
    await migrateService({
      name: 'memory-worker',
      migrations,
      adminUrl,
    });
    const urls = serviceUrls(adminUrl, 'memory-worker');
    return new MemoryWorkerFixture(
      { postgres, nats, redis },
      adminUrl,
      {
        DATABASE_URL: urls.app,
        DATABASE_SYSTEM_URL: urls.system,
        NATS_URL: nats.url,
        REDIS_URL: redis.url,
        BATON_SECRET: 'a secret of the tests',
        BATON_KNOWLEDGE_DIR: knowledgeDir,
        LOG_LEVEL: 'error',
      },
      await PlayedOrchestrator.start(adminUrl, nats.url),
      PlayedRouter.start(nats.url),
      PlayedQueue.start(nats.url),
      new BusClient({ name: 'test', url: nats.url }),
      new Database({
        url: urls.app,
        systemUrl: urls.system,
        schema: schemaOf('memory-worker'),
        applicationName: 'test',
      }),
      knowledgeDir,
    );
  }

  /** One replica, inside this process. */
  async boot(env: Readonly<Record<string, string>> = {}): Promise<NestFastifyApplication> {
    const variables = { ...this.env, ...env };
    knownSecrets.addEnvironment(variables);
    const config = loadConfig(configSchema, variables);
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot(config),
      new FastifyAdapter(),
      { logger: ['error', 'fatal'], abortOnError: false },
    );
    app.connectMicroservice({ strategy: new BatonTransport(app.get(BusClient)) });
    await app.startAllMicroservices();
    await app.init();
    this.apps.add(app);
    return app;
  }

  async shutDown(app: NestFastifyApplication): Promise<void> {
    this.apps.delete(app);
    await app.close();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.apps].map((app) => this.shutDown(app)));
    await Promise.all([
      this.orchestrator.stop(),
      this.router.stop(),
      this.queue.stop(),
      this.bus.close(),
      this.database.close(),
    ]);
    const { postgres, nats, redis } = this.servers;
    await Promise.all([postgres.stop(), nats.stop(), redis.stop()]);
    await rm(this.knowledgeDir, { recursive: true, force: true });
  }

  /** Rows as the system role sees them. */
  rows<Row extends object>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    return this.database.system<Row>(sql, params);
  }
}
