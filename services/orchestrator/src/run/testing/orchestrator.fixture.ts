import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BatonTransport, BusClient } from '@baton/bus';
import type { AnswerOf, BodyInputOf, RequestContext, RequestDefinition } from '@baton/contracts';
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

import { AppModule } from '../../app.module.js';
import { configSchema } from '../../config.js';
import { migrations } from '../../migrations/index.js';
import { PlayedServices } from './played-services.js';

/** The orchestrator on real servers; the router and the memory are played. */
export class OrchestratorFixture {
  private readonly apps = new Set<NestFastifyApplication>();

  private constructor(
    private readonly servers: readonly RunningServer[],
    private readonly env: Readonly<Record<string, string>>,
    readonly services: PlayedServices,
    /** A client of the tests' own. */
    readonly bus: BusClient,
    /** The orchestrator's database, for looking at it. */
    readonly database: Database,
    readonly workflowsDir: string,
    /** To be frozen, flushed and killed. */
    readonly redis: RunningServer,
  ) {}

  static async start(
    workflows: Readonly<Record<string, string>> = {},
    moreEnv: Readonly<Record<string, string>> = {},
  ): Promise<OrchestratorFixture> {
    const [postgres, nats, redis, workflowsDir] = await Promise.all([
      startPostgres(),
      startNats(),
      startRedis(),
      mkdtemp(join(tmpdir(), 'baton-workflows-')),
    ]);
    for (const [file, yaml] of Object.entries(workflows)) await writeFile(join(workflowsDir, file), yaml);
    const { url: adminUrl } = await createDatabase(postgres.url);
    await migrateService({ name: 'orchestrator', migrations, adminUrl });
    const urls = serviceUrls(adminUrl, 'orchestrator');
    const env = {
      DATABASE_URL: urls.app,
      DATABASE_SYSTEM_URL: urls.system,
      NATS_URL: nats.url,
      REDIS_URL: redis.url,
      BATON_SECRET: 'a secret of the tests',
      BATON_WORKFLOWS_DIR: workflowsDir,
      LOG_LEVEL: 'error',
      // Looking for one takes time; the tests that need one have it in moreEnv.
      BATON_SANDBOX: 'none',
      ...moreEnv,
    };
    return new OrchestratorFixture(
      [postgres, nats, redis],
      env,
      new PlayedServices(nats.url),
      new BusClient({ name: 'test', url: nats.url }),
      new Database({
        url: urls.app,
        systemUrl: urls.system,
        schema: schemaOf('orchestrator'),
        applicationName: 'test',
      }),
      workflowsDir,
      redis,
    );
  }

  /** One replica, inside this process; `moreEnv` is its alone. */
  async boot(moreEnv: Readonly<Record<string, string>> = {}): Promise<NestFastifyApplication> {
    const env = { ...this.env, ...moreEnv };
    knownSecrets.addEnvironment(env);
    const config = loadConfig(configSchema, env);
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.for(config),
      new FastifyAdapter(),
      {
        logger: ['error', 'fatal'],
        abortOnError: false,
      },
    );
    app.connectMicroservice({ strategy: new BatonTransport(app.get(BusClient)) });
    await app.startAllMicroservices();
    await app.init();
    this.apps.add(app);
    return app;
  }

  ask<D extends RequestDefinition>(
    definition: D,
    body: BodyInputOf<D>,
    ctx: Partial<RequestContext> = {},
  ): Promise<AnswerOf<D>> {
    return this.bus.request(
      definition,
      { tenant_id: 'default', actor: { type: 'api_key', id: 'key_1' }, request_id: 'req_1', ...ctx },
      body,
    );
  }

  async shutDown(app: NestFastifyApplication): Promise<void> {
    this.apps.delete(app);
    await app.close();
  }

  get replicas(): readonly NestFastifyApplication[] {
    return [...this.apps];
  }

  /** Every replica ends, and as many begin. */
  async restart(): Promise<void> {
    const before = [...this.apps];
    await Promise.all(before.map((app) => this.shutDown(app)));
    await Promise.all(before.map(() => this.boot()));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.apps].map((app) => this.shutDown(app)));
    await Promise.all([this.services.stop(), this.bus.close(), this.database.close()]);
    await Promise.all(this.servers.map((server) => server.stop()));
    await rm(this.workflowsDir, { recursive: true, force: true });
  }
}
