import 'reflect-metadata';

import { BatonError, type StaffRole, staffRequests } from '@baton/contracts';
import { loadConfig, migrateService, serviceUrls } from '@baton/service';
import {
  createDatabase,
  knownSecrets,
  type RunningServer,
  startNats,
  startPostgres,
  startRedis,
  type TestDatabase,
} from '@baton/testkit';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';

import { AppModule } from '../app.module.js';
import type { Scope } from '../auth/principal.js';
import { type GatewayConfig, gatewayConfigSchema } from '../config.js';
import { setUpHttp } from '../http/set-up-http.js';
import { MIGRATIONS } from '../migrations/index.js';
import { Tokens } from '../token/tokens.js';
import type { PlayedServices } from './played-services.fixture.js';

export const FIRST_KEY = 'first-key-of-the-test';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- what came over the wire; the test says what it must be
  readonly body: any;
  readonly text: string;
}

export interface CallOptions {
  /** The first key unless told; null sends none. */
  readonly token?: string | null;
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Record<string, string>;
}

/** The servers that a test file runs on. */
export class TestServers {
  private constructor(
    readonly postgres: RunningServer,
    readonly nats: RunningServer,
    readonly redis: RunningServer,
    readonly database: TestDatabase,
  ) {}

  static async start(): Promise<TestServers> {
    Logger.overrideLogger(process.env['DEBUG_GATEWAY'] ? ['fatal', 'error', 'warn'] : ['fatal']);
    const [postgres, nats, redis] = await Promise.all([startPostgres(), startNats(), startRedis()]);
    const database = await createDatabase(postgres.url);
    await migrateService({ name: 'gateway', migrations: MIGRATIONS, adminUrl: database.url });
    return new TestServers(postgres, nats, redis, database);
  }

  async stop(): Promise<void> {
    await Promise.all([this.redis.stop(), this.nats.stop()]);
    await this.postgres.stop();
  }
}

/** A gateway in this process on real servers, its neighbours played. */
export class TestGateway {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly config: GatewayConfig,
    readonly url: string,
  ) {}

  static async start(servers: TestServers, env: Record<string, string> = {}): Promise<TestGateway> {
    const { app: appUrl, system } = serviceUrls(servers.database.url, 'gateway');
    const variables = {
      DATABASE_URL: appUrl,
      DATABASE_SYSTEM_URL: system,
      NATS_URL: servers.nats.url,
      REDIS_URL: servers.redis.url,
      BATON_SECRET: 'a secret of this test only',
      BATON_API_KEY: FIRST_KEY,
      BATON_RATE_LIMIT_REQUESTS_PER_SECOND: '1000000',
      BATON_RATE_LIMIT_MESSAGES_PER_10S: '1000000',
      ...env,
    };
    knownSecrets.addEnvironment(variables);
    const config = loadConfig(gatewayConfigSchema, variables);
    const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 512 } });
    const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config), adapter, {
      logger: process.env['DEBUG_GATEWAY'] ? ['fatal', 'error', 'warn'] : ['fatal'],
      abortOnError: false,
    });
    await setUpHttp(app, config);
    await app.listen(0, '127.0.0.1');
    return new TestGateway(app, config, await app.getUrl());
  }

  async close(): Promise<void> {
    await this.app.close();
  }

  async call(method: string, path: string, options: CallOptions = {}): Promise<Answer> {
    const { token = FIRST_KEY, body, raw, headers } = options;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(raw !== undefined && { body: raw }),
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
    const answer = isJson ? (JSON.parse(text) as unknown) : undefined;
    knownSecrets.addAnswer(answer);
    return { status: response.status, headers: response.headers, body: answer, text };
  }

  /** A key of the default tenant with just these scopes. */
  async keyWith(scopes: readonly Scope[]): Promise<string> {
    const answer = await this.call('POST', '/api/v1/api-keys', { body: { name: 'Test', scopes } });
    return (answer.body as { api_key: string }).api_key;
  }

  async conversationToken(conversationId: string, tenantId = 'default'): Promise<string> {
    return (await this.app.get(Tokens).issueConversation(tenantId, conversationId)).token;
  }

  async staffToken(agentId: string, tenantId = 'default'): Promise<string> {
    return (await this.app.get(Tokens).issueStaff(tenantId, agentId)).token;
  }
}

/** Human agents as the queue manager would know them: `<role>_…` has that role. */
export const playAgents = (services: PlayedServices): void => {
  services.on(staffRequests.getAgent, ({ agent_id }, { tenant_id }) => {
    const role = agent_id.split('_')[0] as StaffRole;
    if (agent_id.startsWith('nobody') || tenant_id !== 'default')
      throw new BatonError('not-found', 'There is no such human agent');
    return {
      agent_id,
      name: agent_id,
      email: null,
      role,
      skills: {},
      max_concurrent: 3,
      status: 'ONLINE' as const,
      active_count: 0,
      created_at: '2026-11-22T10:00:00.000Z',
      updated_at: '2026-11-22T10:00:00.000Z',
    };
  });
};
