import { BusClient } from '@baton/bus';
import { EVENTS_STREAM, type RecordedEvent, subjects } from '@baton/contracts';
import type { JsMsg } from '@nats-io/jetstream';
import { Injectable } from '@nestjs/common';

import { Slots } from './slots.js';

/** Where an event stands in the event stream. */
export interface StreamPlace {
  readonly sequence: number;
  /** When JetStream took it. */
  readonly storedAt: Date;
}

/** Questions to JetStream that are open at once: what an outage held back comes all together. */
const QUESTIONS = 32;
/**
 * An event is stored within milliseconds of happening; one that comes later than this may be a repeat. The event is
 * dated by PostgreSQL's clock and its storing by NATS's: where they disagree, more is asked, or a repeat may be told.
 */
const LATE_MS = 1000;

export const placeOf = (message: JsMsg): StreamPlace => ({ sequence: message.seq, storedAt: message.time });

/**
 * Tells an event that JetStream holds already, or one that follows it: a relay publishes again what it cannot know to have
 * arrived, and behind the dedup window, or where the first copy was lost, JetStream takes it again. The answer depends on nothing but the stream, so every replica tells
 * the same, after a restart too. Only an event that was stored a while after it happened can be a repeat, so only
 * for those JetStream is asked.
 */
@Injectable()
export class BusRepeats {
  private readonly questions = new Slots(QUESTIONS);

  constructor(private readonly bus: BusClient) {}

  /** @throws where JetStream does not answer */
  async isRepeat(event: RecordedEvent, { sequence, storedAt }: StreamPlace): Promise<boolean> {
    if (storedAt.getTime() - Date.parse(event.occurred_at) < LATE_MS) return false;
    await this.questions.enter();
    try {
      return await this.isBefore(event, sequence);
    } finally {
      this.questions.leave();
    }
  }

  /** Through the events of its stream, from the oldest one on: it is there, or one that follows it. */
  private async isBefore(event: RecordedEvent, sequence: number): Promise<boolean> {
    const { streams } = await this.bus.streams.jetstream();
    const next_by_subj = subjects.eventsOfStream(event.tenant_id, event.stream_type, event.stream_id);
    for (let seq = 1; seq < sequence;) {
      // NATS 2.9 takes it, which the client's type does not know: the first of the subject at `seq` or behind it.
      const query = { seq, next_by_subj };
      const found = await streams.getMessage(EVENTS_STREAM, query);
      if (!found || found.seq >= sequence) return false;
      if (Number(found.header.get('ce-batonversion')) >= event.version) return true;
      seq = found.seq + 1;
    }
    return false;
  }
}
