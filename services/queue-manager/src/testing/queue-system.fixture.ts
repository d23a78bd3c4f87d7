import 'reflect-metadata';

import { BatonTransport, BusClient } from '@baton/bus';
import {
  type Actor,
  type AnswerOf,
  type BodyInputOf,
  type HumanAgentView,
  type OfferView,
  type QueueItemView,
  type RecordedEvent,
  type RequestDefinition,
  staffRequests,
} from '@baton/contracts';
import { loadConfig, migrateService, newId, serviceUrls } from '@baton/service';
import {
  createDatabase,
  knownSecrets,
  type RunningServer,
  startNats,
  startPostgres,
  startRedis,
  waitFor,
} from '@baton/testkit';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';

import { AppModule } from '../app.module.js';
import { configSchema } from '../config.js';
import { migrations } from '../migrations/index.js';
import { FakeOrchestrator, type HandoverWishes } from './fake-orchestrator.fixture.js';

export const API_KEY: Actor = { type: 'api_key', id: 'key_1' };
export const as = (agentId: string, role: NonNullable<Actor['role']> = 'agent'): Actor => ({
  type: 'human_agent',
  id: agentId,
  role,
});

export interface Replica {
  readonly app: NestFastifyApplication;
  stop(): Promise<void>;
}

/** The queue-manager on real servers, with a conversation's side played by a fake; each tenant of it is a test's own. */
export class QueueSystem {
  readonly replicas: Replica[] = [];
  readonly orchestrator: FakeOrchestrator;

  private constructor(
    readonly servers: {
      readonly postgres: RunningServer;
      readonly nats: RunningServer;
      readonly redis: RunningServer;
    },
    readonly urls: { readonly app: string; readonly system: string },
    readonly sql: pg.Pool,
    readonly bus: BusClient,
  ) {
    this.orchestrator = new FakeOrchestrator(bus);
    // A connection that ends with the server is no failure of a test.
    sql.on('error', () => undefined);
  }

  static async start(env: Record<string, string> = {}): Promise<QueueSystem> {
    const [postgres, nats, redis] = await Promise.all([startPostgres(), startNats(), startRedis()]);
    const database = await createDatabase(postgres.url);
    await migrateService({ name: 'queue-manager', migrations, adminUrl: database.url });
    const system = new QueueSystem(
      { postgres, nats, redis },
      serviceUrls(database.url, 'queue-manager'),
      new pg.Pool({ connectionString: database.url, max: 2 }),
      new BusClient({ name: 'test', url: nats.url }),
    );
    await system.startReplica(env);
    return system;
  }

  async startReplica(env: Record<string, string> = {}): Promise<Replica> {
    const variables = {
      DATABASE_URL: this.urls.app,
      DATABASE_SYSTEM_URL: this.urls.system,
      NATS_URL: this.servers.nats.url,
      REDIS_URL: this.servers.redis.url,
      BATON_SECRET: 'a secret of the test',
      BATON_SERVICE_PORT: String(this.replicas.length + 1),
      LOG_LEVEL: 'warn',
      ...env,
    };
    knownSecrets.addEnvironment(variables);
    const config = loadConfig(configSchema, variables);
    const app = await NestFactory.create<NestFastifyApplication>(
      AppModule.forRoot(config),
      new FastifyAdapter(),
      {
        logger: process.env['TEST_LOG'] ? ['error', 'warn'] : false,
        abortOnError: false,
      },
    );
    const transport = new BatonTransport(app.get(BusClient));
    app.connectMicroservice({ strategy: transport });
    await app.startAllMicroservices();
    await app.init();
    const replica: Replica = {
      app,
      stop: async () => {
        await transport.drain(5_000);
        await app.close();
      },
    };
    this.replicas.push(replica);
    return replica;
  }

  /** A tenant of a test's own. */
  tenant(): Tenant {
    return new Tenant(this, newId('tenant'));
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    await this.bus.close();
    await this.sql.end();
    await Promise.all(Object.values(this.servers).map((server) => server.stop()));
  }
}

export interface AgentWishes {
  readonly skills?: Record<string, number>;
  readonly max_concurrent?: number;
  readonly online?: boolean;
}

export class Tenant {
  constructor(
    private readonly system: QueueSystem,
    readonly id: string,
  ) {}

  handOver(wishes: HandoverWishes = {}, conversationId?: string) {
    return this.system.orchestrator.handOver(this.id, wishes, conversationId);
  }

  request<D extends RequestDefinition>(
    definition: D,
    body: BodyInputOf<D>,
    options: { readonly actor?: Actor; readonly key?: { readonly key: string; readonly body: string } } = {},
  ): Promise<AnswerOf<D>> {
    return this.system.bus.request(
      definition,
      {
        tenant_id: this.id,
        actor: options.actor ?? API_KEY,
        request_id: newId('req'),
        ...(options.key && {
          idempotency: {
            key: options.key.key,
            route: definition.pattern,
            caller: 'key_1',
            body_hash: options.key.body,
          },
        }),
      },
      body,
    );
  }

  async agent(agentId: string, wishes: AgentWishes = {}): Promise<HumanAgentView> {
    const { result } = await this.request(staffRequests.registerAgent, {
      agent_id: agentId,
      name: agentId,
      skills: wishes.skills ?? {},
      max_concurrent: wishes.max_concurrent ?? 3,
    });
    return wishes.online === false ? result : this.presence(agentId, 'ONLINE');
  }

  presence(agentId: string, status: 'ONLINE' | 'AWAY' | 'OFFLINE'): Promise<HumanAgentView> {
    return this.request(staffRequests.setPresence, { agent_id: agentId, status });
  }

  look(agentId: string): Promise<HumanAgentView> {
    return this.request(staffRequests.getAgent, { agent_id: agentId });
  }

  async offers(agentId?: string): Promise<readonly OfferView[]> {
    const page = await this.request(staffRequests.listOffers, {
      limit: 200,
      ...(agentId !== undefined && { agent_id: agentId }),
    });
    return page.items;
  }

  async queue(): Promise<readonly QueueItemView[]> {
    return (await this.request(staffRequests.listQueue, { limit: 200 })).items;
  }

  /** The open offer of a conversation to an agent, once it is there. */
  offerTo(agentId: string, conversationId: string): Promise<OfferView> {
    return waitFor(
      async () => (await this.offers(agentId)).find((offer) => offer.conversation_id === conversationId),
      { what: `an offer of ${conversationId} to ${agentId}` },
    );
  }

  accept(offerId: string, actor?: Actor): Promise<AnswerOf<typeof staffRequests.acceptOffer>> {
    return this.request(staffRequests.acceptOffer, { offer_id: offerId }, actor ? { actor } : {});
  }

  decline(offerId: string, actor?: Actor): Promise<AnswerOf<typeof staffRequests.declineOffer>> {
    return this.request(
      staffRequests.declineOffer,
      { offer_id: offerId, reason: 'Busy' },
      actor ? { actor } : {},
    );
  }

  async log(streamType: 'queue_item' | 'human_agent', streamId: string): Promise<RecordedEvent[]> {
    const { rows } = await this.system.sql.query<RecordedEvent>(
      `SELECT * FROM queue_manager.events WHERE tenant_id = $1 AND stream_type = $2 AND stream_id = $3 ORDER BY version`,
      [this.id, streamType, streamId],
    );
    return rows;
  }

  async types(streamType: 'queue_item' | 'human_agent', streamId: string): Promise<string[]> {
    return (await this.log(streamType, streamId)).map(({ type }) => type.slice(type.indexOf('.') + 1));
  }
}
