import { randomUUID } from 'node:crypto';

import type { BusClient } from '@baton/bus';
import { BatonError, type RecordedEvent, subjects, SYSTEM_ACTOR } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { InboxConsumer } from '../consumer/inbox-consumer.js';
import { InboxRepository } from '../consumer/inbox-repository.js';
import type { EventStore } from '../event-store.js';
import { OutboxRelay } from '../outbox-relay.js';
import { readLogPage } from '../log-page.js';
import { streamOf, type StreamRef } from '../stream-ref.js';
import { type LogFixture, startLog } from '../testing/log-fixture.js';
import type { InboxMark, Outcome } from '../transaction.js';
import { isWithheld } from '../withheld.js';
import { DeadLetters, type StoredLetter } from './dead-letters.js';
import { TenantDeadLetters } from './tenant-dead-letters.js';

const NOW = '2026-11-22T10:00:00.000Z';
const RATED = 'conversation.feedback_recorded';
const CONTEXT = { tenant_id: 'acme', actor: SYSTEM_ACTOR, request_id: 'req_1' };

describe('a dead letter', () => {
  let log: LogFixture;
  let store: EventStore;
  let letters: DeadLetters;

  beforeAll(async () => {
    log = await startLog();
    store = log.store();
    letters = new DeadLetters(log.database);
  });
  afterAll(() => log.stop());

  const source = (id: string): StreamRef => ({ tenantId: 'acme', streamType: 'conversation', streamId: id });

  const write = async (id: string, count: number, from = 0): Promise<RecordedEvent[]> => {
    const outcome = await store.transact({
      tenantId: 'acme',
      now: NOW,
      appends: [
        {
          ref: source(id),
          expectedVersion: from,
          metadata: { actor: SYSTEM_ACTOR },
          events: Array.from({ length: count }, () => ({ type: RATED, data: { rating: 5, comment: null } })),
        },
      ],
    });
    return [...(outcome as Extract<Outcome, { kind: 'committed' }>).events];
  };

  /** Past the contracts: as a newer build would have written it, or somebody with too much to say. */
  const writeRaw = (id: string, version: number, data: object, schemaVersion = 1): Promise<unknown> =>
    log.database.hot(
      `WITH tenant AS MATERIALIZED (SELECT set_config('app.tenant', 'acme', true) AS id), appended AS (
         INSERT INTO orchestrator.events (tenant_id, stream_type, stream_id, version, event_id, type, schema_version, data, metadata, occurred_at)
         SELECT id, 'conversation', $1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, now() FROM tenant RETURNING tenant_id, global_position)
       INSERT INTO orchestrator.outbox (global_position, tenant_id, partition) SELECT global_position, tenant_id, 0 FROM appended`,
      [
        id,
        version,
        `evt_${randomUUID()}`,
        RATED,
        schemaVersion,
        JSON.stringify(data),
        JSON.stringify({ actor: SYSTEM_ACTOR }),
      ],
    );

  /** Its effect on an event is one row of idempotency, so that doing it twice could be seen as a replay. */
  const consume = (consumer: string, isBroken: (event: RecordedEvent) => Error | undefined) => {
    const own = log.store();
    const handled: string[] = [];
    const create = () =>
      new InboxConsumer(
        {
          consumer,
          streamTypes: ['conversation'],
          types: new Set([RATED]),
          handle: async (event: RecordedEvent, mark: InboxMark) => {
            const error = isBroken(event);
            if (error) throw error;
            const scope = `${consumer}/${event.stream_id}/${event.version}`;
            const outcome = await own.transact({
              tenantId: 'acme',
              now: NOW,
              inbox: mark,
              idempotency: [{ scope, bodyHash: '', answer: null }],
              appends: [],
            });
            handled.push(`${event.stream_id}@${event.version}${outcome.kind === 'replayed' ? ' twice' : ''}`);
            return outcome;
          },
          readStream: async (ref, afterVersion, limit) =>
            (
              await readLogPage(own, CONTEXT, {
                stream: { stream_type: ref.streamType, stream_id: ref.streamId, after_version: afterVersion },
                limit,
              })
            ).events,
          readLog: (after, limit) =>
            readLogPage(own, CONTEXT, { log: { stream_types: ['conversation'], after }, limit }),
          onError: () => undefined,
          onDeadLetter: () => undefined,
          maxFailures: 2,
        },
        new InboxRepository(log.database),
        own.keyring,
      );
    return { handled, inbox: create(), create };
  };

  const tellUntilParked = async (inbox: InboxConsumer, event: RecordedEvent): Promise<void> => {
    await expect(inbox.receive(event)).rejects.toThrow();
    await inbox.receive(event);
  };
  const letterOf = async (consumer: string, streamId: string): Promise<StoredLetter> =>
    (await letters.list({ consumer, streamId, all: true }, 10)).at(-1) as StoredLetter;
  const settled = (consumer: string, streamId: string): Promise<StoredLetter> =>
    waitFor(
      async () => {
        const letter = await letterOf(consumer, streamId);
        return letter.settled_at !== null && letter;
      },
      { what: 'the letter to be settled', timeoutMs: 40_000 },
    );

  it('is handled once when it is replayed, and what waited behind it follows in order', async () => {
    const events = await write('c1', 3);
    let isBroken = true;
    const { inbox, handled } = consume('replays', () => (isBroken ? new Error('broken') : undefined));
    await tellUntilParked(inbox, events[0] as RecordedEvent);
    for (const event of events) await inbox.receive(event);
    expect(handled).toEqual([]);
    isBroken = false;
    const letter = await letterOf('replays', 'c1');
    expect(letter).toMatchObject({ version: 1, reason: 'internal: broken', attempts: 2, asked: null });
    const request = { kind: 'replay' as const, by: 'ops', reason: null };
    expect(await Promise.all([letters.ask(letter, request), letters.ask(letter, request)])).toEqual(
      expect.arrayContaining([true, false]),
    );
    inbox.resumeReleased();
    expect(await settled('replays', 'c1')).toMatchObject({ asked_by: 'ops', outcome: 'handled' });
    expect(handled).toEqual(['c1@1', 'c1@2', 'c1@3']);
    expect(await letters.list({ consumer: 'replays' }, 10)).toEqual([]);
  });

  it('is taken on by the sweep of a process that was away when it was replayed, and by news of the stream', async () => {
    let isBroken = true;
    const { inbox, handled, create } = consume('away', () => (isBroken ? new Error('broken') : undefined));
    for (const id of ['c2', 'c3'])
      for (const event of await write(id, 1)) await tellUntilParked(inbox, event);
    isBroken = false;
    for (const id of ['c2', 'c3'])
      await letters.ask(await letterOf('away', id), { kind: 'replay', by: 'ops', reason: null });
    const [news] = await write('c3', 1, 1);
    await inbox.receive(news as RecordedEvent);
    expect(handled).toEqual(['c3@1', 'c3@2']);
    create().catchUp();
    await settled('away', 'c2');
    await settled('away', 'c3');
    expect(handled.filter((each) => !each.startsWith('c1'))).toEqual(['c3@1', 'c3@2', 'c2@1']);
  });

  it('that fails again is another letter, and stays parked', async () => {
    const events = await write('c4', 2);
    const { inbox, handled } = consume('again', () => new Error('still broken'));
    await tellUntilParked(inbox, events[0] as RecordedEvent);
    const first = await letterOf('again', 'c4');
    await letters.ask(first, { kind: 'replay', by: 'ops', reason: null });
    inbox.resumeReleased();
    const open = await waitFor(
      async () => {
        const found = await letters.list({ consumer: 'again', all: true }, 10);
        return found.length === 2 && found[0]?.outcome === 'failed-again' && found[1];
      },
      { what: 'another letter' },
    );
    expect(open).toMatchObject({ version: 1, attempts: 2, asked: null });
    await inbox.receive(events[1] as RecordedEvent);
    expect(handled).toEqual([]);
  });

  it('is skipped when it is dropped, and only it', async () => {
    const events = await write('c5', 3);
    const { inbox, handled } = consume('drops', (event) =>
      event.version === 2 ? new Error('never') : undefined,
    );
    await inbox.receive(events[0] as RecordedEvent);
    await tellUntilParked(inbox, events[1] as RecordedEvent);
    await letters.ask(await letterOf('drops', 'c5'), { kind: 'drop', by: 'ops', reason: 'a test order' });
    inbox.resumeReleased();
    expect(await settled('drops', 'c5')).toMatchObject({ outcome: 'dropped', asked_reason: 'a test order' });
    expect(handled).toEqual(['c5@1', 'c5@3']);
  });

  it('of a parked stream is not handled by a sweep, however often the process starts again', async () => {
    const { inbox, create } = consume('stays', (event) =>
      event.stream_id === 'c6' ? new Error('never') : undefined,
    );
    for (const event of await write('c6', 1)) await tellUntilParked(inbox, event);
    const fixed = consume('stays', () => undefined);
    create().catchUp();
    const restarted = fixed.create();
    restarted.catchUp();
    await restarted.stop();
    expect(fixed.handled.filter((each) => each.startsWith('c6'))).toEqual([]);
    expect((await letters.list({ consumer: 'stays' }, 10)).length).toBe(1);
  });

  it('is what an event of a newer schema becomes; its neighbours go on', async () => {
    await writeRaw('newer', 1, { rating: 5, comment: null, mood: 'well' }, 7);
    await write('older', 1);
    const { inbox, handled } = consume('newer', () => undefined);
    const [event] = await store.sealed.stream(source('newer'));
    const [neighbour] = await store.sealed.stream(source('older'));
    await tellUntilParked(inbox, event as RecordedEvent);
    await inbox.receive(neighbour as RecordedEvent);
    expect(handled).toEqual(['older@1']);
    expect((await letterOf('newer', 'newer')).reason).toContain('v7 is newer than this build knows (v1)');
  });

  it('is what an event becomes that fits into no message; relay, sweep and neighbours go on', async () => {
    await writeRaw('huge', 1, { rating: 5, comment: 'x'.repeat(8_000_000) });
    const [small] = await write('small', 1);
    const published: string[] = [];
    const relay = new OutboxRelay(
      log.database,
      {
        publishEvent: (event) => {
          if (JSON.stringify(event.data).length > 1_000_000) {
            return Promise.reject(new BatonError('body-too-large', 'more than NATS takes'));
          }
          published.push(event.stream_id);
          return Promise.resolve();
        },
      },
      { holder: 'test', onError: () => undefined, pollMs: 20 },
    );
    relay.start();
    await waitFor(() => published.includes('small'), { what: 'the neighbour on the bus' });
    await relay.stop();
    const [letter] = await letters.list({ consumer: 'relay', streamId: 'huge' }, 10);
    expect(letter?.reason).toContain('body-too-large');

    const { inbox, handled, create } = consume('huge', () => undefined);
    const page = await readLogPage(store, CONTEXT, {
      stream: { stream_type: 'conversation', stream_id: 'huge', after_version: 0 },
      limit: 100,
    });
    expect(page.events.map(({ data }) => isWithheld(data))).toEqual([true]);
    await tellUntilParked(inbox, page.events[0] as RecordedEvent);
    const sweeper = create();
    sweeper.catchUp();
    await waitFor(() => handled.includes(`${streamOf(small as RecordedEvent).streamId}@1`), {
      what: 'the sweep to come past it',
      timeoutMs: 40_000,
    });
    expect((await letterOf('huge', 'huge')).reason).toContain('raise max_payload');

    // The bus takes more now: the event goes out after all.
    expect(await letters.askRelay(letter as StoredLetter, { kind: 'replay', by: 'ops', reason: null })).toBe(
      true,
    );
    expect(
      await log.database.system(
        `SELECT 1 FROM orchestrator.outbox JOIN orchestrator.events USING (global_position) WHERE stream_id = 'huge'`,
      ),
    ).toHaveLength(1);
  });

  it("is seen and let go by its own tenant's administrators, and by no other's", async () => {
    const events = await write('c8', 2);
    let isBroken = true;
    const { inbox, handled } = consume('own', () => (isBroken ? new Error('broken') : undefined));
    await tellUntilParked(inbox, events[0] as RecordedEvent);
    isBroken = false;
    const poked: string[] = [];
    const bus = { publish: (subject: string) => void poked.push(subject) } as unknown as BusClient;
    const own = new TenantDeadLetters(log.database, bus);

    const all = await own.list('acme', { limit: 50 });
    const at = all.findIndex(({ consumer }) => consumer === 'own');
    const number = all[at]?.number ?? '';
    expect(all[at]).toMatchObject({ stream_id: 'c8', state: 'open', asked: null });
    const numbers = all.map((letter) => Number(letter.number));
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    expect(await own.list('acme', { before: number, limit: 50 })).toEqual(all.slice(at + 1));
    const open = await own.list('acme', { state: 'open', limit: 50 });
    expect(new Set(open.map(({ state }) => state))).toEqual(new Set(['open']));

    expect(await own.list('umbrella', { limit: 50 })).toEqual([]);
    const ask = { kind: 'replay' as const, by: 'ada', reason: null };
    await expect(own.get('umbrella', number)).rejects.toMatchObject({ code: 'not-found' });
    await expect(own.ask('umbrella', number, ask)).rejects.toMatchObject({ code: 'not-found' });
    expect((await own.get('acme', number)).state).toBe('open');

    expect(await own.ask('acme', number, ask)).toMatchObject({ state: 'pending', asked: { by: 'ada' } });
    // The answer was lost: the same again is the same.
    expect(await own.ask('acme', number, ask)).toMatchObject({ state: 'pending' });
    expect(poked).toEqual([subjects.deadLetterPoke, subjects.deadLetterPoke]);
    for (const other of [
      { ...ask, kind: 'drop' as const, reason: 'no' },
      { ...ask, by: 'bob' },
    ])
      await expect(own.ask('acme', number, other)).rejects.toMatchObject({ code: 'conflict' });
    inbox.resumeReleased();
    await settled('own', 'c8');
    expect(handled).toEqual(['c8@1', 'c8@2']);
    const settledOnes = await own.list('acme', { state: 'settled', limit: 50 });
    expect(settledOnes).toContainEqual(
      expect.objectContaining({ number, state: 'settled', outcome: 'handled' }),
    );
    expect(await own.list('acme', { state: 'open', limit: 50 })).not.toContainEqual(
      expect.objectContaining({ number }),
    );
  });

  it('keeps a reason that PostgreSQL would refuse', async () => {
    const events = await write('c7', 1);
    const { inbox } = consume('nul', () => new Error(`bad \0 text ${'\uD800'} ${'y'.repeat(10_000)}`));
    await tellUntilParked(inbox, events[0] as RecordedEvent);
    const { reason } = await letterOf('nul', 'c7');
    expect(reason).toMatch(/^internal: bad \uFFFD text \uFFFD y+$/);
    expect(reason.length).toBe(2000);
  });
});
