import { BusClient } from '@baton/bus';
import {
  type logRequests,
  type RecordedEvent,
  type RequestContext,
  subjects,
  SYSTEM_ACTOR,
} from '@baton/contracts';
import { Metrics, newId } from '@baton/service';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';

import { Keyring } from '../keyring.js';
import type { InboxMark, Outcome } from '../transaction.js';
import { InboxConsumer } from './inbox-consumer.js';
import { InboxRepository } from './inbox-repository.js';

export interface InboxConsumerDefinition {
  readonly consumer: string;
  readonly streamTypes: readonly string[];
  readonly types: readonly string[];
  /** Where the log of these streams is read: `logRequests.<owner>`. */
  readonly log: (typeof logRequests)[keyof typeof logRequests];
  readonly handle: (event: RecordedEvent, mark: InboxMark) => Promise<Outcome | 'skipped'>;
  readonly maxFailures?: number;
  readonly sweepMs?: number;
}

/** Makes this service's durable consumers, and starts, wakes and stops their sweeps. */
@Injectable()
export class InboxConsumers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('InboxConsumer');
  private readonly consumers: InboxConsumer[] = [];
  private started = false;
  private readonly unsubscribes: (() => void)[] = [];

  constructor(
    private readonly bus: BusClient,
    private readonly repository: InboxRepository,
    private readonly keyring: Keyring,
    private readonly metrics: Metrics,
  ) {}

  create(definition: InboxConsumerDefinition): InboxConsumer {
    const parked = this.metrics.counter('baton_dead_letters_total', 'Streams parked in a consumer', [
      'consumer',
    ]);
    // A series that begins at 1 has never grown.
    parked.inc({ consumer: definition.consumer }, 0);
    const read = (tenantId: string): RequestContext => ({
      tenant_id: tenantId,
      actor: SYSTEM_ACTOR,
      request_id: newId('req'),
    });
    const consumer = new InboxConsumer(
      {
        consumer: definition.consumer,
        streamTypes: definition.streamTypes,
        types: new Set(definition.types),
        handle: definition.handle,
        readStream: async (ref, afterVersion, limit) =>
          (
            await this.bus.request(definition.log, read(ref.tenantId), {
              stream: {
                stream_type: ref.streamType,
                stream_id: ref.streamId,
                after_version: afterVersion,
                types: [...definition.types],
              },
              limit,
            })
          ).events,
        readLog: (after, limit) =>
          this.bus.request(definition.log, read('*'), {
            log: { stream_types: [...definition.streamTypes], after, types: [...definition.types] },
            limit,
          }),
        onError: (error, event) =>
          this.logger.warn(
            {
              err: error,
              consumer: definition.consumer,
              conversation_id: event?.stream_id,
              version: event?.version,
            },
            event ? `Could not handle ${event.type}` : 'Could not read the log to catch up',
          ),
        onDeadLetter: (event, reason) => {
          this.logger.error(
            { consumer: definition.consumer, stream: event.stream_id, version: event.version, reason },
            `Parked ${event.stream_type}/${event.stream_id} at ${event.type}: a dead letter`,
          );
          parked.inc({ consumer: definition.consumer });
          this.bus.publish(subjects.deadLetter(definition.consumer), {
            consumer: definition.consumer,
            tenant_id: event.tenant_id,
            stream_type: event.stream_type,
            stream_id: event.stream_id,
            version: event.version,
            type: event.type,
            reason,
          });
        },
        ...(definition.maxFailures !== undefined && { maxFailures: definition.maxFailures }),
        ...(definition.sweepMs !== undefined && { sweepMs: definition.sweepMs }),
      },
      this.repository,
      this.keyring,
    );
    this.consumers.push(consumer);
    if (this.started) this.start(consumer);
    return consumer;
  }

  onApplicationBootstrap(): void {
    this.started = true;
    this.unsubscribes.push(
      this.bus.subscribe(subjects.catchUpPoke, () => {
        for (const consumer of this.consumers) consumer.catchUp();
      }),
      this.bus.subscribe(subjects.deadLetterPoke, () => {
        for (const consumer of this.consumers) consumer.resumeReleased();
      }),
    );
    for (const consumer of this.consumers) this.start(consumer);
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const unsubscribe of this.unsubscribes) unsubscribe();
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
  }

  /** What came while this service was down is waiting in the log. */
  private start(consumer: InboxConsumer): void {
    consumer.start();
    consumer.catchUp();
  }
}
