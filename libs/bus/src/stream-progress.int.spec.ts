import { type RunningServer, startNats } from '@baton/testkit';
import { jetstream, jetstreamManager, type JetStreamManager, StorageType } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';

import { hasGoneBack, type StoredPlace, StreamProgress } from './stream-progress.js';

describe('whether a stream has gone back', () => {
  let server: RunningServer;
  let nats: NatsConnection;
  let manager: JetStreamManager;

  beforeAll(async () => {
    server = await startNats();
    nats = await connect({ servers: server.url });
    manager = await jetstreamManager(nats);
    await manager.streams.add({ name: 'S', subjects: ['s'], storage: StorageType.File });
    for (const msgID of ['one', 'two', 'three', 'four']) await jetstream(nats).publish('s', msgID, { msgID });
    await manager.streams.purge('S', { seq: 2 });
  }, 60_000);
  afterAll(async () => {
    await nats?.close();
    await server?.stop();
  });

  it.each<[string, StoredPlace, boolean]>([
    ['has the message', { sequence: 3, messageId: 'three' }, false],
    ['has come as far, whatever is there', { sequence: 4 }, false],
    ['ends before it', { sequence: 5, messageId: 'five' }, true],
    ['ends before what was seen as its end', { sequence: 5 }, true],
    ['has another message there', { sequence: 4, messageId: 'five' }, true],
    ['no longer has the beginning', { sequence: 1, messageId: 'one' }, false],
  ])('that %s', async (_what, owed, hasGone) => {
    expect(await hasGoneBack(manager, await manager.streams.info('S'), owed)).toBe(hasGone);
  });
});

describe('what a stream owes', () => {
  it('is the furthest place that was acknowledged', () => {
    const progress = new StreamProgress();
    expect(progress.owed).toBeUndefined();
    progress.reached({ sequence: 2, messageId: 'two' });
    progress.reached({ sequence: 1, messageId: 'one' });
    expect(progress.owed).toEqual({ sequence: 2, messageId: 'two' });
  });

  it('stays what it was before a reconnection until it is found, however far the stream goes on', () => {
    const progress = new StreamProgress();
    const before = { sequence: 2, messageId: 'two' };
    progress.reached(before);
    progress.reconnected();
    progress.reached({ sequence: 7, messageId: 'seven' });
    progress.reconnected();
    expect(progress.owed).toBe(before);
    progress.found(before);
    expect(progress.owed).toEqual({ sequence: 7, messageId: 'seven' });
  });

  it('is nothing in another life', () => {
    const progress = new StreamProgress();
    progress.reached({ sequence: 2, messageId: 'two' });
    progress.reconnected();
    progress.beginAgain();
    expect(progress.owed).toBeUndefined();
  });
});
