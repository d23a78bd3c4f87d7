import { BatonError, type RecordedEvent, SYSTEM_ACTOR } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import type { EventStore } from '../event-store.js';
import type { StreamRef } from '../stream-ref.js';
import { type LogFixture, startLog } from '../testing/log-fixture.js';
import type { InboxMark, Outcome } from '../transaction.js';
import { InboxConsumer } from './inbox-consumer.js';
import { InboxRepository } from './inbox-repository.js';

const NOW = '2026-11-22T10:00:00.000Z';
const source = (id: string): StreamRef => ({ tenantId: 'acme', streamType: 'conversation', streamId: id });

describe('an inbox consumer', () => {
  let log: LogFixture;
  let store: EventStore;
  let consumers = 0;

  beforeAll(async () => {
    log = await startLog();
    store = log.store();
  });
  afterAll(() => log.stop());

  /** Writes n ratings; even ones are what the consumer cares for. */
  const write = async (id: string, count: number): Promise<RecordedEvent[]> => {
    const outcome = await store.transact({
      tenantId: 'acme',
      now: NOW,
      appends: [
        {
          ref: source(id),
          expectedVersion: 0,
          metadata: { actor: SYSTEM_ACTOR },
          events: Array.from({ length: count }, (_, index) =>
            index % 2 === 1
              ? { type: 'conversation.feedback_recorded', data: { rating: 5, comment: null } }
              : { type: 'conversation.erased', data: { conversation_id: id } },
          ),
        },
      ],
    });
    return [...(outcome as Extract<Outcome, { kind: 'committed' }>).events];
  };

  const effects = async (consumer: string, id: string): Promise<number[]> => {
    const rows = await store.readStream({
      tenantId: 'acme',
      streamType: 'memory',
      streamId: `${consumer}-${id}`,
    });
    return rows.map((row) => row.data['turn_number'] as number);
  };

  const create = (
    more: {
      handle?: (event: RecordedEvent, mark: InboxMark) => Promise<Outcome | 'skipped'>;
      consumer?: string;
    } = {},
  ) => {
    const consumer = more.consumer ?? `test-${(consumers += 1)}`;
    const own = log.store();
    const dead: string[] = [];
    /** The effect: one event per handled one, in a stream of the consumer's, with the inbox position. */
    const effect = async (event: RecordedEvent, mark: InboxMark): Promise<Outcome> => {
      const ref = { tenantId: 'acme', streamType: 'memory', streamId: `${consumer}-${event.stream_id}` };
      const { version } = await own.load(ref, { initialState: () => null, evolve: () => null });
      return own.transact({
        tenantId: 'acme',
        now: NOW,
        inbox: mark,
        appends: [
          {
            ref,
            expectedVersion: version,
            metadata: { actor: SYSTEM_ACTOR },
            events: [
              {
                type: 'conversation.turn_attempt_started',
                data: { turn_number: event.version, run_id: 'run', attempt: 2 },
              },
            ],
          },
        ],
      });
    };
    const inbox = new InboxConsumer(
      {
        consumer,
        streamTypes: ['conversation'],
        types: new Set(['conversation.feedback_recorded']),
        handle: more.handle ? (event, mark) => more.handle?.(event, mark) as Promise<Outcome> : effect,
        readStream: (ref, afterVersion, limit) => own.sealed.stream(ref, { afterVersion, limit }),
        readLog: (after, limit) => own.sealed.log({ streamTypes: ['conversation'], after, limit }),
        onError: () => undefined,
        onDeadLetter: (event, reason) => dead.push(`${event.stream_id}@${event.version} ${reason}`),
        maxFailures: 3,
      },
      new InboxRepository(log.database),
      own.keyring,
    );
    return { inbox, consumer, dead, effect };
  };

  it('has one effect per event, whatever is repeated, in the order of the stream', async () => {
    const events = await write('c1', 10);
    const { inbox, consumer } = create();
    const shuffled = [9, 1, 5, 3, 7, 9, 1, 0, 2, 4, 6, 8].map((index) => events[index] as RecordedEvent);
    await Promise.all(shuffled.map((event) => inbox.receive(event)));
    expect(await effects(consumer, 'c1')).toEqual([2, 4, 6, 8, 10]);
  });

  it('has one effect per event when two replicas take the same messages at once', async () => {
    const events = await write('c2', 10);
    const one = create();
    const two = create({ consumer: one.consumer });
    await Promise.allSettled(events.flatMap((event) => [one.inbox.receive(event), two.inbox.receive(event)]));
    // What lost a race is delivered again.
    for (const event of events) await one.inbox.receive(event);
    expect(await effects(one.consumer, 'c2')).toEqual([2, 4, 6, 8, 10]);
  });

  it('reads what the bus never brought from the log, from where it was', async () => {
    const events = await write('c3', 6);
    const { inbox, consumer } = create();
    await inbox.receive(events[1] as RecordedEvent);
    inbox.catchUp();
    await waitFor(async () => (await effects(consumer, 'c3')).length === 3, {
      what: 'the sweep',
      timeoutMs: 20_000,
    });
    const restarted = create({ consumer });
    for (const event of events) await restarted.inbox.receive(event);
    expect(await effects(consumer, 'c3')).toEqual([2, 4, 6]);
  });

  it('parks a stream it cannot handle, says why, and goes on with the others', async () => {
    const [poison] = (await write('poison', 2)).slice(1) as [RecordedEvent];
    const [fine] = (await write('fine', 2)).slice(1) as [RecordedEvent];
    const healthy = create();
    const { inbox, dead } = create({
      consumer: healthy.consumer,
      handle: (event, mark) =>
        event.stream_id === 'poison'
          ? Promise.reject(new BatonError('validation-failed', 'bad'))
          : healthy.effect(event, mark),
    });
    await expect(inbox.receive(poison)).rejects.toThrow('bad');
    await expect(inbox.receive(poison)).rejects.toThrow('bad');
    await inbox.receive(poison);
    expect(dead).toEqual(['poison@2 validation-failed: bad']);
    await inbox.receive(poison);
    await inbox.receive(fine);
    expect(await effects(healthy.consumer, 'fine')).toEqual([2]);
    const letters = await log.database.system('SELECT * FROM orchestrator.dead_letters');
    expect(letters).toMatchObject([{ consumer: healthy.consumer, stream_id: 'poison', attempts: 3 }]);
  });

  it('never counts a part that is down as the fault of a message', async () => {
    const [event] = (await write('c5', 2)).slice(1) as [RecordedEvent];
    const { inbox, dead } = create({ handle: () => Promise.reject(new BatonError('unavailable', 'down')) });
    for (let tries = 0; tries < 10; tries += 1) await expect(inbox.receive(event)).rejects.toThrow('down');
    expect(dead).toEqual([]);
  });
});
