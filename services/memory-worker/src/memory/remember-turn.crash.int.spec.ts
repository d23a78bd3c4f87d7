import { EventStore, Keyring, RemoteKeySource } from '@baton/event-store';
import { newId } from '@baton/service';
import { waitFor } from '@baton/testkit';

import { MemoryWorkerFixture } from '../testing/memory-worker.fixture.js';
import { ServiceProcess } from '../testing/service-process.js';

const POINTS = [
  'memory-worker-turns.before_handle',
  'store.before_commit',
  'store.after_commit',
  'memory-worker-turns.after_handle',
  'relay.after_publish',
  'memory-worker-summaries.after_handle',
] as const;
const CONVERSATIONS = 12;
const TURNS = 5;

describe('the memory of a worker that is killed', () => {
  let fixture: MemoryWorkerFixture;
  let worker: ServiceProcess | undefined;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
  });
  afterAll(async () => {
    await worker?.stop();
    await fixture.stop();
  });

  /** Counts each turn in the log itself, where nothing keeps two memories of a turn apart. */
  const rememberedTurns = async (tenantId: string, conversationId: string): Promise<unknown[]> => {
    const store = new EventStore(
      fixture.database,
      new Keyring(new RemoteKeySource(fixture.bus, () => newId('req'))),
      { newEventId: () => newId('evt') },
    );
    const events = await store.readStreamSealed({ tenantId, streamType: 'memory', streamId: conversationId });
    return events
      .filter((event) => event.type === 'memory.turn_remembered')
      .map((event) => event.data['turn_number']);
  };

  const talk = async (tenant: string): Promise<void> => {
    for (let n = 0; n < CONVERSATIONS; n += 1)
      await fixture.orchestrator.begin(tenant, `conv_${n}`, 'cust_1');
    for (let turn = 1; turn <= TURNS; turn += 1) {
      for (let n = 0; n < CONVERSATIONS; n += 1)
        await fixture.orchestrator.turn(tenant, `conv_${n}`, turn, `Question ${turn} of ${n}`);
    }
  };

  const complete = async (tenant: string): Promise<boolean> => {
    const [row] = await fixture.rows<{ turns: number; summaries: number }>(
      `SELECT count(*) FILTER (WHERE kind = 'turn')::int AS turns, count(*) FILTER (WHERE kind = 'summary')::int AS summaries
         FROM memory_worker.memories WHERE tenant_id = $1`,
      [tenant],
    );
    return row?.turns === CONVERSATIONS * TURNS && row.summaries === CONVERSATIONS;
  };

  it('holds every turn once, killed at each named point', async () => {
    const tenant = 'points';
    const talking = talk(tenant);
    for (const point of POINTS) {
      for (const hit of [1, 4]) {
        worker = new ServiceProcess('main.js', [], { ...fixture.env, CRASH_AT: `${point}:${hit}` });
        const end = await Promise.race([
          worker.exit,
          // All was done before the point was reached that often: more to do.
          waitFor(() => complete(tenant), { what: 'all turns', timeoutMs: 60_000 }).then(() => undefined),
        ]);
        if (end === undefined) {
          worker.kill();
          await worker.exit;
        } else {
          expect(end.signal).toBe('SIGKILL');
        }
      }
    }
    await talking;
    worker = new ServiceProcess('main.js', [], fixture.env);
    await waitFor(() => complete(tenant), { what: 'all turns to be remembered', timeoutMs: 60_000 });
    for (let n = 0; n < CONVERSATIONS; n += 1)
      expect(await rememberedTurns(tenant, `conv_${n}`)).toEqual([1, 2, 3, 4, 5]);
    await worker.stop();
  }, 180_000);

  it('holds every turn once, killed at any moment', async () => {
    const tenant = 'moments';
    const talking = talk(tenant);
    for (let round = 1; round <= 8; round += 1) {
      worker = new ServiceProcess('main.js', [], fixture.env);
      await worker.ready();
      // Moments all over the work that is under way: what counts is how much of it was done.
      const [before] = await fixture.rows<{ n: number }>(
        `SELECT count(*)::int AS n FROM memory_worker.events`,
      );
      await waitFor(
        async () => {
          const [now] = await fixture.rows<{ n: number }>(
            `SELECT count(*)::int AS n FROM memory_worker.events`,
          );
          return (now?.n ?? 0) >= (before?.n ?? 0) + round || (await complete(tenant));
        },
        { what: 'some work', timeoutMs: 30_000, everyMs: 1 },
      );
      worker.kill();
      await worker.exit;
    }
    await talking;
    worker = new ServiceProcess('main.js', [], fixture.env);
    await waitFor(() => complete(tenant), { what: 'all turns to be remembered', timeoutMs: 60_000 });
    for (let n = 0; n < CONVERSATIONS; n += 1)
      expect(await rememberedTurns(tenant, `conv_${n}`)).toEqual([1, 2, 3, 4, 5]);
  }, 180_000);

  it('paid once for each turn, whatever it was asked', () => {
    const turns = [...fixture.router.embeds.keys()].filter((key) => key.includes('/memory:'));
    expect(turns).toHaveLength(2 * CONVERSATIONS * TURNS);
    expect(fixture.router.paidTexts).toBeGreaterThanOrEqual(turns.length);
  });
});
