import { DEAD_LETTERS_STREAM, EVENTS_STREAM, subjects } from '@baton/contracts';
import { type RunningServer, startNats } from '@baton/testkit';
import { jetstreamManager, StorageType } from '@nats-io/jetstream';
import { connect, nanos } from '@nats-io/transport-node';

import { BusClient } from './bus-client.js';

const MINUTE_MS = 60_000;

describe('the streams', () => {
  let nats: RunningServer;
  const clients: BusClient[] = [];
  const open = (): BusClient => {
    const bus = new BusClient({ name: 'spec', url: nats.url });
    clients.push(bus);
    return bus;
  };

  beforeEach(async () => {
    nats = await startNats();
  });

  afterEach(async () => {
    for (const bus of clients.splice(0)) await bus.close();
    await nats.stop();
  });

  it('are made by the first process that connects, and are one however many do so at once', async () => {
    const epochs = await Promise.all(Array.from({ length: 5 }, () => open().streamEpoch()));
    expect(new Set(epochs).size).toBe(1);
    const manager = await jetstreamManager((clients[0] as BusClient).nats);
    const events = await manager.streams.info(EVENTS_STREAM);
    expect(events.config).toMatchObject({
      subjects: [subjects.allEvents],
      storage: 'file',
      retention: 'limits',
      duplicate_window: nanos(10 * MINUTE_MS),
      max_age: nanos(7 * 24 * 60 * MINUTE_MS),
    });
    const letters = await manager.streams.info(DEAD_LETTERS_STREAM);
    expect(letters.config.subjects).toEqual([subjects.deadLetters]);
  });

  it('of an earlier release get the present settings and keep their data', async () => {
    const connection = await connect({ servers: nats.url });
    const manager = await jetstreamManager(connection);
    const { created } = await manager.streams.add({
      name: EVENTS_STREAM,
      subjects: [subjects.allEvents],
      storage: StorageType.File,
      duplicate_window: nanos(MINUTE_MS),
    });
    await connection.request('baton.events.1.conversation.acme.conv_1.old', 'old', { timeout: 1_000 });
    expect(await open().streamEpoch()).toBe(created);
    const { config, state } = await manager.streams.info(EVENTS_STREAM);
    expect(config.duplicate_window).toBe(nanos(10 * MINUTE_MS));
    expect(state.messages).toBe(1);
    await connection.close();
  });
});
