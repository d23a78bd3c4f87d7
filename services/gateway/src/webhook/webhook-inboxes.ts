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
import { ALWAYS, WebhookDirectory } from './webhook-directory.js';

/** What the bus did not bring is found in the logs this often. */
const SWEEP_MS = 10_000;
const PAGE = 500;
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
  private readonly repository: InboxRepository;
  private readonly stops: (() => void)[] = [];
  /** Ends what is being read when the process does. */
  private readonly ending = new AbortController();

  constructor(
    private readonly bus: BusClient,
    private readonly directory: WebhookDirectory,
    private readonly recorder: RecordEventHandler,
    private readonly metrics: Metrics,
    database: Database,
  ) {
    this.repository = new InboxRepository(database);
    const keyring = new SealedEvents();
    const make = (owner: LogOwner): InboxConsumer => this.make(owner, keyring);
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
    const timer = setInterval(() => this.catchUp(), SWEEP_MS);
    this.stops.push(() => clearInterval(timer));
    // What came while no gateway ran is waiting in the logs.
    this.directory
      .fresh()
      .then(() => this.catchUp())
      .catch((error: unknown) => this.logger.warn(`Not caught up yet: ${(error as Error).message}`));
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const stop of this.stops) stop();
    this.ending.abort();
    await Promise.all(OWNERS.map((owner) => this.inboxes[owner].stop()));
  }

  /** Reads the logs on from where these consumers are, now; nothing while nobody has a webhook. */
  catchUp(): void {
    if (!this.directory.hasAny || this.ending.signal.aborted) return;
    for (const owner of OWNERS) this.inboxes[owner].catchUp();
  }

  /**
   * Before the first webhook there is: what happened until now need not be looked through for it.
   * @throws BatonError where a log cannot be read now
   */
  async bringForward(): Promise<void> {
    await this.directory.reload();
    if (this.directory.hasAny) return;
    await Promise.all(OWNERS.map((owner) => this.bringToEnd(owner)));
  }

  /** @throws where the event could not be recorded: a sweep brings it again */
  async receive(event: RecordedEvent): Promise<void> {
    const owner = PUBLIC_STREAMS[event.stream_type];
    if (!owner) return;
    // Whoever made a webhook before this happened is known now.
    await this.directory.fresh();
    await this.inboxes[owner].receive(event);
  }

  private make(owner: LogOwner, keyring: SealedEvents): InboxConsumer {
    const consumer = CONSUMERS[owner];
    return new InboxConsumer(
      {
        consumer,
        streamTypes: streamTypesOf(owner),
        types: this.directory.wanted,
        handle: (event, mark) => this.recorder.handle(event, mark),
        readStream: async (ref, after_version, limit) => {
          const stream = { stream_type: ref.streamType, stream_id: ref.streamId, after_version };
          const types = [...this.directory.wanted];
          const body = { stream: { ...stream, types }, limit };
          const { signal } = this.ending;
          const context = contextOf(ref.tenantId);
          return (await this.bus.request(logRequests[owner], context, body, { signal })).events;
        },
        readLog: (after, limit) => this.readLog(owner, after, limit),
        onError: (error, event) =>
          this.logger.warn(
            { err: error, consumer, conversation_id: event?.stream_id, version: event?.version },
            event ? `Could not record ${event.type} for webhooks` : 'Could not read the log to catch up',
          ),
        onDeadLetter: (event, reason) => this.tellOfDeadLetter(consumer, event, reason),
      },
      this.repository,
      keyring,
    );
  }

  private async bringToEnd(owner: LogOwner): Promise<void> {
    const consumer = CONSUMERS[owner];
    let cursor = await this.repository.watermark(consumer);
    for (let isEnd = false; !isEnd;) {
      const page = await this.read(owner, cursor, [ALWAYS], PAGE);
      isEnd = page.isEnd ?? page.events.length === 0;
      cursor = page.next;
    }
    if (cursor !== null) await this.repository.saveWatermark(consumer, cursor);
  }

  private read(owner: LogOwner, after: string | null, types: string[], limit: number): Promise<LogPage> {
    const body = { log: { stream_types: streamTypesOf(owner), after, types }, limit };
    return this.bus.request(logRequests[owner], contextOf('*'), body, { signal: this.ending.signal });
  }

  /** A page by types that were all that anybody asked for, when it was read. */
  private async readLog(owner: LogOwner, after: string | null, limit: number): Promise<LogPage> {
    await this.directory.fresh();
    for (;;) {
      const types = [...this.directory.wanted];
      const page = await this.read(owner, after, types, limit);
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

const streamTypesOf = (owner: LogOwner): string[] =>
  Object.keys(PUBLIC_STREAMS).filter((type) => PUBLIC_STREAMS[type] === owner);
