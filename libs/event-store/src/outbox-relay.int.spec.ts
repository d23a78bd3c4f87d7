import { BatonError, type RecordedEvent, SYSTEM_ACTOR } from '@baton/contracts';
import { waitFor } from '@baton/testkit';
import pg from 'pg';

import type { EventStore } from './event-store.js';
import { type EventPublisher, OutboxRelay } from './outbox-relay.js';
import { type LogFixture, startLog } from './testing/log-fixture.js';

const NOW = '2026-11-22T10:00:00.000Z';

/** A bus that remembers, and fails when told. */
class Bus implements EventPublisher {
  readonly published: RecordedEvent[] = [];
  failures = 0;

  publishEvent(event: RecordedEvent): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(new Error('no responders'));
    }
    if (event.stream_id === 'too-large' && event.version === 1)
      return Promise.reject(new BatonError('body-too-large', 'over the limit of the bus'));
    this.published.push(event);
    return Promise.resolve();
  }

  of(id: string): number[] {
    return this.published.filter((event) => event.stream_id === id).map((event) => event.version);
  }
}

describe('the outbox relay', () => {
  let log: LogFixture;
  let store: EventStore;
  let bus: Bus;
  const relays: OutboxRelay[] = [];

  beforeAll(async () => {
    log = await startLog();
    store = log.store();
  });
  beforeEach(() => {
    bus = new Bus();
  });
  afterEach(async () => {
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  });
  afterAll(() => log.stop());

  const start = (holder: string): OutboxRelay => {
    const relay = new OutboxRelay(log.database, bus, {
      holder,
      onError: () => undefined,
      leaseTickMs: 100,
      pollMs: 50,
    });
    relays.push(relay);
    relay.start();
    return relay;
  };

  const append = async (id: string, from: number, count: number): Promise<void> => {
    await store.transact({
      tenantId: 'acme',
      now: NOW,
      appends: [
        {
          ref: { tenantId: 'acme', streamType: 'conversation', streamId: id },
          expectedVersion: from,
          events: Array.from({ length: count }, () => ({
            type: 'conversation.feedback_recorded',
            data: { rating: 5, comment: null },
          })),
          metadata: { actor: SYSTEM_ACTOR },
        },
      ],
    });
  };

  const outboxSize = async (): Promise<number> => {
    const [row] = await log.database.system<{ count: string }>('SELECT count(*) FROM orchestrator.outbox');
    return Number(row?.count);
  };

  const drained = (): Promise<unknown> =>
    waitFor(async () => (await outboxSize()) === 0, { what: 'the outbox to be empty', timeoutMs: 20_000 });

  it('publishes each stream in order and leaves nothing behind', async () => {
    for (let index = 0; index < 20; index += 1) await append(`a${index}`, 0, 5);
    start('one');
    await drained();
    for (let index = 0; index < 20; index += 1) expect(bus.of(`a${index}`)).toEqual([1, 2, 3, 4, 5]);
  });

  it('keeps what the bus refused, and its order', async () => {
    bus.failures = 7;
    await append('b', 0, 10);
    start('one');
    await drained();
    expect(bus.of('b')).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it('makes a dead letter of what the bus will never take, and goes on with the stream', async () => {
    await append('too-large', 0, 3);
    start('one');
    await drained();
    expect(bus.of('too-large')).toEqual([2, 3]);
    const letters = await log.database.system('SELECT * FROM orchestrator.dead_letters');
    expect(letters).toMatchObject([{ consumer: 'relay', stream_id: 'too-large', version: 1 }]);
  });

  it('publishes an event whose transaction commits long after younger ones', async () => {
    start('one');
    const late = new pg.Client({ connectionString: log.adminUrl });
    await late.connect();
    await late.query('BEGIN');
    await late.query('SELECT orchestrator.transact($1::jsonb)', [
      JSON.stringify([
        {
          tenant: 'acme',
          now: NOW,
          appends: [
            {
              streamType: 'conversation',
              streamId: 'late',
              partition: 1,
              expectedVersion: 0,
              events: [
                {
                  version: 1,
                  eventId: 'evt_late',
                  type: 'conversation.feedback_recorded',
                  schemaVersion: 1,
                  data: { rating: 1, comment: null },
                  metadata: { actor: SYSTEM_ACTOR },
                },
              ],
            },
          ],
        },
      ]),
    ]);
    for (let index = 0; index < 50; index += 1) await append(`young${index}`, 0, 1);
    await waitFor(() => bus.of('young49').length === 1, { what: 'the younger events', timeoutMs: 20_000 });
    expect(bus.of('late')).toEqual([]);
    await late.query('COMMIT');
    await late.end();
    await waitFor(() => bus.of('late').length === 1, { what: 'the late event', timeoutMs: 20_000 });
  });

  it('shares the partitions among replicas, and takes those of one that is gone', async () => {
    const first = start('one');
    await waitFor(() => first.holdsAll, { what: 'one relay to hold all', timeoutMs: 20_000 });
    const second = start('two');
    await waitFor(() => !first.holdsAll, { what: 'the first to give some back', timeoutMs: 20_000 });
    await second.stop();
    relays.splice(relays.indexOf(second), 1);
    await waitFor(() => first.holdsAll, { what: 'the first to take them back', timeoutMs: 20_000 });
  });
});
