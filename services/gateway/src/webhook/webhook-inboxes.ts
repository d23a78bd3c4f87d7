import { BusClient } from '@baton/bus';
import {
  type LogPage,
  logRequests,
  type RecordedEvent,
  type RequestContext,
  subjects,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import { InboxConsumer, InboxRepository } from '@baton/event-store';
import { Database, Metrics, newId } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { type LogOwner, PUBLIC_STREAMS } from './event-types.js';
import { RecordEventHandler } from './record-event.handler.js';
import { SealedEvents } from './sealed-events.js';
import { WebhookDirectory } from './webhook-directory.js';

/** What the bus did not bring is found in the logs this often. */
const SWEEP_MS = 10_000;
const OWNERS: readonly LogOwner[] = ['orchestrator', 'queueManager'];
const CONSUMERS: Readonly<Record<LogOwner, string>> = {
  orchestrator: 'webhooks-orchestrator',
  queueManager: 'webhooks-queue-manager',
};

/**
 * The durable consumers behind webhooks, one for each log they read. Their positions are in PostgreSQL and move with
 * the deliveries; of the bus they need no more than news.
 */
@Injectable()
export class WebhookInboxes implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Webhooks');
  private readonly inboxes: Readonly<Record<LogOwner, InboxConsumer>>;
  private readonly stops: (() => void)[] = [];

  constructor(
    private readonly bus: BusClient,
    private readonly directory: WebhookDirectory,
    private readonly recorder: RecordEventHandler,
    private readonly metrics: Metrics,
    database: Database,
  ) {
    const repository = new InboxRepository(database);
    const keyring = new SealedEvents();
    const make = (owner: LogOwner): InboxConsumer => this.make(owner, repository, keyring);
    this.inboxes = { orchestrator: make('orchestrator'), queueManager: make('queueManager') };
  }

  onApplicationBootstrap(): void {
    this.stops.push(
      this.bus.subscribe(subjects.catchUpPoke, () => this.catchUp()),
      this.bus.subscribe(subjects.deadLetterPoke, () => {
        for (const owner of OWNERS) this.inboxes[owner].resumeReleased();
      }),
    );
    this.bus.connection.afterReconnect(() => this.catchUp());
    for (const owner of OWNERS) this.inboxes[owner].start();
    // What came while no gateway ran is waiting in the logs.
    this.catchUp();
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops) stop();
    await Promise.all(OWNERS.map((owner) => this.inboxes[owner].stop()));
  }

  /** Reads the logs on from where these consumers are, now. */
  catchUp(): void {
    for (const owner of OWNERS) this.inboxes[owner].catchUp();
  }

  /** @throws where the event could not be recorded: a sweep brings it again */
  async receive(event: RecordedEvent): Promise<void> {
    const owner = PUBLIC_STREAMS[event.stream_type];
    if (!owner) return;
    // Whoever made a webhook before this happened is known now.
    await this.directory.fresh();
    await this.inboxes[owner].receive(event);
  }

  private make(owner: LogOwner, repository: InboxRepository, keyring: SealedEvents): InboxConsumer {
    const consumer = CONSUMERS[owner];
    const streamTypes = Object.keys(PUBLIC_STREAMS).filter((type) => PUBLIC_STREAMS[type] === owner);
    return new InboxConsumer(
      {
        consumer,
        streamTypes,
        types: this.directory.wanted,
        handle: (event, mark) => this.recorder.handle(event, mark),
        readStream: async (ref, after_version, limit) => {
          const stream = { stream_type: ref.streamType, stream_id: ref.streamId, after_version };
          const types = [...this.directory.wanted];
          const body = { stream: { ...stream, types }, limit };
          return (await this.bus.request(logRequests[owner], contextOf(ref.tenantId), body)).events;
        },
        readLog: (after, limit) => this.readLog(owner, streamTypes, after, limit),
        onError: (error, event) =>
          this.logger.warn(
            { err: error, consumer, conversation_id: event?.stream_id, version: event?.version },
            event ? `Could not record ${event.type} for webhooks` : 'Could not read the log to catch up',
          ),
        onDeadLetter: (event, reason) => this.tellOfDeadLetter(consumer, event, reason),
        sweepMs: SWEEP_MS,
      },
      repository,
      keyring,
    );
  }

  /** A page by types that were all that anybody asked for, when it was read. */
  private async readLog(
    owner: LogOwner,
    stream_types: string[],
    after: string | null,
    limit: number,
  ): Promise<LogPage> {
    await this.directory.fresh();
    for (;;) {
      const types = [...this.directory.wanted];
      const body = { log: { stream_types, after, types }, limit };
      const page = await this.bus.request(logRequests[owner], contextOf('*'), body);
      await this.directory.reload();
      if ([...this.directory.wanted].every((type) => types.includes(type))) return page;
    }
  }

  private tellOfDeadLetter(consumer: string, event: RecordedEvent, reason: string): void {
    this.logger.error(
      { consumer, stream: event.stream_id, version: event.version, reason },
      `Parked ${event.stream_type}/${event.stream_id} at ${event.type}: a dead letter`,
    );
    this.metrics
      .counter('baton_dead_letters_total', 'Streams parked in a consumer', ['consumer'])
      .inc({ consumer });
    const { tenant_id, stream_type, stream_id, version, type } = event;
    const letter = { consumer, tenant_id, stream_type, stream_id, version, type, reason };
    this.bus.publish(subjects.deadLetter(consumer), letter);
  }
}

const contextOf = (tenant_id: string): RequestContext => ({
  tenant_id,
  actor: SYSTEM_ACTOR,
  request_id: newId('req'),
});
