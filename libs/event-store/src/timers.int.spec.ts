import { SYSTEM_ACTOR } from '@baton/contracts';
import { waitFor } from '@baton/testkit';

import { type LogFixture, startLog } from './testing/log-fixture.js';
import { type DueTimer, Timers } from './timers.js';
import type { TimerRequest } from './transaction.js';

describe('durable timers', () => {
  let log: LogFixture;
  const running: Timers[] = [];
  let version = 0;

  beforeAll(async () => {
    log = await startLog();
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((timers) => timers.stop()));
  });
  afterAll(() => log.stop());

  const transact = async (timers: { set?: TimerRequest[]; cancel?: string[] }): Promise<void> => {
    const outcome = await log.store().transact({
      tenantId: 'acme',
      now: log.clock.nowIso(),
      timers,
      appends: [
        {
          ref: { tenantId: 'acme', streamType: 'conversation', streamId: 'c' },
          expectedVersion: version,
          events: [{ type: 'conversation.feedback_recorded', data: { rating: 5, comment: null } }],
          metadata: { actor: SYSTEM_ACTOR },
        },
      ],
    });
    expect(outcome.kind).toBe('committed');
    version += 1;
  };

  const timer = (timerId: string, inMs: number): TimerRequest => ({
    timerId,
    kind: 'test',
    dueAt: new Date(log.clock.now().getTime() + inMs).toISOString(),
    payload: { timerId },
  });

  const start = (handler: (timer: DueTimer) => Promise<void>): Timers => {
    const timers = new Timers(log.database, { onError: () => undefined });
    timers.on('test', handler);
    running.push(timers);
    timers.start();
    return timers;
  };

  const left = async (): Promise<number> =>
    (await log.database.system('SELECT 1 FROM orchestrator.timers')).length;

  it('fire at their time, once, on one of several replicas', async () => {
    const fired: string[] = [];
    for (let replica = 0; replica < 3; replica += 1) {
      start((due) => {
        fired.push(due.timerId);
        expect(log.clock.now().getTime()).toBeGreaterThanOrEqual(Date.parse(due.dueAt) - 5);
        return Promise.resolve();
      });
    }
    await transact({ set: [timer('soon', 50), timer('now', -1000)] });
    await waitFor(async () => (await left()) === 0, { what: 'the timers to be gone', timeoutMs: 20_000 });
    expect(fired.sort()).toEqual(['now', 'soon']);
  });

  it('come again when their handler throws', async () => {
    let tries = 0;
    await transact({ set: [timer('stubborn', -1)] });
    start(() => {
      tries += 1;
      return tries < 3 ? Promise.reject(new Error('not yet')) : Promise.resolve();
    });
    await waitFor(async () => (await left()) === 0, { what: 'the timer to be gone', timeoutMs: 30_000 });
    expect(tries).toBe(3);
  });

  it('do not fire once cancelled, and move when set again', async () => {
    const fired: DueTimer[] = [];
    await transact({ set: [timer('cancelled', 100), timer('moved', 60_000)] });
    await transact({ cancel: ['cancelled'], set: [timer('moved', -1)] });
    start((due) => {
      fired.push(due);
      return Promise.resolve();
    });
    await waitFor(async () => (await left()) === 0, { what: 'the timers to be gone', timeoutMs: 20_000 });
    expect(fired.map((due) => due.timerId)).toEqual(['moved']);
  });

  it('stay when their handler sets them anew', async () => {
    let count = 0;
    await transact({ set: [timer('again', -1)] });
    start(async () => {
      count += 1;
      if (count === 1) await transact({ set: [timer('again', 50)] });
    });
    await waitFor(() => count === 2, { what: 'the second firing', timeoutMs: 20_000 });
    await waitFor(async () => (await left()) === 0, { what: 'the timer to be gone', timeoutMs: 20_000 });
  });
});
