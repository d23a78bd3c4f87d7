import type { DeadLetter } from '@baton/bus';
import { DEAD_LETTERS_STREAM } from '@baton/contracts';
import type { StoredLetter } from '@baton/event-store';
import { JetStreamApiCodes, JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type NatsConnection } from '@nats-io/transport-node';

import { formatLetterId, type Letter } from './letter.js';

/** A message that no consumer could read, as its bus keeps it. */
export interface BusLetter {
  readonly sequence: number;
  readonly at: string;
  readonly letter: DeadLetter & { readonly raw: NonNullable<DeadLetter['raw']> };
}

const SUBJECT = /^baton\.events\.\d+\.([^.]+)\.([^.]+)\.([^.]+)\.([^.]+)$/;

/**
 * The dead-letter stream's own letters: messages that are no event. The stream also carries the news of each
 * parked stream; those letters are in the tables, and are not told twice.
 */
export class BusLetters {
  constructor(private readonly nats: NatsConnection) {}

  async list(): Promise<BusLetter[]> {
    const manager = await jetstreamManager(this.nats, { checkAPI: false });
    const stream = await orAbsent(manager.streams.info(DEAD_LETTERS_STREAM));
    if (!stream) return [];
    const found: BusLetter[] = [];
    // A stream that never held a message says that its first one is number 0.
    for (
      let sequence = Math.max(1, stream.state.first_seq);
      sequence <= stream.state.last_seq;
      sequence += 1
    ) {
      const letter = await this.find(sequence);
      if (letter) found.push(letter);
    }
    return found;
  }

  async find(sequence: number): Promise<BusLetter | undefined> {
    const manager = await jetstreamManager(this.nats, { checkAPI: false });
    const message = await orAbsent(manager.streams.getMessage(DEAD_LETTERS_STREAM, { seq: sequence }));
    const letter = message && unreadable(message.json());
    return message && letter ? { sequence, at: message.timestamp, letter } : undefined;
  }

  /** The message as it came, to everyone who reads its subject; it is gone here when JetStream has it there. */
  async replay({ sequence, letter }: BusLetter): Promise<void> {
    const sent = headers();
    for (const [name, values] of Object.entries(letter.raw.headers)) {
      if (name !== 'Nats-Msg-Id') for (const value of values) sent.append(name, value);
    }
    // Another id than the first time: it is not to be dropped as a repeat.
    sent.set('Nats-Msg-Id', `${letter.key}/replay/${sequence}`);
    if (letter.subject === undefined) throw new Error('It does not say which subject it came on');
    await jetstream(this.nats).publish(letter.subject, payloadOf(letter), { headers: sent });
    await this.remove(sequence);
  }

  async remove(sequence: number): Promise<void> {
    const manager = await jetstreamManager(this.nats, { checkAPI: false });
    await manager.streams.deleteMessage(DEAD_LETTERS_STREAM, sequence);
  }
}

export const payloadOf = ({ raw }: BusLetter['letter']): Buffer =>
  Buffer.from(raw.payload, raw.encoding === 'base64' ? 'base64' : 'utf8');

/** What its subject says of it; `?` where it was not even an event's subject. */
export const identityOf = ({
  letter,
}: BusLetter): Pick<
  StoredLetter,
  'tenant_id' | 'consumer' | 'stream_type' | 'stream_id' | 'version' | 'type' | 'reason' | 'attempts'
> => {
  const [, streamType = '?', tenant = '?', streamId = '?', event = '?'] =
    SUBJECT.exec(letter.subject ?? '') ?? [];
  return {
    tenant_id: tenant,
    consumer: letter.consumer,
    stream_type: streamType,
    stream_id: streamId,
    version: Number(letter.raw.headers['ce-batonversion']?.[0]) || 0,
    type: `${streamType}.${event}`,
    reason: letter.reason,
    attempts: letter.failures ?? 1,
  };
};

export const letterOfBus = (bus: BusLetter): Letter => ({
  id: formatLetterId({ kept: 'bus', sequence: bus.sequence }),
  state: 'open',
  ...identityOf(bus),
  parked_at: new Date(bus.at).toISOString(),
  waiting: null,
  asked: null,
  outcome: null,
});

const unreadable = (value: unknown): BusLetter['letter'] | undefined => {
  const letter = value as Partial<DeadLetter> | null;
  return typeof letter?.consumer === 'string' && letter.raw ? (letter as BusLetter['letter']) : undefined;
};

const orAbsent = async <T>(reading: Promise<T>): Promise<T | undefined> => {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof JetStreamApiError)) throw error;
    const absent: number[] = [JetStreamApiCodes.NoMessageFound, JetStreamApiCodes.StreamNotFound];
    if (absent.includes(error.code)) return undefined;
    throw error;
  }
};
