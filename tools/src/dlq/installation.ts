import { BusClient } from '@baton/bus';
import { type RecordedEvent, subjects } from '@baton/contracts';
import { DeadLetters, Keyring, RemoteKeySource, type StreamRef, toRecorded } from '@baton/event-store';
import { Database, newId, schemaOf } from '@baton/service';
import { serviceUrls, type ServiceName } from '@baton/service/roles';
import { notedServers } from '@baton/system';
import { connect, type NatsConnection } from '@nats-io/transport-node';

import { BusLetters } from './bus-letters.js';

/** The services that have durable consumers, and with them dead letters. */
export const SERVICES_WITH_LETTERS = [
  'gateway',
  'orchestrator',
  'queue-manager',
  'memory-worker',
  'llm-router',
] as const satisfies readonly ServiceName[];

/** Whose log a stream is in. */
const OWNERS: Readonly<Record<string, ServiceName>> = {
  conversation: 'orchestrator',
  run: 'orchestrator',
  approval: 'orchestrator',
  consultation: 'orchestrator',
  human_agent: 'queue-manager',
  queue_item: 'queue-manager',
  memory: 'memory-worker',
  llm_call: 'llm-router',
};

const NATS_TIMEOUT_MS = 3000;

/** A Baton that runs, or its servers alone: what the command works on. */
export class Installation {
  private readonly databases = new Map<ServiceName, Database>();
  private connecting: Promise<NatsConnection> | undefined;

  private constructor(
    private readonly postgresUrl: string,
    private readonly natsUrl: string,
  ) {}

  /** @throws Error where neither the environment nor a running Baton says where the servers are */
  static find(dataDir: string, env: NodeJS.ProcessEnv): Installation {
    const noted = notedServers(dataDir);
    const given = (variable: string, url: string | undefined): string => {
      const found = env[variable] || url;
      if (!found) throw new Error(`No Baton runs on ${dataDir}: start it first, or set ${variable}`);
      return found;
    };
    return new Installation(given('DATABASE_URL', noted?.postgres), given('NATS_URL', noted?.nats));
  }

  lettersOf(service: ServiceName): DeadLetters {
    return new DeadLetters(this.database(service));
  }

  /** The last version of a stream in the log of its owner. */
  async lastVersion(ref: StreamRef): Promise<number | undefined> {
    const owner = OWNERS[ref.streamType];
    return owner && this.lettersOf(owner).lastVersion(ref);
  }

  /** The event as its owner's log has it, personal fields sealed. */
  async event(ref: StreamRef, version: number): Promise<RecordedEvent | undefined> {
    const owner = OWNERS[ref.streamType];
    if (!owner) return undefined;
    const [row] = await this.database(owner).system<Parameters<typeof toRecorded>[0]>(
      `SELECT * FROM ${schemaOf(owner)}.events
        WHERE tenant_id = $1 AND stream_type = $2 AND stream_id = $3 AND version = $4`,
      [ref.tenantId, ref.streamType, ref.streamId, version],
    );
    return row && toRecorded(row);
  }

  /** With its personal fields in plain text: the running orchestrator gives the key, or says that it was erased. */
  async open(event: RecordedEvent): Promise<RecordedEvent> {
    const bus = new BusClient({ name: 'dlq', url: this.natsUrl });
    try {
      return await new Keyring(new RemoteKeySource(bus, () => newId('req'))).openEvent(event);
    } finally {
      await bus.close();
    }
  }

  async bus(): Promise<BusLetters> {
    return new BusLetters(await this.nats());
  }

  /** Tells every replica that streams were let go; without it their next sweep finds out. */
  async poke(): Promise<void> {
    const nats = await this.nats();
    nats.publish(subjects.deadLetterPoke);
    await nats.flush();
  }

  async close(): Promise<void> {
    await Promise.all([...this.databases.values()].map((database) => database.close()));
    await this.connecting?.then(
      (nats) => nats.close(),
      () => undefined,
    );
  }

  private nats(): Promise<NatsConnection> {
    this.connecting ??= connect({
      servers: this.natsUrl.split(','),
      name: 'baton-dlq',
      timeout: NATS_TIMEOUT_MS,
      reconnect: false,
      maxReconnectAttempts: 0,
    });
    return this.connecting;
  }

  private database(service: ServiceName): Database {
    let database = this.databases.get(service);
    if (!database) {
      const { app: url, system: systemUrl } = serviceUrls(this.postgresUrl, service);
      database = new Database({
        url,
        systemUrl,
        schema: schemaOf(service),
        applicationName: 'baton-dlq',
        poolSize: 1,
      });
      this.databases.set(service, database);
    }
    return database;
  }
}
