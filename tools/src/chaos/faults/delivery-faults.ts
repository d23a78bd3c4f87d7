import { EVENTS_STREAM } from '@baton/contracts';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { headers, type MsgHdrs } from '@nats-io/transport-node';

import { type Fault, pause } from './fault.js';
import { withNats } from './nats-faults.js';
import type { Random } from '../random.js';
import type { ChaosSystem } from '../system.js';

interface Stored {
  readonly subject: string;
  readonly headers: MsgHdrs;
  readonly data: Uint8Array;
}

const COUNT = 60;

/** Some messages that the stream holds, old ones and new. */
const draw = (system: ChaosSystem, random: Random, count: number): Promise<Stored[] | undefined> =>
  withNats(system, async (nats) => {
    const manager = await jetstreamManager(nats);
    const { state } = await manager.streams.info(EVENTS_STREAM);
    const found: Stored[] = [];
    for (let each = 0; each < count && state.messages > 0; each += 1) {
      const from = random.chance(0.5) ? state.first_seq : Math.max(state.first_seq, state.last_seq - 200);
      const message = await manager.streams
        .getMessage(EVENTS_STREAM, { seq: random.int(from, state.last_seq) })
        .catch(() => null);
      if (message?.header.get('ce-id'))
        found.push({ subject: message.subject, headers: message.header, data: message.data });
    }
    return found;
  });

/** As if JetStream had delivered it again: the same event under an id that its dedup has not seen. */
const publishAgain = (
  system: ChaosSystem,
  messages: readonly Stored[],
  random: Random,
): Promise<number | undefined> =>
  withNats(system, async (nats) => {
    const js = jetstream(nats);
    let sent = 0;
    for (const { subject, headers: original, data } of messages) {
      const copy = headers();
      for (const [name, values] of original) {
        if (name.toLowerCase() !== 'nats-msg-id') for (const value of values) copy.append(name, value);
      }
      await js.publish(subject, data, { headers: copy, msgID: `again-${random.words(3)}` });
      sent += 1;
    }
    return sent;
  });

const told = (sent: number | undefined): string | undefined => (sent ? `${sent} messages` : undefined);

export const duplicated: Fault = {
  kind: 'deliveries duplicated',
  plan: 'F-9',
  lane: 'surroundings',
  strike: async ({ system }, random) => {
    const some = (await draw(system, random, COUNT)) ?? [];
    const times = random.int(1, 4);
    return told(await publishAgain(system, Array.from({ length: times }, () => some).flat(), random));
  },
};

/** The latest of a conversation before its earlier ones: reversed. */
export const reordered: Fault = {
  kind: 'deliveries reordered',
  plan: 'F-9',
  lane: 'surroundings',
  strike: async ({ system }, random) => {
    const some = (await draw(system, random, COUNT)) ?? [];
    const backwards = [...some].sort(
      (one, other) =>
        Number(other.headers.get('ce-batonversion')) - Number(one.headers.get('ce-batonversion')),
    );
    return told(await publishAgain(system, backwards, random));
  },
};

export const delayed: Fault = {
  kind: 'deliveries delayed',
  plan: 'F-9',
  lane: 'surroundings',
  strike: async ({ system }, random) => {
    const some = (await draw(system, random, COUNT)) ?? [];
    await pause(random.int(5_000, 15_000));
    return told(await publishAgain(system, random.shuffle(some), random));
  },
};

/** No event at all, one of a schema that nobody knows, one that is too new, and one of 4 MB. */
export const poisoned: Fault = {
  kind: 'poison messages',
  plan: 'F-14',
  lane: 'surroundings',
  strike: async ({ system }, random) => {
    const [model] = (await draw(system, random, 10)) ?? [];
    if (!model) return undefined;
    const { subject } = model;
    const with_ = (changes: Readonly<Record<string, string>>): MsgHdrs => {
      const copy = headers();
      for (const [name, values] of model.headers) {
        if (name.toLowerCase() === 'nats-msg-id' || name in changes) continue;
        for (const value of values) copy.append(name, value);
      }
      for (const [name, value] of Object.entries(changes)) copy.set(name, value);
      return copy;
    };
    const sent = await withNats(system, async (nats) => {
      const js = jetstream(nats);
      const poison: [MsgHdrs | undefined, string | Uint8Array][] = [
        [undefined, 'not an event'],
        [with_({}), '{"half":'],
        [with_({ 'ce-type': 'baton.conversation.never_heard_of.v99' }), '{}'],
        [with_({}), new Uint8Array([0xff, 0xfe, 0x00])],
        [with_({}), `{"content":"${'x'.repeat(4_000_000)}"}`],
      ];
      for (const [header, data] of poison)
        await js.publish(subject, data, {
          ...(header && { headers: header }),
          msgID: `poison-${random.words(3)}`,
        });
      return poison.length;
    });
    return told(sent);
  },
};
