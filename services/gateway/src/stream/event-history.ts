import { BusClient, decodeEvent } from '@baton/bus';
import { EVENTS_STREAM, type RecordedEvent, subjects } from '@baton/contracts';
import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import { Injectable } from '@nestjs/common';

import { placeOf, type StreamPlace } from './bus-repeats.js';
import { NOTIFYING_STREAMS } from './notification.js';
import { Slots } from './slots.js';

const BATCH = 500;
const PULL_EXPIRES_MS = 10_000;
const INACTIVE_MS = 10_000;
/** Each reader is a consumer of its own: a storm of reconnections waits its turn instead of becoming NATS's. */
const READERS = 32;

export interface PastEvent {
  readonly place: StreamPlace;
  readonly event: RecordedEvent;
}

/** What the event stream still has of one tenant. */
@Injectable()
export class EventHistory {
  private readonly readers = new Slots(READERS);

  constructor(private readonly bus: BusClient) {}

  /** The tenant's events from one stream sequence up to another, both included. */
  async *read(tenantId: string, from: number, upTo: number): AsyncGenerator<PastEvent> {
    if (from > upTo) return;
    await this.readers.enter();
    try {
      yield* this.readStream(tenantId, from, upTo);
    } finally {
      this.readers.leave();
    }
  }

  private async *readStream(tenantId: string, from: number, upTo: number): AsyncGenerator<PastEvent> {
    const consumer = await jetstream(this.bus.nats).consumers.get(EVENTS_STREAM, {
      filter_subjects: subjects.eventsOfTenant(tenantId),
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      inactive_threshold: INACTIVE_MS,
    });
    try {
      if ((await consumer.info(true)).num_pending === 0) return;
      const messages = await consumer.consume({ max_messages: BATCH, expires: PULL_EXPIRES_MS });
      for await (const message of messages) {
        if (message.seq > upTo) return;
        const [, , , streamType = ''] = message.subject.split('.');
        if (NOTIFYING_STREAMS.has(streamType)) {
          yield { place: placeOf(message), event: decodeEvent(message.headers, message.string()) };
        }
        if (message.seq === upTo || message.info.pending === 0) return;
      }
    } finally {
      await consumer.delete().catch(() => undefined);
    }
  }
}
