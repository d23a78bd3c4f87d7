import { Database } from '@baton/service';
import { type RunningServer, startPostgres, waitFor } from '@baton/testkit';

import { ReplicaPresence } from './replica-presence.js';

describe('the presence of a replica', () => {
  let postgres: RunningServer;
  let database: Database;
  let presence: ReplicaPresence;

  beforeAll(async () => {
    postgres = await startPostgres();
    database = new Database({
      url: postgres.url,
      systemUrl: postgres.url,
      schema: 'llm_router',
      applicationName: 'test',
    });
    presence = new ReplicaPresence(database);
  }, 120_000);
  afterAll(async () => {
    presence?.onApplicationShutdown();
    await database?.close();
    await postgres?.stop();
  });

  const isLocked = async (): Promise<boolean> => {
    const [row] = await database.system<{ count: string }>(
      `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted`,
      [presence.id],
    );
    return row?.count === '1';
  };

  it('is shown by a lock, refused as "not now" while PostgreSQL is away, and shown again', async () => {
    await presence.shown();
    expect(await isLocked()).toBe(true);
    postgres.kill('SIGKILL');
    await waitFor(
      () =>
        presence.shown().then(
          () => false,
          () => true,
        ),
      { what: 'the loss to be noticed' },
    );
    // More often than the pool has places.
    for (let time = 0; time < 12; time += 1)
      await expect(presence.shown()).rejects.toMatchObject({ code: 'unavailable' });
    await postgres.restart();
    await waitFor(() => isLocked().catch(() => false), { what: 'the lock to be back', timeoutMs: 30_000 });
  });
});
