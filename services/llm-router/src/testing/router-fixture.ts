import 'reflect-metadata';

import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { BatonTransport, BusClient } from '@baton/bus';
import {
  type AnswerOf,
  type BodyInputOf,
  llmRequests,
  type RecordedEvent,
  type RequestContext,
  subjects,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import { loadConfig, migrateService, serviceUrls } from '@baton/service';
import {
  createDatabase,
  knownSecrets,
  ModelServer,
  type RunningServer,
  startNats,
  startPostgres,
  waitFor,
} from '@baton/testkit';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import pg from 'pg';

import { AppModule } from '../app.module.js';
import { configSchema } from '../config.js';
import type { LedgerRow } from '../ledger/ledger-row.js';
import { migrations } from '../migrations/index.js';
import { PlayedOrchestrator } from './played-orchestrator.js';

export const CONTEXT: RequestContext = { tenant_id: 'acme', actor: SYSTEM_ACTOR, request_id: 'req_1' };

export type CompleteInput = BodyInputOf<typeof llmRequests.complete>;

/** A router in this process. */
export interface RouterApp {
  readonly app: INestApplicationContext;
  close(): Promise<void>;
}

/** The router on real servers, with a model server whose script the test writes. */
export class RouterFixture {
  /** Every `llm_call` event that the bus carried. */
  readonly events: RecordedEvent[] = [];
  private readonly apps: RouterApp[] = [];
  private readonly children: ChildProcess[] = [];

  private constructor(
    readonly adminUrl: string,
    readonly admin: pg.Client,
    readonly bus: BusClient,
    readonly orchestrator: PlayedOrchestrator,
    readonly models: ModelServer,
    private readonly servers: readonly RunningServer[],
    private readonly natsUrl: string,
  ) {}

  static async start(): Promise<RouterFixture> {
    Logger.overrideLogger(false);
    const [postgres, nats, models] = await Promise.all([startPostgres(), startNats(), ModelServer.start()]);
    const { url } = await createDatabase(postgres.url);
    await migrateService({ name: 'llm-router', migrations, adminUrl: url });
    const bus = new BusClient({ name: 'test', url: nats.url });
    const orchestrator = new PlayedOrchestrator(new BusClient({ name: 'orchestrator', url: nats.url }));
    const admin = new pg.Client({ connectionString: url });
    await admin.connect();
    const fixture = new RouterFixture(url, admin, bus, orchestrator, models, [postgres, nats], nats.url);
    bus.subscribeEvents(subjects.eventsOf('llm_call'), (event) => fixture.events.push(event));
    await waitFor(() => bus.connected && orchestrator.bus.connected, { what: 'the bus' });
    return fixture;
  }

  /** The environment of a router that asks the model server as OpenAI. */
  env(overrides: Readonly<Record<string, string>> = {}): Record<string, string> {
    const urls = serviceUrls(this.adminUrl, 'llm-router');
    return {
      DATABASE_URL: urls.app,
      DATABASE_SYSTEM_URL: urls.system,
      NATS_URL: this.natsUrl,
      // Nothing in the router needs it.
      REDIS_URL: 'redis://127.0.0.1:1',
      BATON_SECRET: 'a secret of the tests only',
      LOG_LEVEL: 'silent',
      OPENAI_BASE_URL: this.models.openAiUrl,
      BATON_MODEL_FAST: 'openai/test-model',
      BATON_MODEL_SMART: 'openai/test-model',
      ...overrides,
    };
  }

  async startRouter(overrides: Readonly<Record<string, string>> = {}): Promise<RouterApp> {
    const env = this.env(overrides);
    knownSecrets.addEnvironment(env);
    const config = loadConfig(configSchema, env);
    const app = await NestFactory.create(AppModule.forRoot(config), new FastifyAdapter(), {
      logger: false,
      abortOnError: false,
    });
    const transport = new BatonTransport(app.get(BusClient));
    app.connectMicroservice({ strategy: transport });
    await app.startAllMicroservices();
    await app.init();
    const router = {
      app,
      close: async () => {
        await transport.drain(2_000);
        await app.close();
      },
    };
    this.apps.push(router);
    return router;
  }

  /** A router as a process of its own, from `dist`; resolves when it answers. */
  async spawnRouter(overrides: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
    const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
    const child = spawn(process.execPath, [main], { env: this.env(overrides), stdio: 'ignore' });
    this.children.push(child);
    await this.bus
      .request(llmRequests.resolveModel, CONTEXT, { model: 'fast' }, { timeoutMs: 20_000 })
      .catch(async () => {
        await waitFor(
          () =>
            this.bus.request(llmRequests.resolveModel, CONTEXT, { model: 'fast' }).then(
              () => true,
              () => false,
            ),
          { what: 'the router process', timeoutMs: 30_000 },
        );
      });
    return child;
  }

  complete(
    input: Partial<CompleteInput> & { readonly call_id: string },
    ctx = CONTEXT,
  ): Promise<AnswerOf<typeof llmRequests.complete>> {
    const timeout = input.timeout_ms ?? 10_000;
    return this.bus.request(
      llmRequests.complete,
      ctx,
      {
        model: 'fast',
        messages: [{ role: 'user', content: 'Hello' }],
        timeout_ms: timeout,
        origin: {},
        ...input,
      },
      { timeoutMs: timeout + 2_000 },
    );
  }

  async rows(callId: string): Promise<LedgerRow[]> {
    const { rows } = await this.admin.query<LedgerRow>(
      'SELECT * FROM llm_router.llm_calls WHERE call_id = $1 ORDER BY attempt',
      [callId],
    );
    return rows;
  }

  /** The events that the log holds of one call. */
  async recorded(callId: string): Promise<Record<string, unknown>[]> {
    const { rows } = await this.admin.query<{ data: Record<string, unknown> }>(
      `SELECT data FROM llm_router.events WHERE data->>'call_id' = $1 ORDER BY version`,
      [callId],
    );
    return rows.map(({ data }) => data);
  }

  async stopRouters(): Promise<void> {
    await Promise.all(this.apps.splice(0).map((app) => app.close()));
    for (const child of this.children.splice(0)) child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.stopRouters();
    await Promise.all([
      this.bus.close(),
      this.orchestrator.bus.close(),
      this.models.stop(),
      this.admin.end(),
    ]);
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
