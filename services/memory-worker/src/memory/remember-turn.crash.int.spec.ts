import { findFreePort, waitFor } from '@baton/testkit';

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
const TURNS = 4;

describe('the memory of a worker that is killed', () => {
  let fixture: MemoryWorkerFixture;
  let worker: ServiceProcess;
  let env: Readonly<Record<string, string>>;

  beforeAll(async () => {
    fixture = await MemoryWorkerFixture.start();
    // By its port a replica is known again after a restart: it takes its relay's leases back at once.
    env = { ...fixture.env, BATON_SERVICE_PORT: String(await findFreePort()) };
  });
  afterAll(async () => {
    await worker.stop();
    await fixture.stop();
  });

  const talk = async (tenant: string, conversations: number): Promise<void> => {
    for (let n = 0; n < conversations; n += 1)
      await fixture.orchestrator.begin(tenant, `conv_${n}`, 'cust_1');
    for (let turn = 1; turn <= TURNS; turn += 1) {
      for (let n = 0; n < conversations; n += 1)
        await fixture.orchestrator.turn(tenant, `conv_${n}`, turn, `Question ${turn} of ${n}`);
    }
  };

  /** Waits until all is remembered, then counts in the log itself, where nothing keeps two memories of a turn apart. */
  const holdsEachTurnOnce = async (tenant: string, conversations: number): Promise<void> => {
    await waitFor(
      async () => {
        const [row] = await fixture.rows<{ turns: number; summaries: number }>(
          `SELECT count(*) FILTER (WHERE kind = 'turn')::int AS turns,
                  count(*) FILTER (WHERE kind = 'summary')::int AS summaries
             FROM memory_worker.memories WHERE tenant_id = $1`,
          [tenant],
        );
        return row?.turns === conversations * TURNS && row.summaries === conversations;
      },
      { what: `all turns of ${tenant} to be remembered`, timeoutMs: 60_000 },
    );
    const [counted] = await fixture.rows(
      `SELECT count(*)::int AS events, count(DISTINCT (stream_id, data->>'turn_number'))::int AS turns
         FROM memory_worker.events WHERE tenant_id = $1 AND type = 'memory.turn_remembered'`,
      [tenant],
    );
    expect(counted).toEqual({ events: conversations * TURNS, turns: conversations * TURNS });
    const [summaries] = await fixture.rows(
      `SELECT count(*)::int AS n FROM memory_worker.events WHERE tenant_id = $1 AND type = 'memory.summary_updated'`,
      [tenant],
    );
    expect(summaries).toEqual({ n: conversations });
  };

  it.each(POINTS.flatMap((point) => [1, 3].map((hit) => [point, hit] as const)))(
    'holds every turn once, killed at %s, hit %i',
    async (point, hit) => {
      const tenant = `${point.replace('.', '-')}-${hit}`;
      await talk(tenant, 4);
      worker = new ServiceProcess('main.js', [], { ...env, CRASH_AT: `${point}:${hit}` });
      expect((await worker.exit).signal).toBe('SIGKILL');
      worker = new ServiceProcess('main.js', [], env);
      await holdsEachTurnOnce(tenant, 4);
      await worker.stop();
    },
    90_000,
  );

  it('holds every turn once, killed at any moment', async () => {
    const talking = talk('moments', 40);
    const remembered = async () =>
      (
        await fixture.rows<{ n: number }>(
          `SELECT count(*)::int AS n FROM memory_worker.events WHERE tenant_id = 'moments'`,
        )
      )[0]?.n ?? 0;
    for (let round = 1; round <= 8; round += 1) {
      worker = new ServiceProcess('main.js', [], env);
      // Not by the clock, which would find the same moment each time: by how much was done since.
      const before = await remembered();
      await waitFor(async () => (await remembered()) >= before + round, {
        what: 'some work',
        timeoutMs: 30_000,
        everyMs: 1,
      });
      worker.kill();
      await worker.exit;
    }
    await talking;
    worker = new ServiceProcess('main.js', [], env);
    await holdsEachTurnOnce('moments', 40);
  }, 180_000);

  it('asked for the embedding of a turn under one name, so that none was paid for twice', () => {
    const turns = [...fixture.router.embeds.keys()].filter((key) => key.includes('/memory:'));
    expect(turns).toHaveLength(POINTS.length * 2 * 4 * TURNS + 40 * TURNS);
  });
});
